"""The OpenAPI document: one description of problems, headers of writes, examples and tags, no FastAPI error schemas."""

import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from heed_common.fields import RequestModel, ResponseModel
from heed_common.http import operations
from heed_common.http.field_descriptions import all_models, describe_fields
from heed_common.problems import MAX_ERRORS, MAX_ITEM_ERRORS

Document = dict[str, Any]

PROBLEM_SCHEMA: Document = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is for programs, `detail` for people; values that were sent are never repeated.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Path of the page about this code, without a token.",
        },
        "title": {"type": "string", "description": "What the code means; the same for each of its problems."},
        "status": {"type": "integer", "description": "HTTP status of the response, or of the item of a batch."},
        "detail": {"type": "string", "description": "What is wrong this time, for people; its wording may change."},
        "instance": {"type": "string", "description": "The request, as the log names it."},
        "code": {
            "type": "string",
            "description": "What programs decide by; it never changes its meaning.",
            "examples": ["validation_failed"],
        },
        "errors_omitted": {"type": "integer", "minimum": 1, "description": "Number of errors that are not listed."},
        "errors": {
            "type": "array",
            "maxItems": MAX_ERRORS,
            "description": f"At most {MAX_ERRORS}, of each item of a batch at most {MAX_ITEM_ERRORS}.",
            "items": {"$ref": "#/components/schemas/ProblemError"},
        },
    },
}
PROBLEM_ERROR_SCHEMA: Document = {
    "type": "object",
    "title": "ProblemError",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "A JSON pointer into the body."},
        "detail": {"type": "string", "description": "What is wrong there, without the value that was sent."},
        "in": {
            "type": "string",
            "enum": ["query", "path", "header", "cookie"],
            "description": "Where the parameter stands that `pointer` names; missing for the body.",
        },
    },
}
IDEMPOTENCY_KEY: Document = {"$ref": "#/components/parameters/IdempotencyKey"}
COMPONENTS: Document = {
    "schemas": {"Problem": PROBLEM_SCHEMA, "ProblemError": PROBLEM_ERROR_SCHEMA},
    "responses": {
        "Problem": {"description": "An error, as a problem document.", "content": operations.PROBLEM_CONTENT},
        **operations.problem_responses(),
    },
    "headers": dict(operations.HEADERS),
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key, body and query return the first response again, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        operations.IF_NONE_MATCH: {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "Tags of copies, from ETag: 304 without a body while one of them is current.",
            "schema": {"type": "string", "maxLength": 8192},
        },
    },
}
INFO: Document = {
    "contact": {"name": "The Heed authors", "url": "https://heed.example/issues"},
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
SERVERS = [{"url": "/", "description": "The address from which this document was read."}]
TEXTS = "interface.json"
"""File of a service's package with the descriptions of its tags, in their order, and an example of each body."""
ADMIN_TAG = {"name": "admin", "description": "Dead letters, stopped consumers and failed work, for operators."}
Responses = dict[int | str, dict[str, Any]]
"""Responses of an operation beside those that FastAPI derives from its endpoint: for `responses=`."""
SCHEMAS = "#/components/schemas/"
PAGE = re.compile(r"(?:Table)?Page_(\w+?)(?:Out)?_")
FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")


def created(model: type[BaseModel]) -> Responses:
    """Describe the response of a PUT that created the resource."""
    return {201: {"model": model, "description": "Created: nothing with this name existed."}}


def repeated(model: type[BaseModel]) -> Responses:
    """Describe the response of a POST that repeats an existing external id."""
    return {200: {"model": model, "description": "It exists already, with the same content."}}


def install(app: FastAPI, *, package: str | None = None) -> None:
    """Replace FastAPI's document by Heed's, with the texts of the service's package."""
    original = app.openapi

    def document() -> Document:
        generated = original()
        if "Problem" not in generated.get("components", {}).get("schemas", {}):
            _rework(generated, app, _texts(package))
        return generated

    # FastAPI's documentation recommends this.
    app.openapi = document  # type: ignore[method-assign]


def _texts(package: str | None) -> Document:
    """Return the texts of the package; none for an app without one, such as that of a worker."""
    if package is None or find_spec(package) is None:
        return {}
    texts: Document = json.loads((files(package) / TEXTS).read_text())
    return texts


def _rework(document: Document, app: FastAPI, texts: Document) -> None:
    document["info"] |= INFO | {name: texts[name] for name in ("description",) if name in texts}
    document["servers"] = SERVERS
    components = document.setdefault("components", {})
    for name, members in COMPONENTS.items():
        components.setdefault(name, {}).update(members)
    for name in FASTAPI_SCHEMAS:
        components["schemas"].pop(name, None)
    _name_pages(document)
    _simplify_tuples(components["schemas"])
    for name, schema in components["schemas"].items():
        schema["title"] = name
    models = [*all_models(RequestModel), *all_models(ResponseModel)]
    describe_fields(components["schemas"], models)
    for method, operation, route in _operations(document, app):
        _rework_operation(operation, method, route, texts.get("examples", {}))
    for schema in _inline_bodies(document):
        describe_fields({schema["title"]: schema}, models)
    document["tags"] = [*texts.get("tags", ()), ADMIN_TAG]
    _remove_unused(document)


def _inline_bodies(document: Document) -> Iterator[Document]:
    """Yield the schemas of bodies that stand at their operation, such as those of forms."""
    for node in _nodes(document["paths"]):
        for content in node.get("requestBody", {}).get("content", {}).values():
            if {"title", "properties"} <= content.get("schema", {}).keys():
                yield content["schema"]


def _remove_unused(document: Document) -> None:
    """Remove the components to which nothing refers, and those to which only these referred."""
    is_stable = False
    while not is_stable:
        is_stable = True
        used = {node["$ref"] for node in _nodes(document) if isinstance(node.get("$ref"), str)}
        for kind in ("responses", "headers", "parameters", "schemas"):
            members = document["components"][kind]
            for name in [name for name in members if f"#/components/{kind}/{name}" not in used]:
                del members[name]
                is_stable = False


def _name_pages(document: Document) -> None:
    """Rename the pages of lists: `CustomerPage` instead of `Page_CustomerOut_`."""
    schemas = document["components"]["schemas"]
    names = {name: f"{found[1]}Page" for name in schemas if (found := PAGE.fullmatch(name))}
    for name, new in names.items():
        schemas[new] = schemas.pop(name)
    references = {SCHEMAS + name: SCHEMAS + new for name, new in names.items()}
    for node in _nodes(document):
        if node.get("$ref") in references:
            node["$ref"] = references[node["$ref"]]


def _simplify_tuples(schemas: Document) -> None:
    """Describe tuples of equal items as arrays: not all generators of clients know `prefixItems`."""
    for node in _nodes(schemas):
        items = node.get("prefixItems", ())
        if items and all(item == items[0] for item in items):
            node["items"] = node.pop("prefixItems")[0]


def _nodes(document: Document) -> Iterator[Document]:
    """Yield all objects of the document."""
    ahead: list[Any] = [document]
    while ahead:
        node = ahead.pop()
        if isinstance(node, dict):
            yield node
        ahead += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _operations(document: Document, app: FastAPI) -> Iterable[tuple[str, Document, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in map(str.lower, route.methods or ()):
                yield method, document["paths"][context.path_format][method], route


def _rework_operation(operation: Document, method: str, route: APIRoute, examples: Document) -> None:
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    operations.describe(operation, route)
    responses.setdefault("default", {"$ref": "#/components/responses/Problem"})
    operation["responses"] = dict(sorted(responses.items()))
    operation.setdefault("security", [])
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if operation["operationId"] in examples:
        _add_example(operation["requestBody"], examples[operation["operationId"]])


def _add_example(body: Document, example: object) -> None:
    """Add the example to the contents that it fits: a mail may come as a file instead of an object."""
    for content in body["content"].values():
        if isinstance(example, str) is (content["schema"].get("type") == "string"):
            content["example"] = example
