"""The smallest service there can be, things with a version, and what else the plumbing is tested with."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import Message, PublishResult, Record
from heed_common.broker.topics import topic_settings
from heed_common.clock import FakeClock
from heed_common.contracts.event import Envelope, Event
from heed_common.database import Database
from heed_common.worker import BackgroundTask
from tests.scoring.factories import NOON, make_registration

TOPIC = "heed.customer"
PATIENCE = 60.0
"""Nothing waits that long when all is well."""

THINGS = text("CREATE TABLE thing (id uuid PRIMARY KEY, version bigint NOT NULL, word text)")
ADD = text("INSERT INTO thing (id, version) VALUES (:id, 0)")
LOCK = text("SELECT version FROM thing WHERE id = :id FOR UPDATE")
WRITE = text("UPDATE thing SET version = :version, word = :word WHERE id = :id")
OUTBOX = text("SELECT seq, aggregateid, aggversion FROM outbox ORDER BY seq")
PID = text("SELECT pg_backend_pid()")
TERMINATE = text("SELECT pg_terminate_backend(:pid)")
ADVISORY_LOCKS = text("""
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND granted AND datname = current_database()
""")


class Crash(BaseException):
    """The end of the process: like SIGKILL it cannot be caught."""


@pytest_asyncio.fixture
async def things(platform_database: Database) -> Database:
    """A service's database that has things."""
    async with platform_database.transaction() as session:
        await session.execute(THINGS)
    return platform_database


@pytest_asyncio.fixture
async def bus() -> MemoryBus:
    """All of Heed's topics, with three partitions each."""
    bus = MemoryBus()
    await bus.apply_topics(topic_settings(3))
    return bus


async def add_thing(database: Database) -> UUID:
    thing_id = uuid4()
    async with database.transaction() as session:
        await session.execute(ADD, {"id": thing_id})
    return thing_id


async def change(session: AsyncSession, thing_id: UUID, word: str | None = None) -> UUID:
    """As every service does it: the row is locked first, then the event is staged."""
    version = (await session.execute(LOCK, {"id": thing_id})).scalar_one() + 1
    await session.execute(WRITE, {"id": thing_id, "version": version, "word": word})
    return await stage_about(session, thing_id, version, word)


async def stage_about(session: AsyncSession, thing_id: UUID, version: int, word: str | None = None) -> UUID:
    return await outbox.stage(session, make_registration(thing_id, region=word), aggversion=version, now=NOON)


async def changes(database: Database, thing_id: UUID, count: int) -> list[UUID]:
    """So many changes of one thing, one transaction each."""
    ids = []
    for _ in range(count):
        async with database.transaction() as session:
            ids.append(await change(session, thing_id))
    return ids


async def waiting_versions(database: Database) -> list[int]:
    """The versions in the outbox, in its order."""
    async with database.transaction() as session:
        return [row.aggversion for row in await session.execute(OUTBOX)]


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """What a reader of the topic sees of an event."""

    id: UUID
    subject: UUID
    version: int
    word: str | None


def parse_events(records: Sequence[Record | Message]) -> list[PublishedEvent]:
    read = [json.loads(record.value) for record in records]
    return [
        PublishedEvent(UUID(event["id"]), UUID(event["subject"]), event["aggversion"], event["data"].get("region"))
        for event in read
    ]


def published(bus: MemoryBus, topic: str = TOPIC) -> list[PublishedEvent]:
    """All that lies in the topic, partition by partition."""
    return parse_events([record for (name, _), log in sorted(bus.records.items()) if name == topic for record in log])


def first_time(events: Sequence[PublishedEvent]) -> list[PublishedEvent]:
    """Without what had been there before: as a consumer with an inbox sees it."""
    return list({event.id: event for event in events}.values())


class Recording:
    """A publisher that notes what it is given and acknowledges it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        self.messages += messages
        return PublishResult(frozenset(range(len(messages))))

    async def stop(self) -> None:
        """Nothing to let go of."""


class QuickClock(FakeClock):
    """A clock whose waits take one moment, however long they should be."""

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(loop: BackgroundTask) -> AsyncIterator[asyncio.Task[None]]:
    """The loop runs meanwhile, and is stopped as a drain stops it; what it raises is raised here."""
    task = asyncio.create_task(loop.run())
    try:
        yield task
        loop.stop()
        await asyncio.wait_for(task, PATIENCE)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    """Returns as soon as it holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.005)


async def terminate(database: Database, pid: int) -> None:
    """The server ends one connection, as it does when it is restarted."""
    async with database.autocommit() as connection:
        await connection.execute(TERMINATE, {"pid": pid})


async def lock_holders(database: Database) -> list[int]:
    """Which connections to this database hold advisory locks."""
    async with database.autocommit() as connection:
        return list((await connection.execute(ADVISORY_LOCKS)).scalars())


def as_message(event: Event, *, event_id: UUID | None = None, aggversion: int = 1) -> Message:
    """The event as its owner's relay publishes it."""
    envelope = Envelope(
        id=event_id or uuid4(),
        source=f"/heed/{event.topic.removeprefix('heed.')}",
        type=event.full_type(),
        subject=str(event.subject),
        time=NOON,
        dataschema=f"/schemas/{event.full_type()}",
        partitionkey=str(event.key),
        aggversion=aggversion,
        data=event.model_dump(mode="json"),
    )
    value = envelope.model_dump_json(exclude_none=True).encode()
    return Message(event.topic, str(event.key).encode(), value, (("ce_id", str(envelope.id).encode()),))


def word_events(*words: str) -> list[Message]:
    """An event for each word."""
    return [as_message(make_registration(uuid4(), region=word)) for word in words]
