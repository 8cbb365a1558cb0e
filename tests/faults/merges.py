"""Batches of scoring that run beside one another, and what customers and lists show after them."""

import asyncio
import time
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from heed_common.broker.memory import MemoryBus, MemoryPublisher
from heed_common.clock import Clock, FakeClock
from heed_common.consumer import Consumer
from heed_common.contracts.event import Event
from heed_common.database import Database, is_transient
from heed_common.decoding import ReceivedEvent
from heed_common.metrics import Metrics
from heed_scoring import handlers
from heed_scoring.scores import service
from heed_scoring.worker import GROUP, TOPICS, batch_handler
from tests.common.broker_fixtures import Recording, as_message
from tests.scoring.factories import NOON

PATIENCE = 60.0
NO_TIME = timedelta()
SCORED = text("SELECT customer_id, value_amount FROM customer WHERE value_amount IS NOT NULL ORDER BY customer_id")
ROOTS = text("SELECT customer_id, survivor_id FROM customer")
DEAD_LETTERS = text("SELECT event_id, error FROM dead_letter")
BLOCKED = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
""")


async def take_in(database: Database, clock: Clock, *batch: ReceivedEvent[Any]) -> int:
    async with database.transaction() as session:
        return await handlers.process_batch(session, list(batch), clock=clock)


async def score_document(database: Database, customer_id: UUID) -> dict[str, Any]:
    async with database.transaction() as session:
        return await service.score_at(session, customer_id=customer_id, at=None, now=NOON)


async def scored(database: Database) -> dict[UUID, str]:
    """Whom lists show, with the value that they show."""
    async with database.transaction() as session:
        return {customer_id: str(amount) for customer_id, amount in await session.execute(SCORED)}


async def computed(database: Database, people: Iterable[UUID]) -> dict[UUID, str]:
    """Who is scored for these people by the aliases, with the value that the facts of all members give."""
    found = [await score_document(database, customer_id) for customer_id in people]
    return {UUID(answer["customer_id"]): answer["value"]["amount"] for answer in found}


async def roots(database: Database) -> dict[UUID, UUID | None]:
    async with database.transaction() as session:
        rows = await session.execute(ROOTS)
        return {row.customer_id: row.survivor_id for row in rows}


async def dead_letters(database: Database) -> list[tuple[UUID, str]]:
    async with database.transaction() as session:
        rows = await session.execute(DEAD_LETTERS)
        return [(row.event_id, row.error) for row in rows]


async def overtake(
    database: Database,
    clock: FakeClock,
    late: Awaitable[Any],
    *batch: ReceivedEvent[Any],
    for_long: timedelta = NO_TIME,
) -> None:
    """The batch holds its locks until `late` waits for them; then it is committed, and `late` goes on to its end."""
    async with database.transaction() as session:
        await handlers.process_batch(session, list(batch), clock=clock)
        task = asyncio.ensure_future(late)
        await until_blocked(database)
        assert not task.done()
        clock.advance(for_long)
    await asyncio.wait_for(task, PATIENCE)


async def until_blocked(database: Database) -> None:
    """Return as soon as some transaction of this database waits for another one's lock."""
    deadline = time.monotonic() + PATIENCE
    async with database.autocommit() as connection:
        while not (await connection.execute(BLOCKED)).scalar_one():
            assert time.monotonic() < deadline, "nobody waits"
            await asyncio.sleep(0.01)


async def consume(database: Database, bus: MemoryBus, clock: Clock, *events: tuple[Event, int]) -> None:
    """Process a batch as the worker does, until it commits; each event with its aggversion."""
    await MemoryPublisher(bus).publish([as_message(event, aggversion=version) for event, version in events])
    subscriber, metrics = bus.subscriber(group=GROUP, topics=TOPICS), Metrics("scoring")
    consumer = Consumer(
        database, subscriber, Recording(), batch_handler=batch_handler(clock), group=GROUP, clock=clock, metrics=metrics
    )
    records = await subscriber.poll(max_records=500, wait=0)
    assert len(records) == len(events)
    await consumer.process_batch(records)
    await subscriber.stop()


async def until_committed(database: Database, clock: Clock, *batch: ReceivedEvent[Any]) -> None:
    """Try again what a merge was faster than, as the consumer does."""
    for _ in range(100):
        try:
            await take_in(database, clock, *batch)
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(0.01)
        else:
            return
    raise AssertionError("never")
