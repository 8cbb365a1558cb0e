"""From the topics into a ledger made anew: all that was published, but for what the consumer has still before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.protocols import Bus, Partition, Record
from heed_common.broker.tail import end_offsets, remaining
from heed_common.business_days import BusinessDays
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_scoring.handlers import ledger_rows
from heed_scoring.rebuild import repository
from heed_scoring.rebuild.progress import Progress
from heed_scoring.scores import bulk_repository
from heed_scoring.worker import GROUP, TOPICS

AT_ONCE = 2000
POLL_SECONDS = 1.0
NAMED = 20


@dataclass(slots=True)
class Read:
    """What lay in the topics."""

    records: int = 0
    events: int = 0
    """That are in the ledger made anew."""
    lost: int = 0
    """Of these, what the consumer has taken in and the ledger in use does not know."""
    waiting: int = 0
    """What the consumer has still before it."""
    dead: int = 0
    """What it could not take in, though it can be read."""
    unreadable: list[str] = field(default_factory=list)
    """Where the first lie that are no events of Heed's, and why."""
    unreadables: int = 0


async def read_topics(
    session: AsyncSession, bus: Bus, *, days: BusinessDays, taken: Mapping[Partition, int], progress: Progress
) -> Read:
    """Reads from the very beginning to the ends of now. `taken` is how far the consumer had come before the snapshot:
    what lies before it and is unknown was lost, what lies behind it the consumer will bring itself.
    """
    read, reader = Read(), bus.subscriber(group=None, topics=TOPICS)
    await reader.start()
    try:
        total = sum((await reader.position()).lag.values())
        ahead = await end_offsets(reader)
        while ahead:
            records = await reader.poll(max_records=AT_ONCE, wait=POLL_SECONDS)
            await _take_in(session, records, read, days=days, taken=taken)
            ahead = await remaining(reader, ahead)
            progress.at("records read", read.records, of=total)
    finally:
        await reader.stop()
    return read


async def _take_in(
    session: AsyncSession, records: Sequence[Record], read: Read, *, days: BusinessDays, taken: Mapping[Partition, int]
) -> None:
    read.records += len(records)
    once = {received.id: received for received in reversed(_decoded(records, read))}
    known = await repository.known(session, once)
    dead = await repository.dead(session, once.keys() - known.keys(), group=GROUP)
    rows, lost = [], set()
    for received in once.values():
        since = known.get(received.id)
        if since is None and received.id in dead:
            read.dead += 1
        elif since is None and not _was_taken(received, taken):
            read.waiting += 1
        else:
            lost |= {received.id} if since is None else set()
            since = since or {0: repository.NOT_YET}
            rows += [(row, since.get(row.place, min(since.values()))) for row in ledger_rows(received, days)]
    added = await bulk_repository.add_rows(session, rows)
    read.events += len(added)
    read.lost += len(added & lost)


def _decoded(records: Sequence[Record], read: Read) -> list[ReceivedEvent[Event]]:
    decoded = []
    for record in records:
        try:
            decoded.append(decode(record))
        except Undecodable as error:
            read.unreadables += 1
            if len(read.unreadable) < NAMED:
                read.unreadable.append(f"{record.topic}/{record.partition}/{record.offset}: {error.reason}")
    return decoded


def _was_taken(received: ReceivedEvent[Event], taken: Mapping[Partition, int]) -> bool:
    record = received.record
    return record.offset < taken.get((record.topic, record.partition), 0)
