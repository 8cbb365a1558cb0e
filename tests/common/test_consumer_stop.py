"""A consumer that stops and is resumed, on each of the three brokers: nothing that it had polled ahead is lost."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import breaker
from heed_common.broker import Message
from heed_common.clock import SystemClock
from heed_common.consumer import Consumer
from heed_common.metrics import Metrics
from heed_common.topics import topic_settings
from tests.common.brokers import PATIENCE, broker, publish
from tests.common.plumbing import TOPIC, Recording, running, saying, until
from tests.common.words import GROUP, SAID, WORDS, Words

pytestmark = pytest.mark.asyncio
__all__ = ["broker"]


async def test_a_stopped_member_stays_and_reads_again_what_it_had_not_taken_in(broker, platform_database):
    bus, group = broker.bus(), f"{GROUP}-{uuid4().hex}"
    if TOPIC not in getattr(bus, "partitions", {}):
        await bus.apply_topics(topic_settings(12))
    async with platform_database.transaction() as session:
        await session.execute(WORDS)
    said = uuid4().hex
    await publish(bus, [Message(TOPIC, b"key", f"rubbish {said}".encode())] * 25 + saying(said))
    words = Words(platform_database, bus)
    consumer = Consumer(
        platform_database,
        bus.subscriber(group=group, topics=[TOPIC]),
        Recording(),
        intake=words.intake,
        group=group,
        clock=SystemClock(),
        metrics=Metrics("words"),
    )

    async def count(query):
        async with platform_database.transaction() as session:
            return len((await session.execute(query)).all())

    async with running(consumer):
        await until(lambda: consumer._state.stopped)
        assert await count(text("SELECT 1 FROM dead_letter")) == 20
        assert (await consumer._subscriber.assignment()).position
        async with platform_database.transaction() as session:
            assert await breaker.resume(session, group=group)
        async with asyncio.timeout(PATIENCE):
            while await count(SAID) < 1:
                await asyncio.sleep(0.05)
    assert await count(text("SELECT 1 FROM dead_letter")) == 25
