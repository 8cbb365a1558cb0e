"""Transactional outbox: an event is a row, inserted in the transaction of the change that it announces.

Staged events stay in the session until the end of the transaction. Then the service's reactions to them run, until none
of them stages another event, and all rows are inserted in one statement. So the rows come after every lock that the
transaction takes: the order of the rows of one key is the order of the commits.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.audit import pending
from heed_common.audit.pending import INSERT_ENTRIES
from heed_common.contracts.event import Event
from heed_common.errors import TooLarge
from heed_common.identifiers import new_id, new_id_text
from heed_common.packed_columns import pack_column
from heed_common.tables import OUTBOX
from heed_common.trace import Origin, current_traceparent

MAX_EVENT_BYTES = 128 * 1024
EPOCH_BITS = 32
BACKLOG_LIMIT = 5000
"""Outbox rows above which bulk work waits."""

INSERT_EVENTS = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT id, aggregatetype, aggregateid, type, partitionkey, aggversion, convert_to(payload, 'UTF8'), staged_at
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        string_to_array(:aggregatetypes, chr(31), chr(30)), string_to_array(:aggregateids, chr(31), chr(30)),
        string_to_array(:types, chr(31), chr(30)), string_to_array(:partitionkeys, chr(31), chr(30)),
        CAST(string_to_array(:aggversions, chr(31), chr(30)) AS bigint[]),
        string_to_array(:payloads, chr(31), chr(30)),
        CAST(string_to_array(:staged_ats, chr(31), chr(30)) AS timestamptz[])
    ) WITH ORDINALITY
        AS row(id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at, position)
    ORDER BY position
"""
SELECT_TRANSACTION = "SELECT CAST(pg_current_xact_id() AS text)"
INSERT = text(f"WITH inserted AS ({INSERT_EVENTS}) {SELECT_TRANSACTION}")
INSERT_WITH_AUDIT = text(f"WITH inserted AS ({INSERT_EVENTS}), audited AS ({INSERT_ENTRIES}) {SELECT_TRANSACTION}")
"""Of a write that leaves an entry in the audit trail: one statement for both."""
SELECT_EPOCH = text("SELECT epoch FROM outbox_epoch")
KEY = "outbox"
"""Key of the transaction's outbox in `session.info`."""

Reaction = Callable[[AsyncSession, Sequence[Any], datetime], Awaitable[None]]
"""Reacts to new events in their transaction: `async def reaction(session, events, now)`. It may stage more events."""
Reactions = Mapping[type[Event], Sequence[Reaction]]
"""The reactions of a service by event type. A reaction that is listed with several types gets their events together."""
NO_REACTIONS: Reactions = MappingProxyType({})


class EventTooLarge(TooLarge):
    """An oversized event would block its partition behind it, so it never gets into the outbox."""

    code = "event_too_large"
    advice = "Send less in one write: fewer lines of a purchase, shorter lists."


class EventWithoutOrigin(Exception):
    """Several writes share the transaction, and the event belongs to none of them. Each write alone would succeed."""


@dataclass(frozen=True, slots=True)
class StagedEvent:
    """An event to be published, with the version of its aggregate after the change."""

    event: Event
    aggversion: int
    causation: UUID | None = None
    id: UUID = field(default_factory=new_id)
    """Passed by callers that store the id of the event in their own row."""
    origin: Origin | None = None
    """The write that the event belongs to; by default that of the transaction."""


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
    """That of the write or event that caused this one; by default that of the current work."""
    id: str = field(default_factory=new_id_text)
    origin: Origin | None = None


class OutboxRow(NamedTuple):
    """An event with its envelope, ready to be inserted."""

    event: SerializedEvent
    aggversion: int
    payload: str
    staged_at: str


class NewEvent(NamedTuple):
    """An event that no reaction has seen yet."""

    event: Event
    staged_at: datetime
    origin: Origin | None


@dataclass(slots=True)
class TransactionOutbox:
    """The events of one transaction that are not inserted yet."""

    reactions: Reactions = field(default_factory=lambda: NO_REACTIONS)
    rows: list[OutboxRow] = field(default_factory=list)
    new_events: list[NewEvent] = field(default_factory=list)
    origin: Origin | None = None
    """The write that events without an origin of their own belong to."""
    is_shared: bool = False
    """Whether the events belong to several writes."""
    reacted_to: Sequence[NewEvent] = ()
    """The events that reactions are handed at this moment."""
    last_event_id: UUID | None = None
    epoch: int | None = None
    transaction_id: str | None = None
    """PostgreSQL's id of the transaction, once it has inserted events: by it a lost commit can be looked up."""

    @property
    def has_inserted(self) -> bool:
        return self.transaction_id is not None


@dataclass(frozen=True, slots=True)
class OutboxMark:
    """The state of a transaction's outbox, to return to when a savepoint is rolled back."""

    rows: int
    last_event_id: UUID | None


def of(session: AsyncSession) -> TransactionOutbox:
    """Return the outbox of the transaction."""
    outbox: TransactionOutbox = session.info.setdefault(KEY, TransactionOutbox())
    return outbox


def share(session: AsyncSession, origins: Sequence[Origin]) -> None:
    """Attribute the events of the transaction to these writes. Those of several must name their origin."""
    outbox = of(session)
    outbox.is_shared = len(origins) > 1
    outbox.origin = origins[0] if len(origins) == 1 else None


def origin_of(session: AsyncSession, event: Event) -> Origin | None:
    """Return the origin of an event that a reaction was handed, for the events that it stages because of this one."""
    outbox = of(session)
    if not outbox.is_shared:
        return outbox.origin
    return next((new.origin for new in outbox.reacted_to if new.event is event), None)


async def stage(
    session: AsyncSession,
    event: Event,
    *,
    aggversion: int,
    now: datetime,
    causation: UUID | None = None,
    event_id: UUID | None = None,
    origin: Origin | None = None,
) -> UUID:
    """Stage one event and return its id. The caller holds the row lock of the event's aggregate."""
    item = StagedEvent(event, aggversion, causation, event_id or new_id(), origin)
    return (await stage_all(session, [item], now=now))[0]


async def stage_all(session: AsyncSession, events: Sequence[StagedEvent], *, now: datetime) -> list[UUID]:
    """Stage many events, in the given order. Return their ids. Raises `EventWithoutOrigin`."""
    serialized = [_serialize(item, item.origin or of(session).origin) for item in events]
    await _stage(session, serialized, now=now)
    of(session).new_events += [
        NewEvent(item.event, now, row.origin) for item, row in zip(events, serialized, strict=True)
    ]
    return [item.id for item in events]


async def stage_serialized(session: AsyncSession, events: Sequence[SerializedEvent], *, now: datetime) -> None:
    """Stage many serialized events, in the given order. Raises `EventTooLarge`, `EventWithoutOrigin`."""
    outbox = of(session)
    for item in events:
        item.origin = item.origin or outbox.origin
    await _stage(session, events, now=now)
    outbox.new_events += [
        NewEvent(item.kind.model_validate_json(item.data), now, item.origin)
        for item in events
        if item.kind in outbox.reactions
    ]


async def _stage(session: AsyncSession, events: Sequence[SerializedEvent], *, now: datetime) -> None:
    if not events:
        return
    outbox = of(session)
    if outbox.is_shared and any(item.origin is None for item in events):
        raise EventWithoutOrigin
    epoch, staged_at = await _epoch(session), now.isoformat()
    prefixes = {kind: _envelope_prefix(kind, now=now) for kind in {item.kind for item in events}}
    payloads = [_payload(prefixes[item.kind], item, epoch=epoch) for item in events]
    if any(_is_too_large(payload) for payload in payloads):
        raise EventTooLarge(f"An event may have at most {MAX_EVENT_BYTES // 1024} KiB.")
    outbox.rows += [
        OutboxRow(item, _aggversion(item, epoch), payload, staged_at)
        for item, payload in zip(events, payloads, strict=True)
    ]
    outbox.last_event_id = UUID(events[-1].id)


async def react(session: AsyncSession) -> None:
    """Run the reactions to the staged events until there are no new ones.

    Called at the end of the transaction and of each savepoint; earlier by a use case whose result shows what follows.
    """
    outbox = of(session)
    ordered = dict.fromkeys(reaction for reactions in outbox.reactions.values() for reaction in reactions)
    while outbox.new_events:
        new, outbox.new_events = outbox.new_events, []
        await session.flush()
        now = max(item.staged_at for item in new)
        for reaction in ordered:
            events = [item for item in new if reaction in outbox.reactions.get(type(item.event), ())]
            if events:
                await _run(reaction, session, events, now=now)


async def _run(reaction: Reaction, session: AsyncSession, events: Sequence[NewEvent], *, now: datetime) -> None:
    """Run the reaction. A savepoint inside it may run others meanwhile."""
    outbox = of(session)
    outer, outbox.reacted_to = outbox.reacted_to, events
    try:
        await reaction(session, [item.event for item in events], now)
    finally:
        outbox.reacted_to = outer


async def flush(session: AsyncSession) -> None:
    """Run the reactions, then insert all staged events in one statement, in their order."""
    await react(session)
    outbox = of(session)
    rows, outbox.rows = outbox.rows, []
    if not rows:
        return
    entries = pending.take(session)
    ((outbox.transaction_id,),) = await driver.fetch(
        session,
        INSERT_WITH_AUDIT if entries else INSERT,
        {
            **(pending.columns(entries) if entries else {}),
            "ids": pack_column([row.event.id for row in rows]),
            "aggregatetypes": pack_column([row.event.kind.topic.removeprefix("heed.") for row in rows]),
            "aggregateids": pack_column([row.event.subject for row in rows]),
            "types": pack_column([row.event.kind.full_type() for row in rows]),
            "partitionkeys": pack_column([row.event.key for row in rows]),
            "aggversions": pack_column([row.aggversion for row in rows]),
            "payloads": pack_column([row.payload for row in rows]),
            "staged_ats": pack_column([row.staged_at for row in rows]),
        },
    )
    for row in rows:
        if row.event.origin is not None:
            row.event.origin.last_event_id = UUID(row.event.id)


def mark(session: AsyncSession) -> OutboxMark:
    """Return the current state, for `reset`. All events staged so far must have been reacted to."""
    outbox = of(session)
    return OutboxMark(len(outbox.rows), outbox.last_event_id)


def reset(session: AsyncSession, to: OutboxMark) -> None:
    """Drop the events that were staged since the mark, with the reactions to them."""
    outbox = of(session)
    del outbox.rows[to.rows :]
    outbox.new_events, outbox.last_event_id = [], to.last_event_id


async def is_backlogged(session: AsyncSession) -> bool:
    """Return whether the relay is so far behind that bulk work should wait: callers' events go first."""
    some = select(OUTBOX.c.seq).limit(BACKLOG_LIMIT + 1).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one() > BACKLOG_LIMIT


async def next_room(session: AsyncSession, now: datetime) -> datetime | None:
    """Return `now` while bulk work must wait for the relay: for jobs, because room has no signal of its own."""
    return now if await is_backlogged(session) else None


def set_epoch(session: AsyncSession, epoch: int) -> None:
    """Set the epoch of the transaction if another statement has loaded it already: one round trip less."""
    of(session).epoch = epoch


async def _epoch(session: AsyncSession) -> int:
    """Return the epoch, loaded once per transaction: a restore may have raised it since the previous one."""
    outbox = of(session)
    if outbox.epoch is None:
        ((outbox.epoch,),) = await driver.fetch(session, SELECT_EPOCH, {})
    return outbox.epoch


def _serialize(item: StagedEvent, origin: Origin | None) -> SerializedEvent:
    event, cause = item.event, str(item.causation) if item.causation is not None else None
    subject, key = str(event.subject), str(event.key)
    data, traceparent = event.model_dump_json(), None if origin is None else origin.traceparent
    return SerializedEvent(type(event), subject, key, data, item.aggversion, cause, traceparent, str(item.id), origin)


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
