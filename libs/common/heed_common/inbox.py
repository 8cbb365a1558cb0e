"""Inbox: an event is processed once, however often it is delivered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent

BatchHandler = Callable[[AsyncSession, Sequence[ReceivedEvent[Event]], datetime], Awaitable[int]]
"""Processes a batch in the consumer's transaction; returns how many of the events were new."""
Handler = Callable[[AsyncSession, Sequence[ReceivedEvent[Any]], datetime], Awaitable[None]]
"""Processes the new events of one type: `async def handler(session, events, now)`."""

INSERT_NEW_IDS = text("""
    INSERT INTO inbox (event_id, received_at)
    SELECT id, CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS uuid[])) AS row(id) ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")


def build_batch_handler(handlers: Mapping[type[Event], Handler]) -> BatchHandler:
    """Return the standard batch handler: it drops duplicates and passes each type to its handler.

    Of types without a handler nothing is stored.
    """

    async def process_batch(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], now: datetime) -> int:
        handled = [received for received in batch if type(received.event) in handlers]
        new_events = await select_new_events(session, handled, now=now)
        for kind, handler in handlers.items():
            events = [received for received in new_events if type(received.event) is kind]
            if events:
                await handler(session, events, now)
        return len(new_events) + len(batch) - len(handled)

    return process_batch


async def select_new_events(
    session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], *, now: datetime
) -> list[ReceivedEvent[Event]]:
    """Record the events of the batch and return those that are new, each once and in their order."""
    new_ids = await record_new_events(session, [received.id for received in batch], now=now)
    return [received for received in _deduplicate(batch) if received.id in new_ids]


async def record_new_events(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Insert the event ids and return those that are new."""
    if not ids:
        return set()
    rows = await driver.fetch(session, INSERT_NEW_IDS, {"ids": sorted(set(ids)), "now": now})
    return {row["event_id"] for row in rows}


def _deduplicate(batch: Sequence[ReceivedEvent[Event]]) -> list[ReceivedEvent[Event]]:
    """Return the batch without repetitions of an event; the first one counts."""
    first: dict[UUID, ReceivedEvent[Event]] = {}
    for received in batch:
        first.setdefault(received.id, received)
    return list(first.values())
