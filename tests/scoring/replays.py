"""A scoring service that reads its topics, and the replay of it."""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import ConsumerPosition, Message, Partition, Record, Subscriber
from heed_common.broker.topics import topic_settings
from heed_common.clock import FakeClock
from heed_common.contracts.customer import CustomerMerged, MergeEvent
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.decoding import decode
from heed_common.progress import Progress
from heed_scoring import handlers
from heed_scoring.rebuild.replay import Replayed, replay
from heed_scoring.worker import GROUP, TOPICS
from tests.common.broker.brokers import publish
from tests.common.broker_fixtures import as_message
from tests.faults.histories import make_history, shuffled
from tests.scoring.factories import make_merge, make_unmerge

CUSTOMERS = text("SELECT customer_id FROM customer ORDER BY customer_id")


class Meanwhile(MemoryBus):
    """A broker in memory; what `happens` is done as soon as a replay begins to read."""

    happens: Callable[[], Awaitable[object]] | None = None

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        reader = super().subscriber(group=group, topics=topics)
        return reader if group is not None else _Starting(reader, self)


class _Starting:
    def __init__(self, reader: Subscriber, bus: Meanwhile) -> None:
        self._reader, self._bus = reader, bus

    async def start(self) -> None:
        happens, self._bus.happens = self._bus.happens, None
        if happens is not None:
            await happens()
        await self._reader.start()

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        return await self._reader.poll(max_records=max_records, wait=wait)

    async def commit(self, positions: dict[Partition, int]) -> None:
        raise AssertionError("a replay moves nobody's position")

    async def heartbeat(self) -> None:
        await self._reader.heartbeat()

    async def position(self) -> ConsumerPosition:
        return await self._reader.position()

    async def stop(self) -> None:
        await self._reader.stop()


class Shop:
    """A shop whose events are published, and processed on request."""

    def __init__(self, database: Database, bus: Meanwhile, clock: FakeClock) -> None:
        self.database, self.bus, self.clock = database, bus, clock

    async def deliver(self, *events: Event | tuple[Event, int]) -> list[UUID]:
        """Publish and process the events; return their ids."""
        ids = await self.publish(*events)
        await self.take_in()
        return ids

    async def publish(self, *events: Event | tuple[Event, int]) -> list[UUID]:
        versioned = [event if isinstance(event, tuple) else (event, 1) for event in events]
        messages = [as_message(event, aggversion=version) for event, version in versioned]
        await publish(self.bus, messages)
        return [decode(Record(message.topic, 0, 0, None, message.value)).id for message in messages]

    async def take_in(self) -> None:
        """All that lies there, as the consumer does it."""
        reader = self.bus.subscriber(group=GROUP, topics=TOPICS)
        await reader.start()
        while records := await reader.poll(max_records=100, wait=0):
            async with self.database.transaction() as session:
                await handlers.process_batch(session, [decode(record) for record in records], clock=self.clock)
            await reader.commit({(record.topic, record.partition): record.offset + 1 for record in records})
        await reader.stop()

    async def replay(self, *, swap: bool = False, time_zone: str | None = None) -> Replayed:
        progress = Progress(print)
        return await replay(
            self.database, self.bus, clock=self.clock, swap=swap, progress=progress, time_zone=time_zone
        )

    async def do(self, statement: str, **values: object) -> None:
        """Change the database past the application."""
        async with self.database.transaction() as session:
            await session.execute(text(statement), values)

    async def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]


async def open_shop(database: Database, clock: FakeClock) -> Shop:
    bus = Meanwhile()
    await bus.apply_topics(topic_settings(3))
    return Shop(database, bus, clock)


def random_life(*, events: int, seed: int) -> list[Message]:
    """Purchases, returns, complaints, answers, merges and their ends, in any order and some of it twice."""
    history = make_history(events=events, seed=seed)
    return shuffled([*history, *_merges(history, seed=seed)], duplicates=0.1, seed=seed)


def _merges(history: Sequence[Message], *, seed: int) -> Iterator[Message]:
    """More of them, in chains; as the customer service allows: no customer twice at a time, nor into its own member."""
    chance, versions, into = random.Random(seed), dict[UUID, int](), dict[UUID, UUID]()
    for event, version in map(_read, history):
        if isinstance(event, MergeEvent):
            versions[event.customer_id] = version
            into.pop(event.customer_id, None)
            into |= {event.customer_id: event.survivor_id} if isinstance(event, CustomerMerged) else {}
    customers = sorted({UUID(message.key.decode()) for message in history})
    for _ in range(len(customers)):
        duplicate, survivor = chance.sample(customers, 2)
        make = make_merge
        if duplicate in into:
            make, survivor = make_unmerge, into.pop(duplicate)
        elif _root(survivor, into) != duplicate:
            into[duplicate] = survivor
        else:
            continue
        versions[duplicate] = versions.get(duplicate, 1) + 1
        yield as_message(make(duplicate, survivor), aggversion=versions[duplicate])


def _read(message: Message) -> tuple[Event, int]:
    received = decode(Record(message.topic, 0, 0, message.key, message.value))
    return received.event, received.aggversion


def _root(customer_id: UUID, into: Mapping[UUID, UUID]) -> UUID:
    while customer_id in into:
        customer_id = into[customer_id]
    return customer_id
