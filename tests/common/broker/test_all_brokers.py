"""Guarantees that Heed relies on, tested against all three brokers."""

import asyncio
import time
from collections import defaultdict
from uuid import uuid4

import pytest

from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import GroupInUse, Message, MissingTopic, TopicSettings, WrongPartitions
from tests.common.broker.brokers import FOR_EVER, PATIENCE, behind, broker, message, publish, reading, take, values

pytestmark = pytest.mark.asyncio
__all__ = ["broker"]


async def test_messages_of_one_key_arrive_in_the_order_in_which_they_were_published(broker):
    bus, topic = broker.bus(), await broker.topic()
    keys = ["ann", "bob", "cat", "dan", "eve"]
    await publish(bus, [message(topic, key, f"{key} {number}") for number in range(40) for key in keys])
    async with reading(bus, topic, group="scoring") as subscriber:
        records = await take(subscriber, 200, max_records=7)
    for key in keys:
        of_key = [record for record in records if record.key == key.encode()]
        assert values(of_key) == [f"{key} {number}" for number in range(40)]


async def test_offsets_of_a_partition_follow_each_other_without_gaps(broker):
    bus, topic = broker.bus(), await broker.topic()
    for number in range(3):
        await publish(bus, [message(topic, f"{key}", f"{number}") for key in range(20)])
    async with reading(bus, topic, group="scoring") as subscriber:
        offsets = defaultdict(list)
        for record in await take(subscriber, 60):
            offsets[record.partition].append(record.offset)
    assert all(found == list(range(len(found))) for found in offsets.values())


async def test_two_publishers_at_once_leave_no_gap_and_lose_nothing(broker):
    bus, topic = broker.bus(), await broker.topic()
    claims = [[message(topic, f"{key}", f"{claim} {key}") for key in range(30)] for claim in range(6)]
    await asyncio.gather(*(publish(bus, claim) for claim in claims))
    async with reading(bus, topic, group="scoring") as subscriber:
        records = await take(subscriber, 180)
    assert sorted(values(records)) == sorted(item.value.decode() for claim in claims for item in claim)
    assert {(record.partition, record.offset) for record in records} == {
        (partition, offset)
        for partition in range(3)
        for offset in range(sum(record.partition == partition for record in records))
    }


async def test_keys_lie_in_the_partition_that_every_kafka_client_computes(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=12)
    keys = [str(uuid4()) for _ in range(100)]
    await publish(bus, [message(topic, key, "x") for key in keys])
    async with reading(bus, topic, group="scoring") as subscriber:
        records = await take(subscriber, 100)
    assert {record.key.decode(): record.partition for record in records} == {
        key: partition_of(key.encode(), 12) for key in keys
    }
    assert len({record.partition for record in records}) > 6


async def test_a_new_group_reads_from_the_beginning(broker):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [message(topic, "ann", "before")])
    async with reading(bus, topic, group="latecomer") as subscriber:
        assert values(await take(subscriber, 1)) == ["before"]


async def test_a_group_goes_on_behind_what_it_has_committed(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(10)])
    async with reading(bus, topic, group="scoring") as subscriber:
        first = await take(subscriber, 4, max_records=4)
        await subscriber.commit(behind(first))
    async with reading(bus, topic, group="scoring") as subscriber:
        assert values(await take(subscriber, 6)) == ["4", "5", "6", "7", "8", "9"]


async def test_committed_offsets_of_a_group_can_be_read_without_joining_it(broker):
    bus, topic, other = broker.bus(), await broker.topic(partitions=1), await broker.topic(partitions=1)
    group = uuid4().hex
    assert await bus.committed_offsets(group, [topic, other]) == {}
    await publish(bus, [message(name, "ann", str(number)) for name in (topic, other) for number in range(5)])
    async with reading(bus, topic, other, group=group) as subscriber:
        records = [record for record in await take(subscriber, 10) if record.offset < 3]
        await subscriber.commit(behind(records))
        assert await bus.committed_offsets(group, [topic]) == {(topic, 0): 3}
        assert await bus.committed_offsets(group, [topic, other]) == {(topic, 0): 3, (other, 0): 3}


async def test_offsets_of_a_group_without_members_can_be_set(broker):
    bus, topic, group = broker.bus(), await broker.topic(partitions=1), uuid4().hex
    await publish(bus, [message(topic, "ann", str(number)) for number in range(5)])
    async with reading(bus, topic, group=group) as subscriber:
        await subscriber.commit(behind(await take(subscriber, 5)))
        with pytest.raises(GroupInUse):
            await bus.set_committed_offsets(group, {(topic, 0): 2})
        assert await bus.committed_offsets(group, [topic]) == {(topic, 0): 5}
    await bus.set_committed_offsets(group, {(topic, 0): 2})
    assert await bus.committed_offsets(group, [topic]) == {(topic, 0): 2}
    async with reading(bus, topic, group=group) as subscriber:
        assert values(await take(subscriber, 3)) == ["2", "3", "4"]


async def test_what_was_not_committed_comes_again(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(5)])
    async with reading(bus, topic, group="scoring") as subscriber:
        first = await take(subscriber, 2, max_records=2)
        await subscriber.commit(behind(first))
        await take(subscriber, 3)
    async with reading(bus, topic, group="scoring") as subscriber:
        assert values(await take(subscriber, 3)) == ["2", "3", "4"]


async def test_two_groups_do_not_disturb_each_other(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", "one"), message(topic, "ann", "two")])
    async with reading(bus, topic, group="scoring") as scoring, reading(bus, topic, group="survey") as survey:
        await scoring.commit(behind(await take(scoring, 2)))
        assert values(await take(survey, 2)) == ["one", "two"]


async def test_members_of_a_group_read_nothing_twice_and_take_over_from_those_that_leave(broker):
    topic = await broker.topic(partitions=4)
    leaves = broker.bus().subscriber(group="scoring", topics=[topic])
    await leaves.start()
    async with reading(broker.bus(), topic, group="scoring") as stays:
        await publish(broker.bus(), [message(topic, f"{key}", f"{key}") for key in range(50)])
        records = await _read_together(50, leaves, stays)
        assert sorted(values(records), key=int) == [str(key) for key in range(50)]
        await leaves.stop()
        await publish(broker.bus(), [message(topic, f"{key}", f"{key}") for key in range(50, 60)])
        async with asyncio.timeout(PATIENCE):
            while not {str(key) for key in range(60)} <= set(values(records)):
                records += await stays.poll(max_records=10, wait=0.2)


async def _read_together(count, *members):
    """Every member polls and commits until so many records have come in all."""
    records = []

    async def read(member):
        while len(records) < count:
            polled = await member.poll(max_records=5, wait=0.2)
            records.extend(polled)
            await member.commit(behind(polled))

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(read(member) for member in members))
    return records


async def test_headers_and_bytes_arrive_as_they_were_sent(broker):
    bus, topic = broker.bus(), await broker.topic()
    odd = bytes(range(256))
    headers = (("ce_type", b"heed.complaint.opened.v1"), ("twice", b""), ("twice", odd))
    await publish(bus, [Message(topic, b"\x00\xff", odd, headers), Message(topic, b"", b"")])
    async with reading(bus, topic, group="scoring") as subscriber:
        records = {record.key: record for record in await take(subscriber, 2)}
    assert records[b"\x00\xff"].value == odd
    assert records[b"\x00\xff"].headers == headers
    assert records[b""].value == b""
    assert records[b""].headers == ()


async def test_what_does_not_fit_waits_for_the_next_call_and_everything_behind_it_too(broker):
    bus, topic = broker.bus(max_batch_bytes=10_000), await broker.topic(partitions=2)
    small, big = "s" * 100, "b" * 9_950
    here = next(key for key in map(str, range(100)) if partition_of(key.encode(), 2) == 0)
    there = next(key for key in map(str, range(100)) if partition_of(key.encode(), 2) == 1)
    messages = [
        message(topic, here, "1" + small),
        message(topic, here, "2" + big),
        message(topic, here, "3" + small),
        message(topic, there, "4" + small),
    ]
    publisher = bus.publisher()
    await publisher.start()
    first = await publisher.publish(messages)
    second = await publisher.publish([messages[1], messages[2]])
    third = await publisher.publish([messages[2]])
    await publisher.stop()
    assert [receipt.acknowledged for receipt in (first, second, third)] == [{0, 3}, {0}, {0}]
    assert not any(receipt.error for receipt in (first, second, third))
    async with reading(bus, topic, group="scoring") as subscriber:
        records = await take(subscriber, 4)
    assert [value[0] for value in values(records) if value[0] != "4"] == ["1", "2", "3"]


async def test_publishing_nothing_is_nothing(broker):
    publisher = broker.bus().publisher()
    await publisher.start()
    assert (await publisher.publish([])).acknowledged == frozenset()
    await publisher.stop()


async def test_a_poll_that_finds_nothing_ends_after_its_time(broker):
    bus, topic = broker.bus(), await broker.topic()
    async with reading(bus, topic, group="scoring") as subscriber:
        await subscriber.poll(max_records=10, wait=0.1)
        started = time.monotonic()
        assert not await subscriber.poll(max_records=10, wait=0.4)
    assert 0.35 <= time.monotonic() - started < PATIENCE


async def test_a_poll_is_woken_by_what_is_published_meanwhile(broker):
    bus, topic = broker.bus(), await broker.topic()
    async with reading(bus, topic, group="scoring") as subscriber:
        await subscriber.poll(max_records=10, wait=1.0)
        polled = asyncio.create_task(subscriber.poll(max_records=10, wait=PATIENCE))
        await asyncio.sleep(0.1)
        await publish(bus, [message(topic, "ann", "now")])
        assert values(await polled) == ["now"]


async def test_what_another_process_publishes_is_seen_too(broker):
    topic = await broker.topic()
    async with reading(broker.bus(), topic, group="scoring") as subscriber:
        await publish(broker.bus(), [message(topic, "ann", "from there")])
        assert values(await take(subscriber, 1)) == ["from there"]


async def test_the_lag_is_the_number_of_unread_records(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=1)
    await publish(bus, [message(topic, "ann", str(number)) for number in range(10)])
    async with reading(bus, topic, group="scoring") as subscriber:
        await subscriber.commit(behind(await take(subscriber, 4, max_records=4)))
        position = await subscriber.position()
    assert (position.offsets, position.lag) == ({(topic, 0): 4}, {(topic, 0): 6})


async def test_no_partition_starves_behind_a_busy_one(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=2)
    keys = {partition_of(str(number).encode(), 2): str(number) for number in range(100)}
    busy = "b" * 20_000  # Kafka's client first empties what it has fetched of a partition, 1 MiB
    await publish(bus, [*(message(topic, keys[0], busy) for _ in range(150)), message(topic, keys[1], "quiet")])
    async with reading(bus, topic, group="scoring") as subscriber:
        records = await take(subscriber, 100, max_records=10)
    assert "quiet" in values(records)


async def test_a_reader_without_a_group_sees_everything_and_leaves_no_trace(broker):
    bus, topic = broker.bus(), await broker.topic()
    await publish(bus, [message(topic, f"{key}", f"{key}") for key in range(10)])
    for _ in range(2):
        async with reading(bus, topic, group=None) as reader:
            records = await take(reader, 10)
            await reader.commit(behind(records))
    assert len(records) == 10


async def test_the_number_of_partitions_of_a_topic_never_changes(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=3)
    with pytest.raises(WrongPartitions):
        await bus.apply_topics({topic: TopicSettings(4, FOR_EVER)})
    with pytest.raises(WrongPartitions):
        await bus.check_topics([topic], partitions=4)
    await bus.check_topics([topic], partitions=3)


async def test_topics_that_are_there_stay_as_they_are_when_applied_again(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=3)
    await publish(bus, [message(topic, "ann", "kept")])
    await bus.apply_topics({topic: TopicSettings(3, FOR_EVER), f"{topic}.dlq": TopicSettings(3, 1000)})
    await bus.check_topics([topic, f"{topic}.dlq"], partitions=3)
    async with reading(bus, topic, group="scoring") as subscriber:
        assert values(await take(subscriber, 1)) == ["kept"]


async def test_the_ends_of_a_topic_are_where_its_next_records_will_be(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=3)
    assert await bus.end_offsets([topic]) == {(topic, partition): 0 for partition in range(3)}
    await publish(bus, [message(topic, f"{key}", f"{key}") for key in range(10)])
    ends = await bus.end_offsets([topic])
    assert sum(ends.values()) == 10
    async with reading(bus, topic, group="scoring") as subscriber:
        await subscriber.commit(behind(await take(subscriber, 10)))
    assert {at: end for at, end in ends.items() if end} == await bus.committed_offsets("scoring", [topic])


async def test_the_retention_of_a_topic_can_be_read(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=3)
    await bus.apply_topics({f"{topic}.dlq": TopicSettings(3, 1000)})
    await bus.apply_topics({f"{topic}.dlq": TopicSettings(3, 2000)})
    assert await bus.retentions([topic, f"{topic}.dlq"]) == {topic: FOR_EVER, f"{topic}.dlq": 1000}


async def test_a_missing_topic_is_refused_at_start(broker):
    bus, topic = broker.bus(), await broker.topic(partitions=3)
    with pytest.raises(MissingTopic):
        await bus.check_topics([topic, f"{topic}.other"], partitions=3)
