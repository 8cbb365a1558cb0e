"""Requests with an Idempotency-Key: their effect and their stored response are committed in one transaction."""

import hashlib
import json
from contextlib import AsyncExitStack
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from heed_common import idempotency, outbox
from heed_common.http.dependencies import get_resources
from heed_common.http.guards import guards_of
from heed_common.http.media_types import is_json, media_type
from heed_common.http.sealed_responses import ResponseSealer, content_digest
from heed_common.idempotency import IdempotencyScope, StoredRequest, StoredResponse

REPLAYED = "Idempotent-Replayed"
STORED_HEADERS = ("content-type", "content-location", "etag", "location")
OPTION_HEADERS = "heed-"
"""Prefix of headers that are options of the request, as its query is."""


class HashingReceive:
    """Hash of a request's content: of the body, computed while it arrives, and of everything that gives it a meaning.

    An import does not fit into memory.
    """

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._options = request_options(request)
        self._hash = hashlib.sha256()
        self._ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._hash.update(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message

    async def digest(self) -> bytes:
        """Return the hash of the whole content, reading the rest of the body first."""
        while not self._ended:
            await self.receive()
        return content_digest(self._hash.digest(), self._options)


def request_options(request: Request) -> bytes:
    """Return what changes the meaning of a body: query, media type and headers of Heed's own; empty if JSON is all.

    The order of the query is none of it, and neither are the headers that only negotiate the form of a response.
    """
    # The URL is only put together where there is a query: that takes longer than the hash of a body.
    text = request.url.query if request.scope["query_string"] else ""
    query = sorted(parse_qsl(text, keep_blank_values=True), key=lambda pair: pair[0])
    headers = sorted(pair for pair in request.headers.items() if pair[0].startswith(OPTION_HEADERS))
    body_type = "" if is_json(request) else media_type(request)
    return json.dumps([query, headers, body_type]).encode() if query or headers or body_type else b""


class KeyedRequest:
    """A request, the idempotency scope of its key, and whether this request has locked it."""

    def __init__(self, request: Request, scope: IdempotencyScope, body: HashingReceive) -> None:
        self._request = request
        self._scope = scope
        self._body = body
        self._sealer = ResponseSealer(getattr(request.app.state, "cipher", None))
        self._is_locked = False
        self._has_content = True

    def omit_content(self) -> None:
        """Store no hash of the content."""
        self._has_content = False

    async def open_transaction(self) -> AsyncSession:
        """Open the request's transaction; it takes a connection only at its first statement.

        FastAPI exits the stack after the response is built and before it is sent: this commits the endpoint's writes
        and the stored response.
        """
        stack: AsyncExitStack = self._request.scope["fastapi_function_astack"]
        session = await stack.enter_async_context(get_resources(self._request).database.transaction())
        self._request.state.session = session
        self._request.state.keyed = self
        return session

    async def lock(self, session: AsyncSession) -> Response | None:
        """Lock the scope until the transaction ends, and return the stored response if there is one."""
        await idempotency.lock(session, self._scope)
        self._is_locked = True
        stored = await self.load(session)
        return None if stored is None else await self.replay(stored)

    async def load(self, session: AsyncSession) -> StoredRequest | None:
        """Load the stored response, provided that the caller may still see it."""
        found = await idempotency.load(session, self._scope, now=get_resources(self._request).clock.now())
        if found is not None:
            guards = guards_of(self._request.app)
            for guard in guards.of_requests:
                await guard(self._request, session)
            for replay_guard in guards.of_replays:
                await replay_guard(self._request, session, found[0].headers.get("location"))
        return found

    async def replay(self, stored: StoredRequest) -> Response:
        """Return the stored response for the same content. Raises `IdempotencyKeyReused` for other content."""
        response = self._sealer.open(self._scope, stored, await self._body.digest())
        return Response(response.body, response.status, {**response.headers, REPLAYED: "true"})

    async def store(self, session: AsyncSession, response: Response) -> None:
        """Store a successful response in the transaction of its effect."""
        if not self._is_locked:
            raise RuntimeError("an endpoint that streams its body must call first_response() before it writes")
        if 200 <= response.status_code < 300:
            # The reactions run first: the stored response names the last event, and nothing is written after it.
            await outbox.flush(session)
            stored = self._to_stored_response(response, session)
            digest = await self._body.digest() if self._has_content else None
            sealed, body_hash = self._sealer.seal(self._scope, stored, digest)
            now = get_resources(self._request).clock.now()
            await idempotency.save(session, self._scope, sealed, body_hash=body_hash, now=now)

    def _to_stored_response(self, response: Response, session: AsyncSession) -> StoredResponse:
        headers = {name: response.headers[name] for name in STORED_HEADERS if name in response.headers}
        event_id = outbox.of(session).last_event_id
        if event_id is not None:
            headers["heed-event"] = str(event_id)
        return StoredResponse(response.status_code, headers, bytes(response.body))


def omit_content(request: Request) -> None:
    """Store no hash of this request's content, from which a short one could be guessed, and no entry of an audit.

    For anonymous content: a later request under the same key is taken for its repetition, whatever it contains.
    """
    request.state.is_anonymous = True
    keyed: KeyedRequest | None = getattr(request.state, "keyed", None)
    if keyed is not None:
        keyed.omit_content()


def is_anonymous(request: Request) -> bool:
    """Return whether nothing may tie the content of this request to its moment and its caller."""
    return getattr(request.state, "is_anonymous", False)


async def first_response(request: Request, session: AsyncSession) -> Response | None:
    """Lock the scope of the request's key and return the stored response. Return None without a key.

    For endpoints that stream their body: they call it after its end and before they write in the request's transaction.
    """
    keyed: KeyedRequest | None = getattr(request.state, "keyed", None)
    return None if keyed is None else await keyed.lock(session)
