"""Request processing up to the endpoint, in the order that keeps a rejected or slow request cheap.

1. Authentication, the scopes of the route and its guards: a caller without permission is rejected before the body.
2. The whole body, within the limits of size and time. No database connection is held meanwhile.
3. The transaction, the lock of an Idempotency-Key, and the replay of a stored response.
4. The endpoint.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, get_origin

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from heed_common.audit.http_requests import record_request
from heed_common.auth.scopes import required_scopes
from heed_common.errors import BadRequest
from heed_common.http.dependencies import get_resources
from heed_common.http.deprecation import deprecation_of
from heed_common.http.guards import admit, check_guards
from heed_common.http.keyed import REPLAYED, HashingReceive, KeyedRequest
from heed_common.http.middleware import SAFE_METHODS, body_limit
from heed_common.http.strict_request import StrictRequest
from heed_common.idempotency import IdempotencyScope
from heed_common.problems import MAX_ERRORS, Invalid, json_pointer

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class BodyIncomplete(BadRequest):
    code, title = "body_incomplete", "The connection ended before the body was complete."
    advice = "Send the request again; with an Idempotency-Key it is done once."


class IdempotentRoute(APIRoute):
    """A route that requires a token. A POST with an Idempotency-Key takes effect once."""

    public: ClassVar[bool] = False
    stores_responses: ClassVar[bool] = True

    def get_route_handler(self) -> Handle:
        respond = super().get_route_handler()
        parameters = {
            field.alias: get_origin(field.field_info.annotation) in (list, tuple)
            for field in get_flat_params(self.dependant)
            if isinstance(field.field_info, Query)
        }
        scopes = required_scopes(self.dependencies)
        deprecation = deprecation_of(self.dependencies)
        deprecated = () if deprecation is None else deprecation.headers()

        async def handle(request: Request) -> Response:
            response = await respond(request)
            await record_request(request, response)
            return response

        async def handle_once(request: Request) -> Response:
            request.state.deprecation = deprecated
            if not self.public:
                await admit(request, scopes=scopes)
            _check_query_params(request, parameters)
            if request.method in SAFE_METHODS:
                return await handle(StrictRequest(request.scope, request.receive))
            await check_guards(request)
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST" or not self.stores_responses:
                return await handle(await _read_body(StrictRequest(request.scope, request.receive)))
            body = HashingReceive(request)
            return await _handle_idempotently(handle, StrictRequest(request.scope, body.receive), body, key=key)

        return handle_once


def _check_query_params(request: Request, parameters: Mapping[str, bool]) -> None:
    """Reject parameters that are unknown, or repeated without being a list, which `parameters` has for each.

    A misspelt filter would be ignored, of a repeated one all values but the last: the list would not be the one that
    was asked for.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    entries = [_query_error(name, "is not known here") for name in dict.fromkeys(names) if name not in parameters]
    if len(names) > len(set(names)):
        repeated = [name for name, times in Counter(names).items() if times > 1 and not parameters.get(name, True)]
        entries += [_query_error(name, "may be given once") for name in repeated]
    if entries:
        raise Invalid(entries).at_most(MAX_ERRORS)


def _query_error(name: str, detail: str) -> dict[str, str]:
    return {"pointer": json_pointer([name]), "detail": detail, "in": "query"}


class PublicRoute(IdempotentRoute):
    """A route for people without a token."""

    public = True


class UnstoredRoute(IdempotentRoute):
    """A route whose response must not be stored, such as one that contains the token of a private link.

    Its endpoint must be idempotent itself.
    """

    stores_responses = False


class PublicUnstoredRoute(UnstoredRoute):
    public = True


def _streams(request: Request) -> bool:
    """Return whether the endpoint streams the body: a body without a limit does not fit into memory."""
    return body_limit(request.scope["path"]) is None


async def _read_body(request: StrictRequest) -> StrictRequest:
    """Read the whole body; the request buffers it for FastAPI and for endpoints that read it themselves."""
    if not _streams(request):
        try:
            await request.body()
        except ClientDisconnect:
            raise BodyIncomplete from None
    return request


async def _handle_idempotently(handle: Handle, request: StrictRequest, body: HashingReceive, *, key: str) -> Response:
    keyed = KeyedRequest(request, await _idempotency_scope(request, body, key=key), body)
    if _streams(request):
        return await _stream_once(handle, request, keyed)
    await _read_body(request)
    session = await keyed.open_transaction()
    response = await keyed.lock(session)
    if response is None:
        response = await handle(request)
        await keyed.store(session, response)
    return response


async def _stream_once(handle: Handle, request: StrictRequest, keyed: KeyedRequest) -> Response:
    """Look up a stored response before the upload; the endpoint looks again after it and locks the scope then.

    The scope is a lock of the transaction, which must not be open during the upload. So two uploads with one key are
    both received; the one that ends first takes effect, the other gets its response and is discarded.
    """
    async with get_resources(request).database.transaction(wakes_jobs=False) as session:
        stored = await keyed.load(session)
    if stored is not None:
        return await keyed.replay(stored)
    session = await keyed.open_transaction()
    response = await handle(request)
    if REPLAYED not in response.headers:
        await keyed.store(session, response)
    return response


async def _idempotency_scope(request: StrictRequest, body: HashingReceive, *, key: str) -> IdempotencyScope:
    """Return the scope of the key. Callers without a token are separated by content: only equal content is replayed."""
    caller = getattr(request.state, "caller", None)
    if caller is not None:
        return IdempotencyScope(str(caller.id), request.method, request.scope["path"], key)
    await _read_body(request)
    return IdempotencyScope(f"public:{(await body.digest()).hex()}", request.method, request.scope["path"], key)
