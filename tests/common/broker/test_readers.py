"""Readers without a group, tested against all three brokers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from heed_common.broker.protocols import Bus, Partition, Reader, Record
from tests.common.broker.brokers import PATIENCE, broker, message, publish, values

pytestmark = pytest.mark.asyncio
__all__ = ["broker"]


@asynccontextmanager
async def opened(bus: Bus, topic: str) -> AsyncIterator[Reader]:
    reader = bus.reader([topic])
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def read_all(reader: Reader, first: Mapping[Partition, int], count: int) -> list[Record]:
    """Read so many records, each partition from its offset on."""
    offsets, records = dict(first), []
    while len(records) < count:
        found: Sequence[Record] = await reader.read(offsets, max_records=10, wait=PATIENCE)
        assert found
        records += found
        offsets |= {(record.topic, record.partition): record.offset + 1 for record in found}
    return records


async def test_a_reader_reads_each_partition_from_the_offset_that_the_caller_names(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(10)])
    async with opened(bus, topic) as reader:
        assert values(await read_all(reader, {(topic, 0): 7}, 3)) == ["7", "8", "9"]
        assert values(await read_all(reader, {(topic, 0): 2}, 8))[:3] == ["2", "3", "4"]


async def test_partitions_that_are_not_named_are_not_read(broker):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [message(topic, f"{key}", f"{key}") for key in range(30)])
    async with opened(bus, topic) as reader:
        ends = await reader.end_offsets()
        assert set(ends) == {(topic, 0), (topic, 1), (topic, 2)}
        records = await read_all(reader, {(topic, 1): 0}, ends[topic, 1])
        assert {record.partition for record in records} == {1}
        assert len(await read_all(reader, dict.fromkeys(ends, 0), 30)) == 30


async def test_a_reader_wakes_up_for_new_records(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    async with opened(bus, topic) as reader:
        first = dict(await reader.end_offsets())
        assert await reader.read(first, max_records=10, wait=0) == []
        reading = asyncio.create_task(read_all(reader, first, 1))
        await publish(bus, [message(topic, "ann", "new")])
        assert values(await reading) == ["new"]


async def test_a_moment_names_the_first_record_that_was_appended_since(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(5)])
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(5, 8)])
    async with opened(bus, topic) as reader:
        assert await reader.offsets_at(moment) == {(topic, 0): 5}
        assert await reader.offsets_at(datetime(1970, 1, 1, tzinfo=UTC)) == {(topic, 0): 0}
        assert await reader.offsets_at(datetime.now(UTC) + timedelta(hours=1)) == {(topic, 0): 8}


async def test_a_reader_continues_with_the_oldest_record_after_a_purge(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(5)])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    async with opened(bus, topic) as reader:
        await broker.purge((topic, 0), 3)
        assert await reader.offsets_at(epoch) == {(topic, 0): 3}
        assert values(await read_all(reader, {(topic, 0): 1}, 2)) == ["3", "4"]
        await broker.purge((topic, 0), 5)
        assert await reader.offsets_at(epoch) == await reader.end_offsets() == {(topic, 0): 5}
        await publish(bus, [message(topic, "ann", "5")])
        assert values(await read_all(reader, {(topic, 0): 2}, 1)) == ["5"]
