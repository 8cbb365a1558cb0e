"""A consumer that stops and is resumed, on each of the three brokers: nothing that it had polled ahead is lost."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import breaker, inbox
from heed_common.broker.protocols import Message
from heed_common.clock import SystemClock
from heed_common.consumer import Consumer
from heed_common.metrics import Metrics
from tests.common.broker.brokers import PATIENCE, broker, publish
from tests.common.broker_fixtures import Recording, running
from tests.common.consumer_fixtures import GROUP

pytestmark = pytest.mark.asyncio
__all__ = ["broker"]

DEAD = text("SELECT count(*) FROM dead_letter")


async def test_a_stopped_member_stays_and_reads_again_what_it_had_polled_ahead(broker, platform_database):
    bus, topic, group = broker.bus(), await broker.topic(partitions=1), f"{GROUP}-{uuid4().hex}"
    await publish(bus, [Message(topic, b"key", b"rubbish")] * 25)
    consumer = Consumer(
        platform_database,
        bus.subscriber(group=group, topics=[topic]),
        Recording(),
        batch_handler=inbox.build_batch_handler({}),
        group=group,
        clock=SystemClock(),
        metrics=Metrics("words"),
    )

    async def dead():
        async with platform_database.transaction() as session:
            return await session.scalar(DEAD)

    async with running(consumer):
        async with asyncio.timeout(PATIENCE):
            while not consumer._state.stopped:
                await asyncio.sleep(0.05)
        assert await dead() == 20
        assert (await consumer._subscriber.position()).offsets
        async with platform_database.transaction() as session:
            assert await breaker.resume(session, group=group)
        async with asyncio.timeout(PATIENCE):
            while await dead() < 25:
                await asyncio.sleep(0.05)
    assert await bus.committed_offsets(group, [topic]) == {(topic, 0): 25}
