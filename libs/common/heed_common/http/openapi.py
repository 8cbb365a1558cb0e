"""The OpenAPI document: one description of problems, headers of writes, no FastAPI error schemas."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from heed_common.problems import MAX_ERRORS, MAX_ITEM_ERRORS, MEDIA_TYPE

Document = dict[str, Any]

PROBLEM_SCHEMA: Document = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is for programs, `detail` for people; values that were sent are never repeated.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request, as the log names it."},
        "code": {"type": "string", "examples": ["validation_failed"]},
        "errors_omitted": {"type": "integer", "minimum": 1, "description": "Number of errors that are not listed."},
        "errors": {
            "type": "array",
            "maxItems": MAX_ERRORS,
            "description": f"At most {MAX_ERRORS}, of each item of a batch at most {MAX_ITEM_ERRORS}.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "detail": {"type": "string"},
                    "in": {"type": "string", "enum": ["query", "path", "header", "cookie"]},
                },
            },
        },
    },
}
PROBLEM: Document = {"$ref": "#/components/responses/Problem"}
IDEMPOTENCY_KEY: Document = {"$ref": "#/components/parameters/IdempotencyKey"}
CONTENT: Document = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
RETRY_AFTER: Document = {
    "Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}}
}
LIMITS = {
    "HeaderTooLarge": ("431", "The header, address included, has more than 16 KiB."),
    "Unavailable": ("503", "Temporarily unavailable: too many connections or bodies, or the database is unavailable."),
}
"""Responses that any call may have, by the component that describes them."""
BODY_LIMITS = {
    "BodyTooSlow": ("408", "The body paused for more than 30 seconds, or came more slowly than 1 KiB a second."),
    "TooLarge": ("413", "The body has more than 1 MiB; a `:batch` more than 8 MiB, 1000 items or 20000 lines."),
}
"""Responses that only calls with a body may have."""
COMPONENTS: Document = {
    "schemas": {"Problem": PROBLEM_SCHEMA},
    "responses": {
        "Problem": {"description": "An error, as a problem document.", "content": CONTENT},
        **{name: {"description": text, "content": CONTENT} for name, (_, text) in (LIMITS | BODY_LIMITS).items()},
        "Unavailable": {"description": LIMITS["Unavailable"][1], "headers": RETRY_AFTER, "content": CONTENT},
    },
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key, body and query return the first response again, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    },
}
Responses = dict[int | str, dict[str, Any]]
"""Responses of an operation beside those that FastAPI derives from its endpoint: for `responses=`."""
METHODS = ("get", "put", "post", "patch", "delete")
FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")


def created(model: type[BaseModel]) -> Responses:
    """Describe the response of a PUT that created the resource."""
    return {201: {"model": model, "description": "Created: nothing with this name existed."}}


def repeated(model: type[BaseModel]) -> Responses:
    """Describe the response of a POST that repeats an existing external id."""
    return {200: {"model": model, "description": "It exists already, with the same content."}}


def install(app: FastAPI) -> None:
    """Replace FastAPI's document by Heed's."""
    original = app.openapi

    def document() -> Document:
        generated = original()
        if "Problem" not in generated.get("components", {}).get("schemas", {}):
            _rework(generated)
        return generated

    # FastAPI's documentation recommends this.
    app.openapi = document  # type: ignore[method-assign]


def _rework(document: Document) -> None:
    components = document.setdefault("components", {})
    for name, members in COMPONENTS.items():
        components.setdefault(name, {}).update(members)
    for name in FASTAPI_SCHEMAS:
        components["schemas"].pop(name, None)
    for path in document.get("paths", {}).values():
        for method in METHODS:
            if method in path:
                _rework_operation(path[method], method)


def _rework_operation(operation: Document, method: str) -> None:
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for name, (status, _) in (LIMITS | (BODY_LIMITS if "requestBody" in operation else {})).items():
        responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    responses.setdefault("default", PROBLEM)
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
