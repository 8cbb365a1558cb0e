"""HTTP API of events: a page, or a stream of server-sent events."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Query, Request
from pydantic import AfterValidator, Field

from heed_common import http
from heed_common.auth.scopes import authorize
from heed_common.broker.protocols import Reader
from heed_common.contracts.registry import full_types
from heed_common.fields import validation_error
from heed_common.http import Caller, requires
from heed_common.http.dependencies import get_resources
from heed_common.paging import DEFAULT_LIMIT, MAX_LIMIT
from heed_common.resources import Resources
from heed_customer.settings import Settings
from heed_customer.subscriptions.events import service
from heed_customer.subscriptions.events.cursors import Cursors
from heed_customer.subscriptions.events.http_streams import MEDIA_TYPE, RECONNECT_MS, EventStream
from heed_customer.subscriptions.events.schemas import EventPage
from heed_customer.subscriptions.events.service import EventReaders, Position
from heed_customer.subscriptions.feed.rules import (
    CONFIDENTIAL_SCOPE,
    FeedEvent,
    Selection,
    readable_types,
    required_scopes,
)

router = http.router(prefix="/v1/events", tags=["events"])
MAX_TYPES, MAX_TYPE, MAX_CURSOR = 100, 2000, 12_000
RESPONSES: http.Responses = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}


def known_types(names: str) -> str:
    """Return the names, which commas separate. Raise a validation error unless events have all of these types."""
    if not all(full_types([name]) for name in names.split(",")):
        raise validation_error("type_unknown", "must be types of events, such as complaint.opened")
    return names


TypeNames = Annotated[str, Field(max_length=MAX_TYPE), AfterValidator(known_types)]
Types = Annotated[
    list[TypeNames],
    Query(
        max_length=MAX_TYPES,
        description="Only these: `complaint.opened`, or `complaint` for all of one thing; by default all that the "
        "caller may read. Repeated, or with commas.",
    ),
]
After = Annotated[
    str | None,
    Query(
        max_length=MAX_CURSOR,
        description="`next_cursor` of a page, the `id` of a server-sent event, the id of an event, a moment, "
        "`earliest` or `latest`. By default a page starts with the earliest event, a stream with the next one.",
    ),
]


def install(app: FastAPI, settings: Settings, resources: Resources) -> None:
    """Add the routes, and set what they need."""
    app.state.event_readers = EventReaders(
        resources.bus, resources.database, resources.clock, max_streams=settings.event_streams
    )
    app.include_router(router)


def event_selection(caller: Caller, types: Types = [], customer_id: UUID | None = None) -> Selection:  # noqa: B006 - FastAPI copies it
    """Return what the caller gets. Raises `ScopeMissing`."""
    selected = full_types([name for names in types for name in names.split(",")])
    authorize(caller, required_scopes(selected))
    return Selection(
        frozenset(selected or readable_types(caller.scopes)), customer_id, confidential=caller.may(CONFIDENTIAL_SCOPE)
    )


def event_readers(request: Request) -> EventReaders:
    readers: EventReaders = request.app.state.event_readers
    return readers


@router.get("", response_model=EventPage, responses=RESPONSES, dependencies=[requires("customers:read")])
async def list_events(
    request: Request,
    selection: Annotated[Selection, Depends(event_selection)],
    readers: Annotated[EventReaders, Depends(event_readers)],
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many events of a page at most.")] = DEFAULT_LIMIT,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[
        str | None, Header(max_length=MAX_CURSOR, description="The `id` of the last server-sent event, before `after`.")
    ] = None,
) -> EventPage | EventStream:
    """List events of all services, each as in its topic: a page, or a stream by `Accept: text/event-stream`.

    The events of one customer within a topic come in their order. 403 `scope_missing`, 422 `cursor_invalid`, 503
    `events_unavailable`, `too_many_streams`.
    """
    cursors = Cursors(await get_resources(request).cursor_signer())
    if MEDIA_TYPE in accept:
        start = cursors.parse(last_event_id or after or "latest")
        async with AsyncExitStack() as stack:
            reader = await stack.enter_async_context(readers.stream())
            position = await service.find_position(reader, start, selection)
            return EventStream(_chunks(readers, reader, position, cursors), stack.pop_all())
    start = cursors.parse(after or "earliest")
    async with readers.page() as reader:
        position = await service.find_position(reader, start, selection)
        page = await service.read_page(readers, reader, position, limit=limit)
    return EventPage(
        items=[dict(event.document) for event in page.events],
        next_cursor=cursors.encode(page.offsets),
        has_more=page.has_more,
    )


async def _chunks(readers: EventReaders, reader: Reader, position: Position, cursors: Cursors) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    async for event in service.follow(readers, reader, position):
        yield ": heartbeat\n\n" if event is None else _message(event, cursors.encode(position.offsets))


def _message(event: FeedEvent, cursor: str) -> str:
    """Return the event as a message, whose id is the cursor behind it."""
    data = json.dumps(event.document, ensure_ascii=False, separators=(",", ":"))
    return f"id: {cursor}\ndata: {data}\n\n"
