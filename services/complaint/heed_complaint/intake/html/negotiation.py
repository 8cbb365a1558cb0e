"""What browsers send and what they are shown; programs get the same as JSON, and problems as problem documents."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from heed_common.errors import HeedError, TooLarge
from heed_common.http import Responses
from heed_common.http.errors import UnsupportedMediaType
from heed_common.languages import Language, preferred_language
from heed_common.problems import MEDIA_TYPE, Invalid
from heed_complaint.intake.html.layout import HEADERS

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 128 * 1024
"""Room for the longest text in any script; a page of ours sends no more."""
MOST_FIELDS = 30
SPOKEN: dict[str, Language] = {"en": "en", "zh": "zh"}

HTML: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
PROBLEM_OR_PAGE: Responses = {
    "default": {
        "description": "The error: a problem document for programs, a page for browsers.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}, **HTML},
    }
}
PAGE: Responses = {200: {"description": "An HTML page.", "content": HTML}}
ONWARD: Responses = {303: {"description": "For a browser: redirect to the next page."}}


def asks_for(body: type[BaseModel], *media_types: str) -> dict[str, Any]:
    """For `openapi_extra` of an endpoint that reads its body itself."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    # The parts have names of their own in the document: those of the bodies that FastAPI reads.
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {each: {"schema": schema} for each in media_types}}}


class Page(Exception):
    """A problem, as the person in front of the browser shall see it; what was begun is undone."""

    def __init__(self, html: str, problem: HeedError) -> None:
        super().__init__(problem.detail)
        self.html = html
        self.problem = problem


def install(app: FastAPI) -> None:
    """Lets endpoints raise pages."""
    app.add_exception_handler(Page, _answer)


def show(html: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page, with what the browser must know about it."""
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def see(path: str) -> RedirectResponse:
    """Where the browser goes on, so that reloading the next page sends nothing twice."""
    return RedirectResponse(path, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


@contextmanager
def problems_shown(request: Request, render: Callable[[HeedError], str]) -> Iterator[None]:
    """What goes wrong inside is a page for people, and a problem document for programs."""
    try:
        yield
    except HeedError as problem:
        if not wants_page(request):
            raise
        raise Page(render(problem), problem) from problem


def wants_page(request: Request) -> bool:
    """A person looks at it: the browser asks for HTML, or has sent one of our forms and did not say."""
    asked = request.headers.get("accept", "").lower()
    if "text/html" in asked:
        return True
    return _is_form(request) and "json" not in asked


def wants_json(request: Request) -> bool:
    asked = request.headers.get("accept", "").lower()
    return "json" in asked and "text/html" not in asked


def language_of(request: Request, asked: str | None) -> Language:
    """The one that was chosen on a page, or else the one that the browser prefers."""
    return SPOKEN.get(asked or "") or preferred_language(request.headers.get("accept-language"))


async def submitted(request: Request) -> object:
    """What was sent, as JSON or by a form; fields that were left empty were not filled in."""
    raw = await request.body()
    if len(raw) > FORM_LIMIT:
        raise TooLarge(f"This takes at most {FORM_LIMIT // 1024} KiB.")
    if _is_form(request):
        return _fields(raw)
    if not _media_type(request).endswith("json"):
        raise UnsupportedMediaType(f"Send application/json or {FORM}.")
    return await request.json()


def _fields(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Invalid([{"pointer": "", "detail": "is no form of ours"}]) from None
    # Browsers send line ends as CR LF.
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def _is_form(request: Request) -> bool:
    return _media_type(request) == FORM


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _answer(request: Request, error: Exception) -> Response:
    if not isinstance(error, Page):
        raise error
    return show(error.html, status=error.problem.status, headers=error.problem.headers)
