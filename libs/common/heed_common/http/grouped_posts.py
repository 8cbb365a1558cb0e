"""POSTs that are committed in groups: a short path for requests as most callers send them.

It differs from the path of all other routes in two ways. It does not pass FastAPI's routing and dependencies, which
take longer than the write itself, and writes that wait at the same moment share a transaction (`group_commit`). A
request that is not as expected goes to the ordinary route of that path, which has the same effect and describes what is
wrong: OpenAPI, problem documents, media types and query parameters are those of the ordinary route.
"""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heed_common import idempotency, outbox, strict_json
from heed_common.audit import pending
from heed_common.audit.entries import Entry, created_id, ids_in_path
from heed_common.auth.scopes import Caller, authenticate
from heed_common.errors import HeedError
from heed_common.fields import ResponseModel
from heed_common.group_commit import GroupCommit
from heed_common.http.deprecation import deprecation_of
from heed_common.http.guards import guards_of
from heed_common.http.keyed import REPLAYED, request_options
from heed_common.http.media_types import media_type
from heed_common.http.routes import BodyIncomplete
from heed_common.http.sealed_responses import ResponseSealer, content_digest
from heed_common.http.strict_request import StrictRequest
from heed_common.idempotency import IdempotencyInFlight, IdempotencyScope, StoredRequest, StoredResponse
from heed_common.resources import Resources
from heed_common.route_template import IDS_IN_PATH, PARAMETERS, key_of_template
from heed_common.trace import Origin, current_traceparent

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class GroupedRequest(Generic[Content]):
    """The valid content of one request, its trace, the scope of its Idempotency-Key and the hash of its content."""

    content: Content
    caller: str
    path: str
    traceparent: str | None
    scope: IdempotencyScope | None = None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class GroupedWrite(Generic[Content]):
    """What a group records of one request, and the origin that its events name."""

    content: Content
    origin: Origin


Outcome = StoredResponse | HeedError | None
"""What a request gets: a response, or the error that it raises. None: nothing was recorded, and the ordinary route is
to handle it."""
Parse = Callable[..., Content | None]
"""Returns the content of a document and of the ids in the path. None, or `ValidationError`: for the ordinary route."""
Record = Callable[[AsyncSession, Sequence[GroupedWrite[Content]], datetime], Awaitable[Sequence[Outcome]]]
"""Records the writes of a group in one transaction, stages their events, and returns an outcome for each.

A response names its event only if it repeats that of an earlier write.
"""


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
        self._ids_in_path = len(PARAMETERS.findall(path))
        self._scope = scope
        self._guards = guards_of(app)
        self._deprecated = _deprecation_headers(app, path)
        self._clock = resources.clock
        self._sealer = ResponseSealer(getattr(app.state, "cipher", None))
        self._parse = parse
        self._record = record
        self._group_commit = GroupCommit[GroupedRequest[Content], Outcome](resources.database, self._record_once)

    async def handle(self, scope: Scope, receive: Receive, send: Send, *, ordinary: ASGIApp) -> None:
        """Respond to the request, or hand it to the ordinary route, with the body that has been read."""
        request = StrictRequest(scope, receive)
        request.state.deprecation = self._deprecated
        caller = await authenticate(request)
        if not self._is_expected(request, caller):
            await ordinary(scope, receive, send)
            return
        key = request.headers.get("idempotency-key")
        key_scope = None if key is None else IdempotencyScope(str(caller.id), "POST", scope["path"], key)
        body = await _read_body(request)
        content = self._content(body, path=scope["path"])
        outcome = None
        if content is not None:
            scope["route"] = self
            digest = b"" if key_scope is None else _digest(request, body)
            grouped = GroupedRequest(content, caller.id, scope["path"], current_traceparent(), key_scope, digest)
            outcome = await self._group_commit.submit(grouped)
        if outcome is None:
            await ordinary(scope, _replay(body, receive), send)
            return
        if isinstance(outcome, HeedError):
            raise outcome
        await Response(outcome.body, outcome.status, outcome.headers)(scope, receive, send)

    def _content(self, body: bytes, *, path: str) -> Content | None:
        """Return the content of the request; None if the ordinary route is to describe what is wrong with it."""
        ids = IDS_IN_PATH.findall(path)
        if len(ids) != self._ids_in_path:
            return None
        try:
            return self._parse(strict_json.loads(body), *map(UUID, ids))
        except (ValidationError, strict_json.NotJSON, strict_json.UnstorableText):
            return None

    def _is_expected(self, request: StrictRequest, caller: Caller) -> bool:
        return (
            caller.may(self._scope)
            and not request.scope["query_string"]
            and media_type(request) == "application/json"
            and not self._guards.of_requests
        )

    async def _record_once(
        self, session: AsyncSession, requests: Sequence[GroupedRequest[Content]]
    ) -> Sequence[Outcome]:
        """Record the requests whose key has no stored response yet, and store the responses of those with a key."""
        now = self._clock.now()
        known = await self._replay_stored(session, requests, now=now)
        new = [request for index, request in enumerate(requests) if index not in known]
        recorded = await self._record_new(session, new, now=now) if new else []
        stored = {
            request.scope: self._sealer.seal(request.scope, outcome, request.digest)
            for request, outcome in zip(new, recorded, strict=True)
            if request.scope is not None and isinstance(outcome, StoredResponse)
        }
        if stored:
            await idempotency.save_all(session, stored, now=now)
        rest = iter(recorded)
        return [known[index] if index in known else next(rest) for index in range(len(requests))]

    async def _record_new(
        self, session: AsyncSession, requests: Sequence[GroupedRequest[Content]], *, now: datetime
    ) -> list[Outcome]:
        """Record the requests and insert their events, so that each response names the last one of its own."""
        writes = [GroupedWrite(request.content, Origin(request.traceparent)) for request in requests]
        outbox.share(session, [write.origin for write in writes])
        outcomes = await self._record(session, writes, now)
        pending.record(session, *self._audit_entries(requests, outcomes, now=now))
        await outbox.flush(session)  # Nothing but the stored responses is written after it.
        return [_with_event(outcome, write.origin) for outcome, write in zip(outcomes, writes, strict=True)]

    def _audit_entries(
        self, requests: Sequence[GroupedRequest[Content]], outcomes: Sequence[Outcome], *, now: datetime
    ) -> list[Entry]:
        """Return an entry for each caller and status of the group: what they did at one moment is counted."""
        ids: dict[tuple[str, int], list[str]] = {}
        counts: Counter[tuple[str, int]] = Counter()
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, StoredResponse):
                key = (request.caller, outcome.status)
                counts[key] += 1
                created = created_id(outcome.status, outcome.body)
                found = ids.setdefault(key, [])
                found += ids_in_path(request.path) if self._ids_in_path else ()
                found += () if created is None else (created,)
        action = f"POST {self.path_format}"
        return [
            Entry(now, actor, action, status, ids[actor, status], count=count)
            for (actor, status), count in counts.items()
        ]

    async def _replay_stored(
        self, session: AsyncSession, requests: Sequence[GroupedRequest[Content]], *, now: datetime
    ) -> dict[int, Outcome]:
        """Lock the keys of the requests. Return the outcomes that are known without recording, by index."""
        keyed = {index: request for index, request in enumerate(requests) if request.scope is not None}
        if not keyed:
            return {}
        scopes = [request.scope for request in keyed.values() if request.scope is not None]
        free = await idempotency.lock_all(session, scopes)
        stored = await idempotency.load_all(session, free, now=now) if free else {}
        outcomes: dict[int, Outcome] = {}
        for index, request in keyed.items():
            if request.scope in stored:
                outcomes[index] = self._open(request.scope, stored[request.scope], request.digest)
            elif request.scope in free:
                free.remove(request.scope)  # A second request of this group with the same key is in flight.
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
    app.state.grouped_posts[key_of_template(post.path_format)] = post


def _deprecation_headers(app: FastAPI, path: str) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that the ordinary route of the path announces its removal with, if it has a date."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and context.path_format == path and "POST" in (route.methods or ()):
            deprecation = deprecation_of(route.dependencies)
            return () if deprecation is None else deprecation.headers()
    raise LookupError(f"no route is included for POST {path}: include its router before")


def to_response(body: ResponseModel, *, created: bool, event_id: UUID, location: str | None = None) -> StoredResponse:
    """Return 201 for a new row, otherwise 200 and the event of the first write."""
    headers = {"content-type": "application/json"}
    if location is not None:
        headers["location"] = location
    if not created:
        headers["heed-event"] = str(event_id)
    return StoredResponse(201 if created else 200, headers, body.__pydantic_serializer__.to_json(body))


def _with_event(outcome: Outcome, origin: Origin) -> Outcome:
    if not isinstance(outcome, StoredResponse) or origin.last_event_id is None:
        return outcome
    return replace(outcome, headers={**outcome.headers, "heed-event": str(origin.last_event_id)})


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
