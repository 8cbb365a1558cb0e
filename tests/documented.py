"""What a response of the HTTP API must be to be documented: its status, media type and headers are declared.

Clients of these services in tests check it (`make_client`): what a test gets to see is in the OpenAPI document.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx

Document = dict[str, Any]

INTERFACES = Path(__file__).resolve().parents[1] / "docs" / "interfaces"
SERVICES = ("customer", "complaint", "survey", "scoring", "platform")
"""Services whose responses are compared."""
HEADERS = (
    *("content-disposition", "content-language", "content-location", "etag", "heed-event", "idempotent-replayed"),
    *("location", "retry-after", "www-authenticate"),
)
"""Headers on which programs rely."""
UNEXPECTED = {405, 500}
"""Responses to what is no operation and to mistakes of ours: `default` declares their body."""
WITHOUT_BODY = {204, 303, 304}


@cache
def committed(title: str) -> tuple[Document, list[tuple[re.Pattern[str], Document]]] | None:
    """Return the committed document of a service with its paths, in the order in which they match."""
    for service in SERVICES:
        document = json.loads((INTERFACES / f"openapi-{service}.json").read_text())
        if document["info"]["title"] == title:
            paths = sorted(document["paths"].items(), key=lambda entry: _precedence(entry[0]))
            return document, [(_pattern(path), item) for path, item in paths]
    return None


def check_documented(title: str, response: httpx.Response) -> None:
    """Fail for a response that is not declared; apps that have no committed document are not checked."""
    found = committed(title)
    if found is not None:
        document, paths = found
        missing = undocumented(document, paths, response)
        assert not missing, f"{response.request.method} {response.request.url.path}: undocumented {missing}"


def undocumented(
    document: Document, paths: list[tuple[re.Pattern[str], Document]], response: httpx.Response
) -> list[str]:
    """Return what the response has and its operation does not declare."""
    method, status = response.request.method.lower(), response.status_code
    operation = _operation(paths, "get" if method == "head" else method, response.request.url.path)
    if operation is None or status in UNEXPECTED:
        return []
    declared = operation["responses"].get(str(status))
    if declared is None:
        return [f"status {status}"]
    if "$ref" in declared:
        declared = document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    names = {name.lower() for name in declared.get("headers", {})}
    found = [f"header {name} of {status}" for name in HEADERS if name in response.headers and name not in names]
    media_type = response.headers.get("content-type", "").partition(";")[0]
    types = {kind.partition(";")[0] for kind in declared.get("content", {})}
    if method == "head" or status in WITHOUT_BODY or not media_type or media_type in types:
        return found
    return [*found, f"media type {media_type} of {status}"]


def _operation(paths: list[tuple[re.Pattern[str], Document]], method: str, path: str) -> Document | None:
    return next((item[method] for pattern, item in paths if method in item and pattern.fullmatch(path)), None)


def _precedence(path: str) -> tuple[list[bool], int]:
    """Return a key: `/s/results/{code}` comes before `/s/{token}/thank-you`, and `/x/{id}:act` before `/x/{id}`."""
    return ["{" in part for part in path.split("/")], -len(path)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))
