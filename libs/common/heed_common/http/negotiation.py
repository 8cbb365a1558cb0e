"""Content negotiation: browsers send forms and get pages, programs send JSON and get JSON and problem documents."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI
from pydantic import BaseModel, model_validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from heed_common.errors import HeedError, TooLarge
from heed_common.fields import RequestModel
from heed_common.http import Responses
from heed_common.http.errors import UnsupportedMediaType
from heed_common.http.public_pages import HEADERS
from heed_common.languages import Language, preferred_language
from heed_common.problems import MEDIA_TYPE, Invalid
from heed_common.text import is_blank

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 128 * 1024
"""Room for the longest text in any script; a page of Heed sends no more."""
MAX_FIELDS = 30
LANGUAGES: dict[str, Language] = {"en": "en", "zh": "zh"}
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

HTML: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
PROBLEM_OR_PAGE: Responses = {
    "default": {
        "description": "The error: a problem document for programs, a page for browsers.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}, **HTML},
    }
}
HTML_PAGE: Responses = {200: {"description": "An HTML page.", "content": HTML}}
REDIRECT: Responses = {
    303: {
        "description": "For a browser: redirect to the next page.",
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
    }
}


class FormModel(RequestModel):
    """A submitted form, from a page or a program; empty fields are absent."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, value: Any) -> Any:  # noqa: ANN401 any JSON value may have been sent
        if not isinstance(value, dict):
            return value
        return {name: text for name, text in value.items() if not (isinstance(text, str) and is_blank(text))}


class ProblemPage(Exception):
    """A problem to be rendered as a page. It is raised, so that the transaction is rolled back."""

    def __init__(self, html: str, problem: HeedError, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(problem.detail)
        self.html = html
        self.problem = problem
        self.headers = {**headers, **problem.headers}


def install(app: FastAPI) -> None:
    """Let endpoints raise `ProblemPage`."""
    app.add_exception_handler(ProblemPage, _problem_page_response)


def request_body_schema(body: type[BaseModel], *media_types: str) -> dict[str, Any]:
    """Return the `openapi_extra` of an endpoint that reads its body itself."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    # The parts have names of their own in the document: those of the bodies that FastAPI reads.
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {each: {"schema": schema} for each in media_types}}}


def html_response(html: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return a page with its security headers."""
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def redirect(path: str) -> RedirectResponse:
    """Return a 303 to the next page, so that reloading that page sends nothing twice."""
    return RedirectResponse(path, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


@contextmanager
def problems_as_pages(
    request: Request, render: Callable[[HeedError], str], *, headers: Mapping[str, str] = NO_HEADERS
) -> Iterator[None]:
    """Render errors raised inside as pages for browsers; programs get problem documents as everywhere.

    `headers` are those of pages with a style sheet of their own.
    """
    try:
        yield
    except HeedError as problem:
        if not wants_page(request):
            raise
        raise ProblemPage(render(problem), problem, headers) from problem


def wants_page(request: Request) -> bool:
    """Return whether a browser asks: it accepts HTML, or has sent a form and does not accept JSON only."""
    accepted = request.headers.get("accept", "").lower()
    if "text/html" in accepted:
        return True
    return _is_form(request) and "json" not in accepted


def wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "json" in accepted and "text/html" not in accepted


def requested_language(request: Request, chosen: str | None) -> Language:
    """Return the language chosen on a page, or else the one that the browser prefers."""
    return LANGUAGES.get(chosen or "") or preferred_language(request.headers.get("accept-language"))


async def parse_body(request: Request) -> object:
    """Return the body, sent as JSON or by a form. Raises `TooLarge`, `UnsupportedMediaType`, `Invalid`."""
    raw = await _body_up_to(request, MAX_FORM_BYTES)
    if _is_form(request):
        # Browsers send line ends as CR LF.
        return {name: value.replace("\r\n", "\n") for name, value in _form_pairs(raw, max_fields=MAX_FIELDS)}
    if not _media_type(request).endswith("json"):
        raise UnsupportedMediaType(f"Send application/json or {FORM}.")
    return await request.json()


async def parse_form(request: Request, *, max_bytes: int, max_fields: int) -> list[tuple[str, str]]:
    """Return the fields of a form in which names may repeat. Raises `TooLarge`, `UnsupportedMediaType`, `Invalid`."""
    raw = await _body_up_to(request, max_bytes)
    if not _is_form(request):
        raise UnsupportedMediaType(f"Send {FORM}.")
    return _form_pairs(raw, max_fields=max_fields)


async def _body_up_to(request: Request, max_bytes: int) -> bytes:
    raw = await request.body()
    if len(raw) > max_bytes:
        raise TooLarge(f"This takes at most {max_bytes // 1024} KiB.")
    return raw


def _form_pairs(raw: bytes, *, max_fields: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), errors="strict", max_num_fields=max_fields)
    except ValueError:
        raise Invalid([{"pointer": "", "detail": "is no form of ours"}]) from None


def _is_form(request: Request) -> bool:
    return _media_type(request) == FORM


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _problem_page_response(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemPage):
        raise error
    return html_response(error.html, status=error.problem.status, headers=error.headers)
