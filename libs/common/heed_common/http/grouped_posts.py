"""POSTs that are committed in groups: a short path for requests as most callers send them.

It differs from the path of all other routes in two ways. It does not pass FastAPI's routing and dependencies, which
take longer than the write itself, and writes that wait at the same moment share a transaction (`group_commit`). A
request that is not as expected goes to the ordinary route of that path, which has the same effect and describes what is
wrong: OpenAPI, problem documents, media types and query parameters are those of the ordinary route.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heed_common import idempotency, outbox, strict_json
from heed_common.auth.scopes import Caller, authenticate
from heed_common.errors import HeedError
from heed_common.group_commit import GroupCommit
from heed_common.http.guards import guards_of
from heed_common.http.keyed import REPLAYED, request_options
from heed_common.http.media_types import media_type
from heed_common.http.routes import BodyIncomplete
from heed_common.http.sealed_responses import ResponseSealer, content_digest
from heed_common.http.strict_request import StrictRequest
from heed_common.idempotency import IdempotencyInFlight, IdempotencyScope, StoredRequest, StoredResponse
from heed_common.resources import Resources
from heed_common.trace import current_traceparent

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class GroupedWrite(Generic[Content]):
    """The valid content of one request, its trace, the scope of its Idempotency-Key and the hash of its content."""

    content: Content
    traceparent: str | None
    scope: IdempotencyScope | None = None
    digest: bytes = b""


Outcome = StoredResponse | HeedError
"""What a request gets: a response, or the error that it raises."""
Parse = Callable[[object], Content]
"""Returns the content of a body. Raises `ValidationError`."""
Record = Callable[[AsyncSession, Sequence[GroupedWrite[Content]], datetime], Awaitable[Sequence[Outcome]]]
"""Records the writes of a group in one transaction, stages their events, and returns an outcome for each."""


class GroupedPost(Generic[Content]):
    """The short path of one POST."""

    def __init__(
        self,
        app: FastAPI,
        path: str,
        *,
        scope: str,
        resources: Resources,
        parse: Parse[Content],
        record: Record[Content],
    ) -> None:
        self.path_format = path
        """The route template in metrics and in the access log."""
        self._scope = scope
        self._guards = guards_of(app)
        self._clock = resources.clock
        self._sealer = ResponseSealer(getattr(app.state, "cipher", None))
        self._parse = parse
        self._record = record
        self._group_commit = GroupCommit[GroupedWrite[Content], Outcome](resources.database, self._record_once)

    async def handle(self, scope: Scope, receive: Receive, send: Send, *, ordinary: ASGIApp) -> None:
        """Respond to the request, or hand it to the ordinary route, with the body that has been read."""
        request = StrictRequest(scope, receive)
        caller = await authenticate(request)
        if not self._is_expected(request, caller):
            await ordinary(scope, receive, send)
            return
        key = request.headers.get("idempotency-key")
        key_scope = None if key is None else IdempotencyScope(str(caller.id), "POST", self.path_format, key)
        body = await _read_body(request)
        try:
            content = self._parse(strict_json.loads(body))
        except (ValidationError, strict_json.NotJSON, strict_json.UnstorableText):
            await ordinary(scope, _replay(body, receive), send)
            return
        scope["route"] = self
        digest = b"" if key_scope is None else _digest(request, body)
        outcome = await self._group_commit.submit(GroupedWrite(content, current_traceparent(), key_scope, digest))
        if isinstance(outcome, HeedError):
            raise outcome
        await Response(outcome.body, outcome.status, outcome.headers)(scope, receive, send)

    def _is_expected(self, request: StrictRequest, caller: Caller) -> bool:
        return (
            caller.may(self._scope)
            and not request.scope["query_string"]
            and media_type(request) == "application/json"
            and not self._guards.of_requests
        )

    async def _record_once(self, session: AsyncSession, writes: Sequence[GroupedWrite[Content]]) -> Sequence[Outcome]:
        """Record the writes whose key has no stored response yet, and store the responses of those with a key."""
        now = self._clock.now()
        known = await self._replay_stored(session, writes, now=now)
        new = [write for index, write in enumerate(writes) if index not in known]
        recorded = await self._record(session, new, now) if new else []
        stored = {
            write.scope: self._sealer.seal(write.scope, outcome, write.digest)
            for write, outcome in zip(new, recorded, strict=True)
            if write.scope is not None and isinstance(outcome, StoredResponse)
        }
        if stored:
            await outbox.flush(session)  # Nothing is written after the stored responses.
            await idempotency.save_all(session, stored, now=now)
        rest = iter(recorded)
        return [known[index] if index in known else next(rest) for index in range(len(writes))]

    async def _replay_stored(
        self, session: AsyncSession, writes: Sequence[GroupedWrite[Content]], *, now: datetime
    ) -> dict[int, Outcome]:
        """Lock the keys of the writes. Return the outcomes that are known without recording, by index."""
        keyed = {index: write for index, write in enumerate(writes) if write.scope is not None}
        if not keyed:
            return {}
        free = await idempotency.lock_all(session, [write.scope for write in keyed.values() if write.scope is not None])
        stored = await idempotency.load_all(session, free, now=now) if free else {}
        outcomes: dict[int, Outcome] = {}
        for index, write in keyed.items():
            if write.scope in stored:
                outcomes[index] = self._open(write.scope, stored[write.scope], write.digest)
            elif write.scope in free:
                free.remove(write.scope)  # A second request of this group with the same key is in flight.
            else:
                outcomes[index] = IdempotencyInFlight()
        return outcomes

    def _open(self, scope: IdempotencyScope, stored: StoredRequest, digest: bytes) -> Outcome:
        try:
            response = self._sealer.open(scope, stored, digest)
        except HeedError as error:
            return error
        return StoredResponse(response.status, {**response.headers, REPLAYED: "true"}, response.body)


def group_posts(app: FastAPI, post: GroupedPost[Any]) -> None:
    """Let the middleware send the POSTs of this path to the short path."""
    app.state.grouped_posts[post.path_format] = post


async def _read_body(request: StrictRequest) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise BodyIncomplete from None


def _digest(request: StrictRequest, body: bytes) -> bytes:
    return content_digest(hashlib.sha256(body).digest(), request_options(request))


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that returns the body that has been read, and then what follows it."""
    message: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def replayed() -> Message:
        nonlocal message
        if message is None:
            return await receive()
        first, message = message, None
        return first

    return replayed
