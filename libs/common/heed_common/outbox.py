"""Transactional outbox: an event is a row, inserted in the transaction of the change that it announces."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.errors import TooLarge
from heed_common.identifiers import new_id
from heed_common.packed_columns import pack_column
from heed_common.tables import OUTBOX
from heed_common.trace import current_traceparent

MAX_EVENT_BYTES = 128 * 1024
EPOCH_BITS = 32
BACKLOG_LIMIT = 5000
"""Outbox rows above which bulk work waits."""

INSERT = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT id, aggregatetype, aggregateid, type, partitionkey, aggversion, convert_to(payload, 'UTF8'),
           CAST(:staged_at AS timestamptz)
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]), string_to_array(:aggregatetypes, chr(31), chr(30)),
        string_to_array(:aggregateids, chr(31), chr(30)), string_to_array(:types, chr(31), chr(30)),
        string_to_array(:partitionkeys, chr(31), chr(30)),
        CAST(string_to_array(:aggversions, chr(31), chr(30)) AS bigint[]), string_to_array(:payloads, chr(31), chr(30))
    ) WITH ORDINALITY AS row(id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, position)
    ORDER BY position
""")
SELECT_EPOCH = text("SELECT epoch FROM outbox_epoch")


class EventTooLarge(TooLarge):
    """An oversized event would block its partition behind it, so it never gets into the outbox."""

    code = "event_too_large"


@dataclass(frozen=True, slots=True)
class StagedEvent:
    """An event to be published, with the version of its aggregate after the change."""

    event: Event
    aggversion: int
    causation: UUID | None = None
    id: UUID = field(default_factory=new_id)
    """Passed by callers that store the id of the event in their own row."""


@dataclass(slots=True)
class SerializedEvent:
    """An event whose data are serialized already, by code whose tests compare them with the contract."""

    kind: type[Event]
    subject: str
    key: str
    data: str
    aggversion: int
    causation: str | None = None
    traceparent: str | None = None
    """That of the event that caused this one; by default that of the current work."""
    id: UUID = field(default_factory=new_id)


async def stage(
    session: AsyncSession,
    event: Event,
    *,
    aggversion: int,
    now: datetime,
    causation: UUID | None = None,
    event_id: UUID | None = None,
) -> UUID:
    """Stage one event and return its id. The caller holds the row lock of the event's aggregate."""
    item = StagedEvent(event, aggversion, causation, event_id or new_id())
    return (await stage_all(session, [item], now=now))[0]


async def stage_all(session: AsyncSession, events: Sequence[StagedEvent], *, now: datetime) -> list[UUID]:
    """Stage many events in one statement, in the given order. Return their ids."""
    return await stage_serialized(session, [_serialize(item) for item in events], now=now)


async def stage_serialized(session: AsyncSession, events: Sequence[SerializedEvent], *, now: datetime) -> list[UUID]:
    """Stage many serialized events in one statement, in the given order. Return their ids."""
    if not events:
        return []
    epoch = await _epoch(session)
    prefixes = {kind: _envelope_prefix(kind, now=now) for kind in {item.kind for item in events}}
    payloads = [_payload(prefixes[item.kind], item, epoch=epoch) for item in events]
    if any(_is_too_large(payload) for payload in payloads):
        raise EventTooLarge(f"An event may have at most {MAX_EVENT_BYTES // 1024} KiB.")
    await session.execute(
        INSERT,
        {
            "ids": pack_column([item.id for item in events]),
            "aggregatetypes": pack_column([item.kind.topic.removeprefix("heed.") for item in events]),
            "aggregateids": pack_column([item.subject for item in events]),
            "types": pack_column([item.kind.full_type() for item in events]),
            "partitionkeys": pack_column([item.key for item in events]),
            "aggversions": pack_column([_aggversion(item, epoch) for item in events]),
            "payloads": pack_column(payloads),
            "staged_at": now,
        },
    )
    session.info["staged"] = True
    session.info["last_event_id"] = events[-1].id
    return [item.id for item in events]


async def is_backlogged(session: AsyncSession) -> bool:
    """Return whether the relay is so far behind that bulk work should wait: callers' events go first."""
    some = select(OUTBOX.c.seq).limit(BACKLOG_LIMIT + 1).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one() > BACKLOG_LIMIT


def set_epoch(session: AsyncSession, epoch: int) -> None:
    """Set the epoch of the transaction if another statement has loaded it already: one round trip less."""
    session.info["outbox_epoch"] = epoch


async def _epoch(session: AsyncSession) -> int:
    """Return the epoch, loaded once per transaction: a restore may have raised it since the previous one."""
    if "outbox_epoch" not in session.info:
        session.info["outbox_epoch"] = (await session.execute(SELECT_EPOCH)).scalar_one()
    return int(session.info["outbox_epoch"])


def _serialize(item: StagedEvent) -> SerializedEvent:
    event, cause = item.event, str(item.causation) if item.causation is not None else None
    subject, key = str(event.subject), str(event.key)
    return SerializedEvent(type(event), subject, key, event.model_dump_json(), item.aggversion, cause, None, item.id)


def _envelope_prefix(kind: type[Event], *, now: datetime) -> str:
    """Return the attributes that all events of one type and moment have in common. Nothing in them needs escaping."""
    return (
        f'{{"specversion":"1.0","source":"/heed/{kind.topic.removeprefix("heed.")}","type":"{kind.full_type()}",'
        f'"time":"{now.astimezone(UTC).isoformat().replace("+00:00", "Z")}","datacontenttype":"application/json",'
        f'"dataschema":"/schemas/{kind.full_type()}",'
    )


def _payload(prefix: str, item: SerializedEvent, *, epoch: int) -> str:
    """Return the JSON that `Envelope` parses; built by hand because every event passes here."""
    causation = f'"causationid":"{item.causation}",' if item.causation is not None else ""
    trace = item.traceparent or current_traceparent()
    traced = f'"traceparent":"{trace}",' if trace is not None else ""
    return (
        f'{prefix}{traced}"id":"{item.id}","subject":"{item.subject}","partitionkey":"{item.key}",'
        f'"aggversion":{_aggversion(item, epoch)},{causation}"data":{item.data}}}'
    )


def _is_too_large(payload: str) -> bool:
    """Return whether the payload is too large in bytes. A character has at most four: a short text is not encoded."""
    return len(payload) > MAX_EVENT_BYTES // 4 and len(payload.encode()) > MAX_EVENT_BYTES


def _aggversion(item: SerializedEvent, epoch: int) -> int:
    return (epoch << EPOCH_BITS) + item.aggversion
