"""How a request gets to its endpoint: the caller first, then the replay of what was answered before."""

import hashlib
from collections.abc import Callable, Collection, Coroutine
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from heed_common import idempotency
from heed_common.auth import authenticate
from heed_common.http.dependencies import resources_of
from heed_common.http.strict_request import StrictRequest
from heed_common.idempotency import Answer, IdempotencyKeyReused, Slot
from heed_common.problems import Invalid, pointer

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
KEPT_HEADERS = ("content-type", "content-location", "etag", "location")


class IdempotentRoute(APIRoute):
    """A route behind a token. A POST with an Idempotency-Key has its effect once."""

    public: ClassVar[bool] = False
    keeps_answers: ClassVar[bool] = True

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()
        known = {field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, Query)}

        async def handle_once(request: Request) -> Response:
            if not self.public:
                await authenticate(request)
            _refuse_what_is_not_asked(request, known)
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST" or not self.keeps_answers:
                return await handle(StrictRequest(request.scope, request.receive))
            body = _Hashed(request.receive)
            return await _once(handle, StrictRequest(request.scope, body.receive), body, key=key)

        return handle_once


def _refuse_what_is_not_asked(request: Request, known: Collection[str]) -> None:
    """A filter that nobody knows would answer everything, and look like an answer."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        entries = [{"pointer": pointer([name]), "detail": "is not known here", "in": "query"} for name in unknown]
        raise Invalid(entries)


class PublicRoute(IdempotentRoute):
    """A route for people without a token."""

    public = True


class UnkeptRoute(IdempotentRoute):
    """A route whose answer may be written nowhere, such as one with the token of a private link.

    Its endpoint sees to it by itself that what is sent twice does no harm.
    """

    keeps_answers = False


class PublicUnkeptRoute(UnkeptRoute):
    public = True


class _Hashed:
    """The body's hash, taken while it streams by: an import does not fit into memory."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._hash = hashlib.sha256()
        self._ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._hash.update(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message

    async def digest(self) -> bytes:
        """The hash of the whole body; what nobody has read is read now."""
        while not self._ended:
            await self.receive()
        return self._hash.digest()


async def _once(handle: Handle, request: StrictRequest, body: _Hashed, *, key: str) -> Response:
    resources = resources_of(request)
    slot = Slot(await _owner(request, body), request.method, request.scope["path"], key)
    # FastAPI leaves this stack after the answer is made and before it is sent: here the transaction ends, with the
    # write of the endpoint and the answer that we keep.
    stack: AsyncExitStack = request.scope["fastapi_function_astack"]
    session = await stack.enter_async_context(resources.database.transaction())
    request.state.session = session
    await idempotency.claim(session, slot)
    found = await idempotency.find(session, slot, now=resources.clock.now())
    if found is not None:
        return _replay(*found, body_hash=await body.digest())
    response = await handle(request)
    if 200 <= response.status_code < 300:
        answer = _answer(response, session)
        await idempotency.keep(session, slot, answer, body_hash=await body.digest(), now=resources.clock.now())
    return response


async def _owner(request: StrictRequest, body: _Hashed) -> str:
    """Whose key it is. People without a token share none: only who sends the same content gets the same answer."""
    caller = getattr(request.state, "caller", None)
    if caller is not None:
        return str(caller.id)
    await request.body()
    return f"public:{(await body.digest()).hex()}"


def _replay(answer: Answer, first_hash: bytes, *, body_hash: bytes) -> Response:
    if body_hash != first_hash:
        raise IdempotencyKeyReused
    return Response(answer.body, answer.status, {**answer.headers, "Idempotent-Replayed": "true"})


def _answer(response: Response, session: AsyncSession) -> Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    event_id = session.info.get("last_event_id")
    if event_id is not None:
        headers["heed-event"] = str(event_id)
    return Answer(response.status_code, headers, bytes(response.body))
