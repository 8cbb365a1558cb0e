"""What goes wrong with a real Kafka, and what comes of it: each test fails with a naive client."""

import asyncio
import time
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import TopicSettings
from tests.common.broker.brokers import (
    FOR_EVER,
    PATIENCE,
    behind,
    kafka_broker,
    message,
    publish,
    reading,
    take,
    values,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.kafka]

HERE = next(key for key in map(str, range(100)) if partition_of(key.encode(), 2) == 0)
THERE = next(key for key in map(str, range(100)) if partition_of(key.encode(), 2) == 1)


async def limit(bootstrap, topic, most):
    """Changes the largest batch that the topic takes, while it runs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    configs = {"max.message.bytes": str(most)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)])
    await admin.close()
    await asyncio.sleep(0.2)


async def read_all(bootstrap, topic, count):
    async with reading(KafkaBus(KafkaConnection(bootstrap)), topic, group=None) as reader:
        return await take(reader, count)


async def until_it_holds(subscriber, partition):
    async with asyncio.timeout(PATIENCE):
        held = {}
        while partition not in held:
            held = (await subscriber.position()).offsets
            await asyncio.sleep(0.1 if partition not in held else 0)


async def relay(publisher, messages):
    """As the relay does: what is not acknowledged is claimed again, in order. Answers the first error."""
    receipt = await publisher.publish(messages)
    return [each for place, each in enumerate(messages) if place not in receipt.acknowledged], receipt.error


@pytest.mark.parametrize("max_batch_bytes", [1_000_000, 2_000], ids=["one batch", "a batch each"])
async def test_when_the_broker_refuses_one_batch_nothing_of_its_partition_overtakes(kafka, max_batch_bytes):
    bus = KafkaBus(KafkaConnection(kafka), max_batch_bytes=max_batch_bytes)
    topic = await kafka_broker(kafka).topic(partitions=2)
    big, small = message(topic, HERE, "1" + "x" * 5_000), message(topic, HERE, "2")
    publisher = bus.publisher()
    await publisher.start()
    await publish(bus, [message(topic, HERE, "0")])
    await limit(kafka, topic, 3_000)

    left, error = await relay(publisher, [big, small, message(topic, THERE, "elsewhere")])
    assert isinstance(error, MessageSizeTooLargeError)
    assert left == [big, small]
    left, error = await relay(publisher, left)
    assert left == [big, small]

    await limit(kafka, topic, 1_000_000)
    while left:
        left, error = await relay(publisher, left)
        assert error is None
    await publisher.stop()
    records = await read_all(kafka, topic, 4)
    assert [value[0] for value in values(records) if value != "elsewhere"] == ["0", "1", "2"]


async def test_the_naive_way_inverts_when_the_broker_refuses_one_batch(kafka):
    topic = await kafka_broker(kafka).topic(partitions=2)
    await limit(kafka, topic, 3_000)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_batch_size=2_000)
    await producer.start()
    queue = [b"1" + b"x" * 5_000, b"2"]
    sent = [await producer.send(topic, value, key=HERE.encode()) for value in queue]
    results = await asyncio.gather(*sent, return_exceptions=True)
    queue = [value for value, result in zip(queue, results, strict=True) if isinstance(result, Exception)]
    await limit(kafka, topic, 1_000_000)
    for value in queue:
        await producer.send_and_wait(topic, value, key=HERE.encode())
    await producer.stop()
    assert [value[0] for value in values(await read_all(kafka, topic, 2))] == ["2", "1"]


@pytest.mark.parametrize("heartbeats", [True, False], ids=["heartbeats", "no heartbeats"])
async def test_a_member_that_retries_a_batch_for_long_loses_its_partitions_without_heartbeats(kafka, heartbeats):
    topic = await kafka_broker(kafka).topic(partitions=2)
    bus = KafkaBus(KafkaConnection(kafka), max_poll_interval_ms=1_500)
    async with reading(bus, topic, group="scoring") as busy, reading(bus, topic, group="scoring") as other:
        await asyncio.gather(busy.poll(max_records=1, wait=0.1), other.poll(max_records=1, wait=0.1))
        ((mine, _),) = (await busy.position()).offsets.items()
        await publish(bus, [message(topic, HERE if mine[1] == 0 else THERE, "slow")])
        slow = await take(busy, 1)
        seen_by_other = []
        until = time.monotonic() + 4
        while time.monotonic() < until:
            seen_by_other += await other.poll(max_records=1, wait=0.3)
            if heartbeats:
                await busy.heartbeat()
        await busy.commit(behind(slow))
        assert values(seen_by_other) == ([] if heartbeats else ["slow"])
        if heartbeats:
            assert await busy.poll(max_records=1, wait=0.5) == []
            await publish(bus, [message(topic, HERE if mine[1] == 0 else THERE, "next")])
            assert values(await take(busy, 1)) == ["next"]


async def test_who_was_given_a_partition_back_does_not_undo_what_was_committed_meanwhile(kafka):
    bus, topic = KafkaBus(KafkaConnection(kafka)), await kafka_broker(kafka).topic(partitions=2)
    await publish(bus, [message(topic, key, str(number)) for number in range(3) for key in (HERE, THERE)])
    async with reading(bus, topic, group="scoring") as first:
        in_hand = await take(first, 6)
        async with reading(bus, topic, group="scoring") as second:
            done = await take(second, 3)
            await second.commit(behind(done))
        ((away, _),) = behind(done).items()
        await until_it_holds(first, away)
        await first.commit(dict.fromkeys(behind(in_hand), 1))
    async with reading(bus, topic, group="scoring") as third:
        again = await take(third, 3)
    assert {record.partition for record in again} == {1 - away[1]}


async def test_members_of_a_group_never_hold_one_partition_at_once(kafka):
    bus, topic = KafkaBus(KafkaConnection(kafka)), await kafka_broker(kafka).topic(partitions=12)
    held, taken = {}, []

    async def member(name, seconds):
        async with reading(bus, topic, group="scoring") as subscriber:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                records = await subscriber.poll(max_records=50, wait=0.05)
                for at in behind(records):
                    assert held.setdefault(at, name) == name, "two members hold one partition"
                await asyncio.sleep(0.02)
                taken.extend(records)
                for at in behind(records):
                    held.pop(at, None)
                await subscriber.commit(behind(records))

    async with asyncio.TaskGroup() as group:
        group.create_task(member("stays", 5))
        group.create_task(member("leaves", 2.5))
        for number in range(40):
            await publish(bus, [message(topic, f"{key}", f"{number} {key}") for key in range(25)])
    assert set(values(taken)) == {f"{number} {key}" for number in range(40) for key in range(25)}


async def test_a_missing_topic_is_an_error_and_not_a_wait_without_end(kafka):
    publisher = KafkaBus(KafkaConnection(kafka, request_timeout_ms=1_000)).publisher()
    await publisher.start()
    receipt = await publisher.publish([message("heed.never-made", "ann", "1")])
    await publisher.stop()
    assert receipt.acknowledged == frozenset()
    assert receipt.error is not None


async def test_a_joining_member_waits_until_the_batch_in_hand_is_committed(kafka):
    bus, topic = KafkaBus(KafkaConnection(kafka)), await kafka_broker(kafka).topic(partitions=2)
    await publish(bus, [message(topic, key, str(number)) for number in range(3) for key in (HERE, THERE)])
    async with reading(bus, topic, group="scoring") as first:
        in_hand = await take(first, 6)
        second = bus.subscriber(group="scoring", topics=[topic])
        joining = asyncio.create_task(second.start())
        await asyncio.sleep(1.5)
        assert not joining.done()
        await first.commit(behind(in_hand))
        await joining
        repeated = [*await first.poll(max_records=10, wait=1), *await second.poll(max_records=10, wait=1)]
        await second.stop()
    assert repeated == []


async def test_a_retention_too_short_for_a_rebuild_is_logged(kafka, caplog):
    bus, topic = KafkaBus(KafkaConnection(kafka)), f"heed.test-{uuid4().hex}"
    await bus.apply_topics({topic: TopicSettings(1, 1_000)})
    await bus.apply_topics({topic: TopicSettings(1, 1_000)})
    assert topic not in caplog.text
    await bus.apply_topics({topic: TopicSettings(1, FOR_EVER)})
    assert f"{topic}: retention is 1000 ms, Heed needs -1 ms" in caplog.text


async def test_the_client_takes_an_encrypted_connection_with_an_account(kafka):
    secret = uuid4().hex
    access = KafkaConnection(kafka, tls=True, username="heed", password=secret)
    assert secret not in repr(access)
    producer = AIOKafkaProducer(**access.options())
    with pytest.raises(KafkaConnectionError):
        await producer.start()
    await producer.stop()


@pytest.mark.slow
async def test_a_publisher_waits_while_the_broker_is_unavailable_and_loses_nothing(kafka_server):
    bus, topic = KafkaBus(KafkaConnection(kafka_server.bootstrap)), await kafka_broker(kafka_server.bootstrap).topic()
    publisher = bus.publisher()
    await publisher.start()
    claims = [[message(topic, f"{key}", f"{claim} {key}") for key in range(10)] for claim in range(3)]
    assert not (await publisher.publish(claims[0])).error
    async with reading(bus, topic, group="scoring") as subscriber:
        await subscriber.commit(behind(await take(subscriber, 10)))
        await asyncio.to_thread(kafka_server.kill)
        publishing = asyncio.create_task(publisher.publish(claims[1]))
        assert await subscriber.poll(max_records=10, wait=1.5) == []
        assert not publishing.done()
        await asyncio.to_thread(kafka_server.start)
        receipts = [await publishing]
        with kafka_server.frozen():
            publishing = asyncio.create_task(publisher.publish(claims[2]))
            await asyncio.sleep(1)
            assert not publishing.done()
        receipts.append(await publishing)
        records = await take(subscriber, 20)
    await publisher.stop()
    assert [len(receipt.acknowledged) for receipt in receipts] == [10, 10]
    assert sorted(values(records)) == sorted(f"{claim} {key}" for claim in (1, 2) for key in range(10))


@pytest.mark.slow
async def test_draining_does_not_wait_for_an_unavailable_broker(kafka_server):
    bus, topic = KafkaBus(KafkaConnection(kafka_server.bootstrap)), await kafka_broker(kafka_server.bootstrap).topic()
    publisher = bus.publisher()
    subscriber = bus.subscriber(group="scoring", topics=[topic])
    await asyncio.gather(publisher.start(), subscriber.start())
    await publisher.publish([message(topic, "ann", "1")])
    await asyncio.to_thread(kafka_server.kill)
    publishing = asyncio.create_task(publisher.publish([message(topic, "ann", "2")]))
    await asyncio.sleep(0.5)
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)
    started = time.monotonic()
    await asyncio.gather(publisher.stop(), subscriber.stop())
    assert time.monotonic() - started < 12


async def test_a_client_whose_own_task_ends_cancelled_is_replaced_and_we_are_not(kafka):
    bus, topic = KafkaBus(KafkaConnection(kafka)), await kafka_broker(kafka).topic()
    async with reading(bus, topic, group="scoring") as reader:
        await publish(bus, [message(topic, "ann", "1")])
        await reader.commit(behind(await take(reader, 1)))
        # Seen when a connection was lost while the group was rebalancing.
        reader._consumer._coordinator._coordination_task.cancel()
        await asyncio.sleep(0)
        await publish(bus, [message(topic, "ann", "2")])
        assert await reader.poll(max_records=1, wait=1) == []
        assert values(await take(reader, 1)) == ["2"]


async def test_a_cancelled_reader_ends(kafka):
    bus, topic = KafkaBus(KafkaConnection(kafka)), await kafka_broker(kafka).topic()
    async with reading(bus, topic, group="scoring") as reader:
        polling = asyncio.create_task(reader.poll(max_records=1, wait=30))
        await asyncio.sleep(0.2)
        polling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await polling


@pytest.mark.slow
async def test_a_start_waits_for_a_broker_that_is_not_there_yet(kafka_server):
    kafka_server.kill()
    publisher = KafkaBus(KafkaConnection(kafka_server.bootstrap)).publisher()
    starting = asyncio.create_task(publisher.start())
    await asyncio.sleep(1.5)
    assert not starting.done()
    await asyncio.to_thread(kafka_server.start)
    await asyncio.wait_for(starting, PATIENCE)
    await publisher.stop()
