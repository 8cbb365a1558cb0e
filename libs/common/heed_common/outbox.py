"""The only way out: an event is a row, written in the transaction that makes it true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.errors import TooLarge
from heed_common.identifiers import new_id
from heed_common.packed_columns import joined
from heed_common.tables import OUTBOX
from heed_common.trace import current_traceparent

MAX_EVENT_BYTES = 128 * 1024
EPOCH_BITS = 32
FULL = 5000
"""Rows."""

INSERT = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT id, aggregatetype, aggregateid, type, partitionkey, aggversion, convert_to(payload, 'UTF8'),
           CAST(:staged_at AS timestamptz)
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]), string_to_array(:aggregatetypes, chr(31), chr(30)),
        string_to_array(:aggregateids, chr(31), chr(30)), string_to_array(:types, chr(31), chr(30)),
        string_to_array(:partitionkeys, chr(31), chr(30)),
        CAST(string_to_array(:aggversions, chr(31), chr(30)) AS bigint[]), string_to_array(:payloads, chr(31), chr(30))
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


@dataclass(slots=True)
class Written:
    """The same with its data written as JSON already, by a writer whose tests hold them to the contract."""

    kind: type[Event]
    subject: str
    key: str
    data: str
    aggversion: int
    causation: str | None = None
    traceparent: str | None = None
    """Of the event that caused this one; without it of the work under way."""
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
    """Queues one event; the caller holds the row lock of the event's aggregate. Answers the event's id."""
    staged = Staged(event, aggversion, causation, event_id or new_id())
    return (await stage_all(session, [staged], now=now))[0]


async def stage_all(session: AsyncSession, staged: Sequence[Staged], *, now: datetime) -> list[UUID]:
    """Queues many events in one statement, in the order given."""
    return await stage_written(session, [_written(item) for item in staged], now=now)


async def stage_written(session: AsyncSession, written: Sequence[Written], *, now: datetime) -> list[UUID]:
    """Queues many events whose data are JSON already, in one statement, in the order given."""
    if not written:
        return []
    epoch = await _epoch(session)
    heads = {kind: _head(kind, now=now) for kind in {item.kind for item in written}}
    payloads = [_payload(heads[item.kind], item, epoch=epoch) for item in written]
    if any(_is_too_large(payload) for payload in payloads):
        raise EventTooLarge(f"An event may have at most {MAX_EVENT_BYTES // 1024} KiB.")
    await session.execute(
        INSERT,
        {
            "ids": joined([item.id for item in written]),
            "aggregatetypes": joined([item.kind.topic.removeprefix("heed.") for item in written]),
            "aggregateids": joined([item.subject for item in written]),
            "types": joined([item.kind.full_type() for item in written]),
            "partitionkeys": joined([item.key for item in written]),
            "aggversions": joined([_aggversion(item, epoch) for item in written]),
            "payloads": joined(payloads),
            "staged_at": now,
        },
    )
    session.info["staged"] = True
    session.info["last_event_id"] = written[-1].id
    return [item.id for item in written]


async def is_full(session: AsyncSession) -> bool:
    """Whether so much waits that work in bulk had better wait too: events of callers never queue up behind it."""
    some = select(OUTBOX.c.seq).limit(FULL + 1).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one() > FULL


def note_epoch(session: AsyncSession, epoch: int) -> None:
    """For a writer whose own statement brought the epoch along: one round trip less."""
    session.info["outbox_epoch"] = epoch


async def _epoch(session: AsyncSession) -> int:
    """Read once a transaction: a restore may have raised it since the last one."""
    if "outbox_epoch" not in session.info:
        session.info["outbox_epoch"] = (await session.execute(EPOCH)).scalar_one()
    return int(session.info["outbox_epoch"])


def _written(item: Staged) -> Written:
    event, cause = item.event, str(item.causation) if item.causation is not None else None
    subject, key = str(event.subject), str(event.key)
    return Written(type(event), subject, key, event.model_dump_json(), item.aggversion, cause, None, item.id)


def _head(kind: type[Event], *, now: datetime) -> str:
    """What all events of one type and moment have in common. Nothing in it needs escaping."""
    return (
        f'{{"specversion":"1.0","source":"/heed/{kind.topic.removeprefix("heed.")}","type":"{kind.full_type()}",'
        f'"time":"{now.astimezone(UTC).isoformat().replace("+00:00", "Z")}","datacontenttype":"application/json",'
        f'"dataschema":"/schemas/{kind.full_type()}",'
    )


def _payload(head: str, item: Written, *, epoch: int) -> str:
    """The envelope as `Envelope` reads it, written by hand because it is on the path of every event."""
    causation = f'"causationid":"{item.causation}",' if item.causation is not None else ""
    trace = item.traceparent or current_traceparent()
    traced = f'"traceparent":"{trace}",' if trace is not None else ""
    return (
        f'{head}{traced}"id":"{item.id}","subject":"{item.subject}","partitionkey":"{item.key}",'
        f'"aggversion":{_aggversion(item, epoch)},{causation}"data":{item.data}}}'
    )


def _is_too_large(payload: str) -> bool:
    """In bytes, which are counted only where they could be too many: of a character there are at most four."""
    return len(payload) > MAX_EVENT_BYTES // 4 and len(payload.encode()) > MAX_EVENT_BYTES


def _aggversion(item: Written, epoch: int) -> int:
    return (epoch << EPOCH_BITS) + item.aggversion
