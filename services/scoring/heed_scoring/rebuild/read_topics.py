"""Read all topics into the rebuilt ledger, except the records that the consumer has not processed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.protocols import Bus, Partition, Record
from heed_common.broker.tail import end_offsets, remaining
from heed_common.business_days import BusinessDays
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_common.progress import Progress
from heed_scoring.handlers import ledger_rows
from heed_scoring.rebuild import repository
from heed_scoring.scores import bulk_repository
from heed_scoring.worker import GROUP, TOPICS

MAX_RECORDS = 2000
POLL_SECONDS = 1.0
MAX_EXAMPLES = 20


@dataclass(slots=True)
class TopicsRead:
    """Counts of the records in the topics."""

    records: int = 0
    events: int = 0
    """In the rebuilt ledger."""
    lost: int = 0
    """Of these, the events that the consumer has processed and the ledger in use lacks."""
    waiting: int = 0
    """Not yet processed by the consumer."""
    dead: int = 0
    """Dead letters that can be decoded."""
    unreadable: list[str] = field(default_factory=list)
    """Locations of the first records that are not events of Heed, with the reason."""
    unreadables: int = 0


async def read_topics(
    session: AsyncSession, bus: Bus, *, days: BusinessDays, committed: Mapping[Partition, int], progress: Progress
) -> TopicsRead:
    """Read all topics from their beginning to their current ends.

    `committed` are the positions of the consumer before the snapshot: an unknown event before them was lost, one
    behind them the consumer will process itself.
    """
    read, reader = TopicsRead(), bus.subscriber(group=None, topics=TOPICS)
    await reader.start()
    try:
        total = sum((await reader.position()).lag.values())
        ahead = await end_offsets(reader)
        while ahead:
            records = await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS)
            await _add_records(session, records, read, days=days, committed=committed)
            ahead = await remaining(reader, ahead)
            progress.at("records read", read.records, of=total)
    finally:
        await reader.stop()
    return read


async def _add_records(
    session: AsyncSession,
    records: Sequence[Record],
    read: TopicsRead,
    *,
    days: BusinessDays,
    committed: Mapping[Partition, int],
) -> None:
    read.records += len(records)
    unique = {received.id: received for received in reversed(_decoded(records, read))}
    recorded_at = await repository.recorded_at(session, unique)
    dead = await repository.dead_letters(session, unique.keys() - recorded_at.keys(), group=GROUP)
    rows, lost = [], set[str]()
    for received in unique.values():
        moments = recorded_at.get(received.id)
        if moments is None and received.id in dead:
            read.dead += 1
        elif moments is None and not _is_committed(received, committed):
            read.waiting += 1
        else:
            lost |= {str(received.id)} if moments is None else set()
            moments = moments or {0: repository.NOT_RECORDED}
            rows += [(row, moments.get(row.part, min(moments.values()))) for row in ledger_rows(received, days)]
    added = await bulk_repository.insert_ledger_rows(session, rows)
    read.events += len(added)
    read.lost += len(added & lost)


def _decoded(records: Sequence[Record], read: TopicsRead) -> list[ReceivedEvent[Event]]:
    decoded = []
    for record in records:
        try:
            decoded.append(decode(record))
        except Undecodable as error:
            read.unreadables += 1
            if len(read.unreadable) < MAX_EXAMPLES:
                read.unreadable.append(f"{record.topic}/{record.partition}/{record.offset}: {error.reason}")
    return decoded


def _is_committed(received: ReceivedEvent[Event], committed: Mapping[Partition, int]) -> bool:
    record = received.record
    return record.offset < committed.get((record.topic, record.partition), 0)
