"""The three brokers behind one face, so that one suite can be run against each of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from sqlalchemy import text

from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.memory import MemoryBus
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus, Message, Partition, Record, Subscriber, TopicSettings
from heed_common.database import Database
from tests.databases import PLATFORM, Databases

DELETE_RECORDS = text("""
    DELETE FROM log_record WHERE topic = :topic AND partition = :partition AND "offset" < :before
""")
FOR_EVER = -1
PATIENCE = 60.0
"""A group on Kafka may need seconds to gather; nothing here waits that long when all is well."""
BROKERS = (
    "memory",
    pytest.param("postgres", marks=pytest.mark.database),
    pytest.param("kafka", marks=pytest.mark.kafka),
)


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker under test; each call of `bus` is another process on it."""

    bus: Callable[..., Bus]
    purge: Callable[[Partition, int], Awaitable[None]]
    """Remove the records of the partition before the offset, as its retention does."""

    async def topic(self, *, partitions: int = 3) -> str:
        """A topic of its own for the test."""
        name = f"heed.test-{uuid4().hex}"
        await self.bus().apply_topics({name: TopicSettings(partitions, FOR_EVER)})
        return name


@pytest_asyncio.fixture(params=BROKERS)
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    if request.param == "memory":
        yield _memory()
    elif request.param == "kafka":
        yield kafka_broker(request.getfixturevalue("kafka"))
    else:
        async for broker in _postgres(request.getfixturevalue("databases")):
            yield broker


def _memory() -> Broker:
    bus = MemoryBus()

    def same(*, max_batch_bytes: int | None = None) -> Bus:
        bus.max_batch_bytes = max_batch_bytes or bus.max_batch_bytes
        return bus

    async def purge(partition: Partition, before: int) -> None:
        bus.purge({partition: before})

    return Broker(same, purge)


async def _postgres(databases: Databases) -> AsyncIterator[Broker]:
    name = await databases.clone(PLATFORM)
    opened: list[PostgresBus] = []

    def bus(**limits: int) -> Bus:
        opened.append(PostgresBus(Database(databases.url(name), pool_size=4), **limits))
        return opened[-1]

    async def purge(partition: Partition, before: int) -> None:
        topic, number = partition
        async with opened[0]._database.transaction() as session:
            values = {"topic": topic, "partition": number, "before": before}
            await session.execute(DELETE_RECORDS, values)

    yield Broker(bus, purge)
    for each in opened:
        await each.close()
    await databases.drop(name)


def kafka_broker(bootstrap: str) -> Broker:
    async def purge(partition: Partition, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(*partition): RecordsToDelete(before)})
        finally:
            await admin.close()

    return Broker(lambda **limits: KafkaBus(KafkaConnection(bootstrap), **limits), purge)


def message(topic: str, key: str, value: str, **headers: bytes) -> Message:
    return Message(topic, key.encode(), value.encode(), tuple(headers.items()))


async def publish(bus: Bus, messages: Sequence[Message]) -> None:
    """As the relay does it: what was not acknowledged is claimed again, from the lowest on."""
    publisher = bus.publisher()
    await publisher.start()
    try:
        while messages:
            receipt = await publisher.publish(messages)
            assert receipt.error is None, receipt.error
            messages = [item for place, item in enumerate(messages) if place not in receipt.acknowledged]
    finally:
        await publisher.stop()


@asynccontextmanager
async def reading(bus: Bus, *topics: str, group: str | None) -> AsyncIterator[Subscriber]:
    subscriber = bus.subscriber(group=group, topics=topics)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(subscriber.stop)
        await subscriber.start()
        yield subscriber


async def take(subscriber: Subscriber, count: int, *, max_records: int = 500) -> list[Record]:
    """Polls until so many records have come."""
    records: list[Record] = []
    while len(records) < count:
        polled = await subscriber.poll(max_records=max_records, wait=PATIENCE)
        assert polled, f"only {len(records)} of {count} records came"
        records += polled
    return records


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records]


def behind(records: Sequence[Record]) -> Mapping[Partition, int]:
    """The positions to commit after these records."""
    return {(record.topic, record.partition): record.offset + 1 for record in records}
