"""The way in: an event is taken once, however often it arrives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.decoding import Received

Intake = Callable[[AsyncSession, Sequence[Received[Event]], datetime], Awaitable[int]]
"""Takes a batch in, inside the consumer's transaction; answers how many of the events were new."""
Handler = Callable[[AsyncSession, Sequence[Received[Any]], datetime], Awaitable[None]]
"""What a service does with the new events of one type: `async def handler(session, events, now)`."""

ABSORB = text("""
    INSERT INTO inbox (event_id, received_at)
    SELECT id, CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS uuid[])) AS row(id) ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")


def intake(handlers: Mapping[type[Event], Handler]) -> Intake:
    """The standard way in: duplicates fall away, then each type goes to its handler; other types are only noted."""

    async def take_in(session: AsyncSession, batch: Sequence[Received[Event]], now: datetime) -> int:
        fresh = await absorb(session, [received.id for received in batch], now=now)
        new = [received for received in _once(batch) if received.id in fresh]
        for kind, handler in handlers.items():
            events = [received for received in new if type(received.event) is kind]
            if events:
                await handler(session, events, now)
        return len(fresh)

    return take_in


async def absorb(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Notes the ids and answers those that had not been here before."""
    if not ids:
        return set()
    rows = await session.execute(ABSORB, {"ids": sorted(set(ids)), "now": now})
    return set(rows.scalars())


def _once(batch: Sequence[Received[Event]]) -> list[Received[Event]]:
    """A batch may hold the same event twice; the first one counts, in its place."""
    first: dict[UUID, Received[Event]] = {}
    for received in batch:
        first.setdefault(received.id, received)
    return list(first.values())
