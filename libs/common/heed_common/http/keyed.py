"""Requests with an Idempotency-Key: their effect and their stored response are committed in one transaction.

A service that encrypts personal data at rest (`app.state.cipher`) encrypts its stored responses, too, and stores keyed
hashes of the bodies instead of plain ones, from which a telephone number could be guessed.
"""

import hashlib
import json
from contextlib import AsyncExitStack
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from heed_common import idempotency, outbox
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_common.errors import Conflict
from heed_common.http.dependencies import get_resources
from heed_common.http.guards import guards_of
from heed_common.http.media_types import is_json, media_type
from heed_common.idempotency import IdempotencyKeyReused, IdempotencyScope, StoredResponse

StoredRequest = tuple[StoredResponse, bytes]
"""A stored response and the hash of its request."""
REPLAYED = "Idempotent-Replayed"
NO_CONTENT = b""
"""Hash of a request whose content may leave no trace."""
STORED_HEADERS = ("content-type", "content-location", "etag", "location")
OPTION_HEADERS = "heed-"
"""Prefix of headers that are options of the request, as its query is."""


class StoredResponseUnreadable(Conflict):
    code = "stored_response_unreadable"
    title = "This request had its effect, but the key that decrypts its response was removed."


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
        body = self._hash.digest()
        return hashlib.sha256(body + self._options).digest() if self._options else body


def request_options(request: Request) -> bytes:
    """Return what changes the meaning of a body: query, media type and headers of Heed's own; empty if JSON is all.

    The order of the query is none of it, and neither are the headers that only negotiate the form of a response.
    """
    query = sorted(parse_qsl(request.url.query, keep_blank_values=True), key=lambda pair: pair[0])
    headers = sorted(pair for pair in request.headers.items() if pair[0].startswith(OPTION_HEADERS))
    body_type = "" if is_json(request) else media_type(request)
    return json.dumps([query, headers, body_type]).encode() if query or headers or body_type else b""


class KeyedRequest:
    """A request, the idempotency scope of its key, and whether this request has locked it."""

    def __init__(self, request: Request, scope: IdempotencyScope, body: HashingReceive) -> None:
        self._request = request
        self._scope = scope
        self._body = body
        self._cipher: FieldCipher | None = getattr(request.app.state, "cipher", None)
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
        response, first_hash = stored
        digest = await self._body.digest()
        # A plain one was stored before this service encrypted its responses.
        hashes = () if self._cipher is None else (NO_CONTENT, *self._cipher.blind_indexes(digest.hex()))
        is_encrypted = first_hash in hashes
        if not is_encrypted and first_hash not in (digest, NO_CONTENT):
            raise IdempotencyKeyReused
        body = self._decrypt(response.body) if is_encrypted else response.body
        return Response(body, response.status, {**response.headers, REPLAYED: "true"})

    async def store(self, session: AsyncSession, response: Response) -> None:
        """Store a successful response in the transaction of its effect."""
        if not self._is_locked:
            raise RuntimeError("an endpoint that streams its body must call first_response() before it writes")
        if 200 <= response.status_code < 300:
            # The reactions run first: the stored response names the last event, and nothing is written after it.
            await outbox.flush(session)
            await idempotency.save(
                session,
                self._scope,
                self._to_stored_response(response, session),
                body_hash=self._stored_hash(await self._body.digest()) if self._has_content else NO_CONTENT,
                now=get_resources(self._request).clock.now(),
            )

    def _to_stored_response(self, response: Response, session: AsyncSession) -> StoredResponse:
        headers = {name: response.headers[name] for name in STORED_HEADERS if name in response.headers}
        event_id = outbox.of(session).last_event_id
        if event_id is not None:
            headers["heed-event"] = str(event_id)
        return StoredResponse(response.status_code, headers, self._encrypt(bytes(response.body)))

    def _stored_hash(self, digest: bytes) -> bytes:
        return digest if self._cipher is None else self._cipher.blind_index(digest.hex())

    def _encrypt(self, body: bytes) -> bytes:
        return body if self._cipher is None else self._cipher.encrypt(body.decode(), context=self._context)

    def _decrypt(self, body: bytes) -> bytes:
        if self._cipher is None:
            return body
        try:
            return self._cipher.decrypt(body, context=self._context).encode()
        except UndecryptableValue:
            raise StoredResponseUnreadable from None

    @property
    def _context(self) -> str:
        scope = self._scope
        return f"idempotency.body:{scope.caller} {scope.method} {scope.path} {scope.key}"


def omit_content(request: Request) -> None:
    """Store no hash of this request's content, from which a short one could be guessed.

    For anonymous content: a later request under the same key is taken for its repetition, whatever it contains.
    """
    keyed: KeyedRequest | None = getattr(request.state, "keyed", None)
    if keyed is not None:
        keyed.omit_content()


async def first_response(request: Request, session: AsyncSession) -> Response | None:
    """Lock the scope of the request's key and return the stored response. Return None without a key.

    For endpoints that stream their body: they call it after its end and before they write in the request's transaction.
    """
    keyed: KeyedRequest | None = getattr(request.state, "keyed", None)
    return None if keyed is None else await keyed.lock(session)
