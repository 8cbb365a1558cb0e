"""The only way out: an event is a row, written in the transaction that makes it true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Envelope, Event
from heed_common.errors import TooLarge
from heed_common.identifiers import new_id
from heed_common.trace import current_traceparent

MAX_EVENT_BYTES = 128 * 1024
EPOCH_BITS = 32

INSERT = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, CAST(:staged_at AS timestamptz)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:aggregatetypes AS text[]), CAST(:aggregateids AS text[]),
        CAST(:types AS text[]), CAST(:partitionkeys AS text[]), CAST(:aggversions AS bigint[]),
        CAST(:payloads AS bytea[])
    ) WITH ORDINALITY AS row(id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, place)
    ORDER BY place
""")
EPOCH = text("SELECT epoch FROM outbox_epoch")


class EventTooLarge(TooLarge):
    """An oversized event would block its partition behind it, so it never gets into the outbox."""

    code = "event_too_large"


@dataclass(frozen=True, slots=True)
class Staged:
    """An event on its way out, with the version that its aggregate has reached by it."""

    event: Event
    aggversion: int
    causation: UUID | None = None
    id: UUID = field(default_factory=new_id)
    """Given by writers whose own row names the event that tells of it."""


async def stage(
    session: AsyncSession,
    event: Event,
    *,
    aggversion: int,
    now: datetime,
    causation: UUID | None = None,
    event_id: UUID | None = None,
) -> UUID:
    """Queues one event; the caller holds the row lock of the event's aggregate. Answers the event's id."""
    staged = Staged(event, aggversion, causation, event_id or new_id())
    return (await stage_all(session, [staged], now=now))[0]


async def stage_all(session: AsyncSession, staged: Sequence[Staged], *, now: datetime) -> list[UUID]:
    """Queues many events in one statement, in the order given."""
    if not staged:
        return []
    epoch = await _epoch(session)
    envelopes = [_envelope(item, epoch=epoch, now=now) for item in staged]
    payloads = [envelope.model_dump_json(exclude_none=True).encode() for envelope in envelopes]
    if any(len(payload) > MAX_EVENT_BYTES for payload in payloads):
        raise EventTooLarge(f"An event may have at most {MAX_EVENT_BYTES // 1024} KiB.")
    await session.execute(
        INSERT,
        {
            "ids": [envelope.id for envelope in envelopes],
            "aggregatetypes": [item.event.topic.removeprefix("heed.") for item in staged],
            "aggregateids": [envelope.subject for envelope in envelopes],
            "types": [envelope.type for envelope in envelopes],
            "partitionkeys": [envelope.partitionkey for envelope in envelopes],
            "aggversions": [envelope.aggversion for envelope in envelopes],
            "payloads": payloads,
            "staged_at": now,
        },
    )
    session.info["staged"] = True
    session.info["last_event_id"] = envelopes[-1].id
    return [envelope.id for envelope in envelopes]


def note_epoch(session: AsyncSession, epoch: int) -> None:
    """For a writer whose own statement brought the epoch along: one round trip less."""
    session.info["outbox_epoch"] = epoch


async def _epoch(session: AsyncSession) -> int:
    """Read once a transaction: a restore may have raised it since the last one."""
    if "outbox_epoch" not in session.info:
        session.info["outbox_epoch"] = (await session.execute(EPOCH)).scalar_one()
    return int(session.info["outbox_epoch"])


def _envelope(item: Staged, *, epoch: int, now: datetime) -> Envelope:
    event = item.event
    return Envelope.model_construct(
        id=item.id,
        source=f"/heed/{event.topic.removeprefix('heed.')}",
        type=event.full_type(),
        subject=str(event.subject),
        time=now,
        dataschema=f"/schemas/{event.full_type()}",
        partitionkey=str(event.key),
        aggversion=(epoch << EPOCH_BITS) + item.aggversion,
        causationid=item.causation,
        traceparent=current_traceparent(),
        data=event.model_dump(mode="json"),
    )
