"""Use case of the replay: fold the topics into tables beside those in use, and write what these lack.

1. Read the topics with the code that the consumer runs. All but purchases may be applied any number of times.
2. Hold the consumer, while readers are served, and read what has come meanwhile.
3. Count exactly the purchases that the consumer has processed: it will count the others.
4. Write the difference into the tables in use.

All of it is one transaction: a failure leaves nothing behind.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import inbox
from heed_common.advisory_locks import AdvisoryLock, try_lock
from heed_common.broker.protocols import Bus, Partition, Record, Subscriber
from heed_common.broker.tail import end_offsets, remaining
from heed_common.contracts.customer import (
    CustomerMerged,
    CustomerRegistered,
    CustomerUnmerged,
    CustomerUpdated,
    PurchaseRecorded,
)
from heed_common.contracts.event import Event
from heed_common.contracts.scoring import ScoreChanged
from heed_common.database import Database, rolled_back
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_common.progress import Progress
from heed_survey.customers import service as customers
from heed_survey.customers.frame import service as frame
from heed_survey.customers.frame.replay import repository
from heed_survey.customers.frame.replay.repository import Written

TOPICS = ("heed.customer", "heed.scoring")
MAX_RECORDS = 2000
POLL_SECONDS = 1.0
APPLY: Mapping[type[Event], Callable[[AsyncSession, Sequence[ReceivedEvent[Any]]], Awaitable[None]]] = {
    CustomerMerged: customers.apply_merges,
    CustomerUnmerged: customers.apply_merges,
    CustomerRegistered: frame.apply_customers,
    CustomerUpdated: frame.apply_customers,
    ScoreChanged: frame.apply_scores,
}
"""What the consumer does with the events of which the newest version counts."""
NOTHING_WRITTEN = Written(0, 0)


class ReplayRunning(Exception):
    """Two replays would create the same tables. The operator sees the message only; nothing was changed."""


@dataclass(slots=True)
class Replayed:
    """Result of a replay."""

    records: int = 0
    unreadable: int = 0
    """Records that are not events of Heed, which are dead letters of all consumers."""
    waiting: int = 0
    """Purchases that the consumer has not processed yet."""
    dead: int = 0
    customers: int = 0
    written: Written = NOTHING_WRITTEN
    undecided: list[ReceivedEvent[Any]] = field(default_factory=list)
    """Purchases of which only the inbox shows whether the consumer has processed them."""


async def replay_frame(database: Database, bus: Bus, *, group: str, dry_run: bool, progress: Progress) -> Replayed:
    """Fill the frame and the merges from the topics, beside the running consumer of this group."""
    async with database.transaction() as session:
        if not await try_lock(session, AdvisoryLock.SURVEY_FRAME_REPLAY):
            raise ReplayRunning("Another replay is running.")
        if not dry_run:
            return await _replay(session, bus, group=group, progress=progress)
        async with rolled_back(session):
            replayed = await _replay(session, bus, group=group, progress=progress)
    return replayed


async def _replay(session: AsyncSession, bus: Bus, *, group: str, progress: Progress) -> Replayed:
    replayed, committed = Replayed(), await bus.committed_offsets(group, TOPICS)
    await repository.create_tables(session)
    reader = bus.subscriber(group=None, topics=TOPICS)
    await reader.start()
    try:
        await _read(session, reader, replayed, committed=committed, group=group, progress=progress)
        await repository.hold_consumer(session)
        await _read(session, reader, replayed, committed=committed, group=group, progress=progress)
    finally:
        await reader.stop()
    await _decide(session, replayed, committed=committed, group=group)
    replayed.customers = await repository.count_customers(session)
    replayed.written = await repository.write(session)
    return replayed


async def _read(
    session: AsyncSession,
    reader: Subscriber,
    replayed: Replayed,
    *,
    committed: Mapping[Partition, int],
    group: str,
    progress: Progress,
) -> None:
    """Read to the ends of the topics at this moment."""
    ahead = await end_offsets(reader)
    while ahead:
        records = await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS)
        events = [event for event in map(_decoded, records) if event is not None]
        replayed.records += len(records)
        replayed.unreadable += len(records) - len(events)
        await _apply_states(session, events)
        await _count_committed(session, events, replayed, committed=committed, group=group)
        ahead = await remaining(reader, ahead)
        progress.at("records read", replayed.records)


async def _apply_states(session: AsyncSession, events: Sequence[ReceivedEvent[Any]]) -> None:
    """Apply all but purchases: it does no harm that the consumer has not processed them yet."""
    for kind, apply in APPLY.items():
        if found := [received for received in events if type(received.event) is kind]:
            await apply(session, found)


async def _count_committed(
    session: AsyncSession,
    events: Sequence[ReceivedEvent[Any]],
    replayed: Replayed,
    *,
    committed: Mapping[Partition, int],
    group: str,
) -> None:
    """Count the purchases that the consumer has passed; the others are undecided while it works on."""
    purchases = [received for received in events if isinstance(received.event, PurchaseRecorded)]
    dead = await repository.select_dead(session, {received.id for received in purchases}, group=group)
    passed = [item for item in purchases if _is_committed(item, committed) and item.id not in dead]
    passed_ids = {item.id for item in passed}
    replayed.undecided += [item for item in purchases if item.id not in passed_ids]
    await _count(session, passed)


async def _decide(session: AsyncSession, replayed: Replayed, *, committed: Mapping[Partition, int], group: str) -> None:
    """Count the undecided purchases that the consumer, which is held now, has processed."""
    ids = {item.id for item in replayed.undecided}
    processed = await repository.select_processed(session, ids)
    dead = await repository.select_dead(session, ids - processed, group=group)
    passed = {item.id for item in replayed.undecided if _is_committed(item, committed)} - dead
    await _count(session, [item for item in replayed.undecided if item.id in processed | passed])
    replayed.dead = len(dead)
    replayed.waiting = len(ids - processed - passed - dead)


async def _count(session: AsyncSession, purchases: Sequence[ReceivedEvent[Any]]) -> None:
    """Count each purchase once, however often its event is in the topic."""
    if not purchases:
        return
    new: list[ReceivedEvent[Any]] = await inbox.select_new_events(session, purchases, now=purchases[0].time)
    if new:
        await frame.apply_purchases(session, new)


def _is_committed(received: ReceivedEvent[Any], committed: Mapping[Partition, int]) -> bool:
    record = received.record
    return record.offset < committed.get((record.topic, record.partition), 0)


def _decoded(record: Record) -> ReceivedEvent[Any] | None:
    try:
        return decode(record)
    except Undecodable:
        return None
