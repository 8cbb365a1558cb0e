"""Use case of the replay: rebuild timeline and complaints from the topics beside those in use, then swap them.

1. Create empty tables, and read all topics into them with the code that the consumer runs.
2. Hold the consumer, while readers are served.
3. Copy what only the tables in use have: events that the topics no longer store, and those since step 1.
4. Compare, and put the rebuilt tables in use.

All of it is one transaction: a failure leaves nothing behind.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock, try_lock
from heed_common.broker.protocols import Bus, Record
from heed_common.broker.tail import read_to_end
from heed_common.contracts.event import Event
from heed_common.contracts.registry import TOPICS
from heed_common.database import Database, is_transient
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_common.progress import Progress
from heed_customer.read_models.complaints import rules as complaint_rules
from heed_customer.read_models.complaints import service as complaints
from heed_customer.timeline import service as timeline
from heed_customer.timeline.replay import repository
from heed_customer.timeline.replay.repository import Differences

MAX_RECORDS = 2000


class ReplayRefused(Exception):
    """Base class. The operator sees the message only; nothing was changed."""


class ReplayRunning(ReplayRefused):
    """Two replays would create the same tables."""


class SwapFailed(ReplayRefused):
    """Other transactions locked the tables for too long."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Result of a replay."""

    records: int
    unreadable: int
    """Records that are not events of Heed, which are dead letters of all consumers."""
    differences: Differences

    @property
    def identical(self) -> bool:
        return not (self.differences.missing or self.differences.changed)


async def replay_timeline(database: Database, bus: Bus, *, swap: bool, progress: Progress) -> Replayed:
    """Rebuild the timeline and compare it with the one in use; put it in use with `swap`."""
    async with database.transaction() as session:
        if not await try_lock(session, AdvisoryLock.TIMELINE_REPLAY):
            raise ReplayRunning("Another replay is running.")
        await repository.create_tables(session)
        records = unreadable = 0
        async for batch in _batches(bus):
            events = [event for event in map(_decoded, batch) if event is not None]
            await _apply(session, events)
            records, unreadable = records + len(batch), unreadable + len(batch) - len(events)
            progress.at("records read", records)
        if swap:
            await repository.hold_consumer(session)
        differences = await repository.complete_and_compare(session)
        await (_swap(session) if swap else repository.drop_tables(session))
    return Replayed(records, unreadable, differences)


async def _swap(session: AsyncSession) -> None:
    try:
        await repository.swap_tables(session)
    except DBAPIError as error:
        if is_transient(error):
            raise SwapFailed(
                "The tables are in use for too long: nothing was changed, please try again later."
            ) from error
        raise


async def _apply(session: AsyncSession, events: Sequence[ReceivedEvent[Event]]) -> None:
    """Apply the events to the rebuilt tables, as the consumer's handlers do."""
    about_complaints = [received for received in events if complaint_rules.complaint_of(received.event) is not None]
    await complaints.apply_events(session, about_complaints)
    await timeline.record_events(session, events)


def _batches(bus: Bus) -> AsyncIterator[Sequence[Record]]:
    return read_to_end(bus, TOPICS, max_records=MAX_RECORDS)


def _decoded(record: Record) -> ReceivedEvent[Event] | None:
    try:
        return decode(record)
    except Undecodable:
        return None
