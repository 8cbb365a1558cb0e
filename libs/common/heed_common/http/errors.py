"""Every 4xx and 5xx response is a problem document, whether Heed or the framework raised the error."""

import json
import logging
from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from heed_common import problem_catalogue
from heed_common.database import is_transient
from heed_common.errors import BadRequest, Forbidden, HeedError, NotFound, TooLarge, Unauthenticated, Unavailable
from heed_common.http.media_types import is_json
from heed_common.problems import CATALOGUE, MAX_ERRORS, MEDIA_TYPE, Invalid, error_entry, problem_document

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
UNPARSED_BODY = {"model_attributes_type", "model_type", "dict_type", "list_type"}

log = logging.getLogger(__name__)


class MalformedJSON(BadRequest):
    code, title = "malformed_json", "The body is not valid JSON."
    advice = "Send valid JSON in UTF-8, and look for a missing quote or comma."


class UnsupportedMediaType(HeedError):
    status, code, title = 415, "unsupported_media_type", "Send the body as application/json."
    advice = "Set `Content-Type: application/json`."


class MethodNotAllowed(HeedError):
    status, code, title = 405, "method_not_allowed", "This thing does not take that method."
    advice = "Use a method that `Allow` names."


class BodyTooSlow(HeedError):
    status, code, title = 408, "body_too_slow", "The body did not arrive in time."
    advice = "Send the body without pauses, or in smaller parts."

    @property
    def headers(self) -> dict[str, str]:
        return {"Connection": "close"}


class TooManyBodies(Unavailable):
    code, title = "too_many_bodies", "Too many large bodies are being read at this moment; please try again."
    advice = "Send large bodies one after another."


class DatabaseUnavailable(Unavailable):
    code, title = "database_unavailable", "The database does not answer at this moment; please try again."
    advice = "Send the same request again after `Retry-After`. Operators: `/readyz` and `heed doctor` tell more."


class DatabaseBusy(Unavailable):
    code, title = "database_busy", "Too many requests use the database at this moment; please try again."
    advice = "Send the same request again after `Retry-After`; if it lasts, add processes or a larger pool (operators)."


class InternalError(HeedError):
    """An unexpected error; its traceback is in the log under the id in `instance`."""


class HeedHTTPException(HTTPException):
    """Wraps a `HeedError` so that it passes FastAPI, which turns any other error into 400 while it reads a body."""

    def __init__(self, error: HeedError) -> None:
        super().__init__(error.status)
        self.error = error


ERRORS_BY_STATUS: dict[int, type[HeedError]] = {
    error.status: error
    for error in (
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        BodyTooSlow,
        TooLarge,
        UnsupportedMediaType,
        Unavailable,
    )
}
"""Heed's errors by status, in the place of the framework's own."""


def routed_method(method: str) -> str:
    """Return the method whose route is called: HEAD calls that of GET, whose body is not sent."""
    return "GET" if method == "HEAD" else method


def install(app: FastAPI) -> None:
    """Replace FastAPI's error handlers, which repeat the input, and serve the page to which problems lead."""
    for kind in (HeedError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _handle_error)
    app.add_api_route(CATALOGUE, problems, methods=["GET"], include_in_schema=False)


async def problems() -> HTMLResponse:
    """Return the catalogue of problems of this process."""
    return HTMLResponse(problem_catalogue.render(problem_catalogue.catalogue()))


def response(error: HeedError, *, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the error as a response with a problem document."""
    body = json.dumps(
        problem_document(error, instance=f"urn:heed:request:{request_id}"), ensure_ascii=False, default=str
    )
    return Response(body, error.status, {**error.headers, **(headers or {})}, media_type=MEDIA_TYPE)


def to_heed_error(error: Exception) -> HeedError:
    """Return the error to respond with if an exception reaches the outermost layer; log it if it is unexpected."""
    if isinstance(error, HeedError):
        return error
    if isinstance(error, HeedHTTPException):
        return error.error
    if isinstance(error, PoolTimeoutError):
        log.warning("database busy: all connections of the pool are in use")
        return DatabaseBusy()
    if is_transient(error):
        log.warning("database unavailable: %s", type(error).__name__)
        return DatabaseUnavailable()
    log.error("unhandled error", exc_info=error)
    return InternalError()


async def _handle_error(request: Request, error: Exception) -> Response:
    request_id = request.state.request_id
    if isinstance(error, HeedError):
        return response(error, request_id=request_id)
    if isinstance(error, HeedHTTPException):
        return response(error.error, request_id=request_id)
    if isinstance(error, RequestValidationError):
        return response(_from_validation_error(request, error), request_id=request_id)
    if isinstance(error, HTTPException):
        headers = (
            {"Allow": _allowed_methods(request)} if error.status_code == MethodNotAllowed.status else error.headers
        )
        return response(ERRORS_BY_STATUS.get(error.status_code, BadRequest)(), request_id=request_id, headers=headers)
    raise error


def _allowed_methods(request: Request) -> str:
    """Return all methods of the path; the framework names those of the first route only."""

    def is_allowed(method: str) -> bool:
        scope = {**request.scope, "method": routed_method(method)}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(is_allowed, METHODS))


def _from_validation_error(request: Request, error: RequestValidationError) -> HeedError:
    items = error.errors()
    if any(item["type"] == "json_invalid" for item in items):
        return MalformedJSON()
    if any(item["loc"] == ("body",) and item["type"] in UNPARSED_BODY for item in items) and not is_json(request):
        return UnsupportedMediaType()
    shown = [error_entry(item, loc=item["loc"]) for item in items[:MAX_ERRORS]]
    return Invalid(shown, omitted=len(items) - len(shown))
