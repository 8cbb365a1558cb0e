"""The way in: an event is taken once, however often it arrives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent

BatchHandler = Callable[[AsyncSession, Sequence[ReceivedEvent[Event]], datetime], Awaitable[int]]
"""Takes a batch in, inside the consumer's transaction; answers how many of the events were new."""
Handler = Callable[[AsyncSession, Sequence[ReceivedEvent[Any]], datetime], Awaitable[None]]
"""What a service does with the new events of one type: `async def handler(session, events, now)`."""

INSERT_NEW_IDS = text("""
    INSERT INTO inbox (event_id, received_at)
    SELECT id, CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS uuid[])) AS row(id) ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")


def build_batch_handler(handlers: Mapping[type[Event], Handler]) -> BatchHandler:
    """The standard way in: duplicates fall away, then each type goes to its handler; other types are only noted."""

    async def take_in(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], now: datetime) -> int:
        fresh = await record_new_events(session, [received.id for received in batch], now=now)
        new = [received for received in _deduplicate(batch) if received.id in fresh]
        for kind, handler in handlers.items():
            events = [received for received in new if type(received.event) is kind]
            if events:
                await handler(session, events, now)
        return len(fresh)

    return take_in


async def record_new_events(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Notes the ids and answers those that had not been here before."""
    if not ids:
        return set()
    rows = await session.execute(INSERT_NEW_IDS, {"ids": sorted(set(ids)), "now": now})
    return set(rows.scalars())


def _deduplicate(batch: Sequence[ReceivedEvent[Event]]) -> list[ReceivedEvent[Event]]:
    """A batch may hold the same event twice; the first one counts, in its place."""
    first: dict[UUID, ReceivedEvent[Event]] = {}
    for received in batch:
        first.setdefault(received.id, received)
    return list(first.values())
