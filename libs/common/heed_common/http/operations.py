"""Responses and headers of an operation in the OpenAPI document, derived from its route.

So no route can forget to declare them: the statuses of problems follow from how requests are processed (`routes.py`)
and from the statuses and codes that the docstring of an endpoint names, headers from the constants of its code.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FunctionType
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from heed_common.http import dependencies
from heed_common.http.deprecation import deprecation_of
from heed_common.http.keyed import REPLAYED
from heed_common.http.middleware import SAFE_METHODS
from heed_common.http.routes import IdempotentRoute
from heed_common.problems import MEDIA_TYPE

Document = dict[str, Any]

PROBLEM_CONTENT: Document = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: Mapping[str, str] = {
    "400": "The request could not be understood.",
    "401": "A valid bearer token is needed.",
    "403": "The token does not carry the scope that this call needs, or may not see this.",
    "404": "There is no such thing here.",
    "408": "The body paused for more than 30 seconds, or came more slowly than 1 KiB a second.",
    "409": "The request does not fit the present state, or the first one with its Idempotency-Key is in flight.",
    "410": "This was here and has been removed.",
    "412": "The resource has changed since it was read.",
    "413": "The body has more than 1 MiB; a `:batch` more than 8 MiB, 1000 items or 20000 lines.",
    "415": "The body has a media type that is not accepted here.",
    "422": "Some values are not what they should be; `errors` names them.",
    "428": "If-Match must name the version to change.",
    "429": "Too many requests; please wait.",
    "431": "The header, address included, has more than 16 KiB.",
    "503": "Temporarily unavailable: too many connections or bodies, or the database is unavailable.",
}
RETRIED = ("429", "503")
"""Problems after which the same request is sent again later."""
OF_ALL, OF_TOKENS, OF_WRITES = ("422", "431", "503"), ("401", "403"), ("400", "408", "409", "413")
RATE_LIMITED, RATE_HEADERS = "429", ("RateLimit", "RateLimit-Policy")
"""Of keys with a limit."""
OF_CONDITIONS = ("400", "412")
DECLARED = re.compile(r"\b(4\d\d|503)\b((?:[,;]?(?: and| or)? ?`[a-z_]+`)*)")
"""A status in a docstring, with the codes that follow it: 409 `quota_full`, `survey_closed`."""
CODE = re.compile(r"`([a-z_]+)`")

IF_NONE_MATCH = "IfNoneMatch"
OF_CONTENT = ("Content-Disposition", "Content-Language")
"""Headers that a 304 lacks."""
HEADERS: Mapping[str, Document] = {
    "Content-Disposition": {"description": "The name of the file.", "schema": {"type": "string"}},
    "Content-Language": {"description": "The language of the texts.", "schema": {"type": "string"}},
    "Content-Location": {
        "description": "The path of the resource in this response: of a merged customer that of the survivor.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Deprecation": {
        "description": "Since when the operation is deprecated (RFC 9745): `@` and seconds since 1970.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "The version of the resource, for If-Match; of a read, for If-None-Match too.",
        "schema": {"type": "string"},
    },
    "Heed-Event": {
        "description": "The last event of this write, for `after=` of a read; absent if it changed nothing.",
        "schema": {"type": "string", "format": "uuid"},
    },
    REPLAYED: {
        "description": "The response of an earlier request with this Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": {"description": "The page that names what to use instead.", "schema": {"type": "string"}},
    "Location": {
        "description": "The path of the resource.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "RateLimit": {
        "description": 'The rest of the key\'s quota, and the seconds until all of it is available: `"key";r=99;t=1`.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The requests that a key with a limit has in a minute: `"key";q=100;w=60`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}},
    "Sunset": {
        "description": "When the operation will be removed (RFC 8594).",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {"description": "What is missing.", "schema": {"type": "string"}},
}


def problem_responses() -> Document:
    """Return the problems of all operations as components, by status."""
    return {_component(status): _problem(status, PROBLEM_CONTENT) for status in PROBLEMS}


def describe(operation: Document, route: APIRoute) -> None:
    """Add the headers of successes and the problems that the operation may respond."""
    names = _header_names(route)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            headers = {name: _header(name) for name in names}
            response["headers"] = {**headers, **response.get("headers", {})}
    if _methods(route) <= SAFE_METHODS and "ETag" in names:
        _describe_condition(operation, names)
    if deprecation_of(route.dependencies) is not None:
        operation["deprecated"] = True
    codes = _declared_codes(route)
    content = operation["responses"].get("default", {}).get("content", PROBLEM_CONTENT)
    for status in sorted({*_processing_problems(route, operation), *codes}):
        problem = {"$ref": f"#/components/responses/{_component(status)}"}
        if codes.get(status) or content != PROBLEM_CONTENT:
            problem = _problem(status, content, codes=codes.get(status, ()))
        operation["responses"].setdefault(status, problem)


def _describe_condition(operation: Document, names: Collection[str]) -> None:
    """Add that a read with the tag of a copy is answered without a body while the copy is current."""
    operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{IF_NONE_MATCH}"})
    headers = {name: _header(name) for name in names if name not in OF_CONTENT}
    operation["responses"]["304"] = {"description": "The copy with this tag is current.", "headers": headers}


def _component(status: str) -> str:
    return f"Problem{status}"


def _header(name: str) -> Document:
    return {"$ref": f"#/components/headers/{name}"}


def _problem(status: str, content: Document, *, codes: tuple[str, ...] = ()) -> Document:
    description = " ".join([PROBLEMS[status], *([f"Code {_join(codes)}."] if codes else [])])
    headers = ["Retry-After"] if status in RETRIED else ["WWW-Authenticate"] if status in OF_TOKENS else []
    headers += RATE_HEADERS if status == RATE_LIMITED else ()
    named = {"headers": {name: _header(name) for name in headers}} if headers else {}
    return {"description": description, **named, "content": content}


def _join(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _declared_codes(route: APIRoute) -> dict[str, tuple[str, ...]]:
    """Return the statuses that the description of the operation names, with their codes."""
    codes: dict[str, tuple[str, ...]] = {}
    for status, text in DECLARED.findall(route.description):
        if status in PROBLEMS:
            codes[status] = (*codes.get(status, ()), *CODE.findall(text))
    return {status: tuple(dict.fromkeys(named)) for status, named in codes.items()}


def _processing_problems(route: APIRoute, operation: Document) -> Iterator[str]:
    """Yield the problems that follow from how a request is processed up to the endpoint, and of its path."""
    yield from OF_ALL
    if not _is_public(route):
        yield from OF_TOKENS
        yield RATE_LIMITED
    if not _methods(route) <= SAFE_METHODS:
        yield from OF_WRITES
    if "requestBody" in operation:
        yield "415"
    if "{" in route.path_format:
        yield "404"
    if _depends_on(route, dependencies.if_match):
        yield from OF_CONDITIONS
        yield from () if "POST" in _methods(route) else ("428",)


def _header_names(route: APIRoute) -> list[str]:
    """Return the headers that a success of the route may have."""
    names = {name for name in _constants(route.endpoint) if isinstance(name, str) and name in HEADERS}
    if _depends_on(route, dependencies.negotiate_language):
        names.add("Content-Language")
    if not _methods(route) <= SAFE_METHODS:
        names.add("Heed-Event")
    if replays(route):
        names.add(REPLAYED)
    if not _is_public(route):
        names.update(RATE_HEADERS)
    if deprecation_of(route.dependencies) is not None:
        names |= {"Deprecation", "Link", "Sunset"}
    return sorted(names)


def _is_public(route: APIRoute) -> bool:
    return isinstance(route, IdempotentRoute) and route.public


def replays(route: APIRoute) -> bool:
    """Return whether a repetition with the same Idempotency-Key gets the stored response."""
    return "POST" in _methods(route) and isinstance(route, IdempotentRoute) and route.stores_responses


def _methods(route: APIRoute) -> set[str]:
    return route.methods or set()


def _depends_on(route: APIRoute, dependency: object) -> bool:
    return dependency in {part.call for part in _flatten(route.dependant)}


def _flatten(dependant: Dependant) -> Iterator[Dependant]:
    for part in dependant.dependencies:
        yield part
        yield from _flatten(part)


def _constants(endpoint: Callable[..., Any]) -> Iterator[object]:
    """Yield the constants of the endpoint and of the functions that it calls of HTTP APIs, its own or another."""
    if not isinstance(endpoint, FunctionType):
        return
    found = [endpoint]
    for function in found:
        called = [function.__globals__.get(name) for name in function.__code__.co_names]
        found += [
            part for part in called if isinstance(part, FunctionType) and _is_api(part, endpoint) and part not in found
        ]
        for constant in function.__code__.co_consts:
            yield from constant if isinstance(constant, tuple) else (constant,)


def _is_api(function: FunctionType, endpoint: FunctionType) -> bool:
    return function.__module__ == endpoint.__module__ or function.__module__.endswith(".api")
