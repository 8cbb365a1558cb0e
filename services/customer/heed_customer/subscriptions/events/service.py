"""Pages and streams of events, read from the broker while no database connection is held."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from heed_common.broker.protocols import Bus, Partition, Reader
from heed_common.clock import Clock
from heed_common.contracts.registry import TOPICS
from heed_common.database import Database
from heed_customer.subscriptions.events.cursors import Start, merged_by_time
from heed_customer.subscriptions.events.errors import EventsUnavailable, TooManyStreams
from heed_customer.subscriptions.feed import service as feed
from heed_customer.subscriptions.feed.rules import FeedEvent, Selection, partitions_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CONNECT_SECONDS = 5.0
MAX_RECORDS = 500
MAX_SCANNED = 20_000
"""Records that one page reads at most; a selection of few events takes several pages."""
PAGE_WAIT_SECONDS = 2.0
"""How long a broker may take to return records that it has."""
HEARTBEAT_SECONDS = 15.0
WAITING_SECONDS = 0.5
"""How soon an event is looked at again that waits for the complaint that it names."""
MAX_PAGES = 8


@dataclass(slots=True)
class EventReaders:
    """Opens readers, a limited number in this process."""

    bus: Bus | None
    database: Database
    clock: Clock
    max_streams: int
    open_streams: int = 0
    _pages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_PAGES))

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Reader]:
        """Open a reader for a page. Raises `EventsUnavailable`."""
        async with self._pages, self._opened() as reader:
            yield reader

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Reader]:
        """Open a reader for a stream. Raises `TooManyStreams`, `EventsUnavailable`."""
        if self.open_streams >= self.max_streams:
            raise TooManyStreams
        self.open_streams += 1
        try:
            async with self._opened() as reader:
                yield reader
        finally:
            self.open_streams -= 1

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Reader]:
        if self.bus is None:
            raise EventsUnavailable
        reader = self.bus.reader(TOPICS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await reader.start()
            yield reader
        except (TimeoutError, ConnectionError):
            raise EventsUnavailable from None
        finally:
            await reader.stop()


@dataclass(slots=True)
class Position:
    """Where one reader of events is: all partitions, of which it reads those of its selection."""

    offsets: dict[Partition, int]
    selection: Selection

    def to_read(self) -> dict[Partition, int]:
        return {at: self.offsets[at] for at in partitions_of(self.offsets.keys(), self.selection)}


@dataclass(frozen=True, slots=True)
class Page:
    events: list[FeedEvent]
    offsets: Mapping[Partition, int]
    has_more: bool


async def find_position(reader: Reader, start: Start, selection: Selection) -> Position:
    """Return the position of a start; one outside what is stored moves to the nearest that is stored."""
    ends = dict(await reader.end_offsets())
    if start == "latest":
        return Position(ends, selection)
    first = await reader.offsets_at(EPOCH)
    if isinstance(start, datetime):
        found = await reader.offsets_at(start)
    else:
        found = first if isinstance(start, str) else start
    return Position({at: min(max(found.get(at, 0), first[at]), end) for at, end in ends.items()}, selection)


async def read_page(readers: EventReaders, reader: Reader, position: Position, *, limit: int) -> Page:
    """Read the next events, the oldest first, and where the page after them starts."""
    ends, scanned, events, is_waiting = await reader.end_offsets(), 0, list[FeedEvent](), False
    while len(events) < limit and scanned < MAX_SCANNED and not is_waiting:
        unread = {at: offset for at, offset in position.to_read().items() if offset < ends[at]}
        records = await reader.read(unread, max_records=MAX_RECORDS, wait=PAGE_WAIT_SECONDS) if unread else []
        if not records:
            break
        scanned += len(records)
        selected = await feed.select_events(readers.database, records, position.selection, now=readers.clock.now())
        merged, room = merged_by_time(selected.events), limit - len(events)
        events += merged[:room]
        position.offsets |= selected.offsets
        for event in reversed(merged[room:]):  # The next page starts at the first of each partition that has no room.
            position.offsets[event.partition] = event.record.offset
        is_waiting = selected.is_waiting
    has_more = any(offset < ends[at] for at, offset in position.to_read().items())
    return Page(events, position.offsets, has_more)


async def follow(readers: EventReaders, reader: Reader, position: Position) -> AsyncIterator[FeedEvent | None]:
    """Yield events as they come, and None as a heartbeat; the position is behind what was yielded."""
    while True:
        first = position.to_read()
        records = await reader.read(first, max_records=MAX_RECORDS, wait=HEARTBEAT_SECONDS) if first else []
        if not records:
            yield None
            continue
        selected = await feed.select_events(readers.database, records, position.selection, now=readers.clock.now())
        for event in merged_by_time(selected.events):
            position.offsets[event.partition] = event.record.offset + 1
            yield event
        position.offsets |= selected.offsets
        if selected.is_waiting:
            await asyncio.sleep(WAITING_SECONDS)
