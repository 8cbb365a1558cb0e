"""An event that cannot be taken in harms only itself; whoever waits for it is told at once."""

import asyncio
import os
import subprocess
import sys
import time
from uuid import uuid4

import pytest

from heed_common.broker import Message
from heed_common.broker_memory import MemoryPublisher
from heed_common.broker_postgres import PostgresBus
from heed_common.consumer import Consumer
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.topics import topic_settings
from heed_common.wakeup import Wakeup
from heed_scoring import handlers, service
from heed_scoring.errors import EventDeadLettered, ScoreNotCurrent
from heed_scoring.waiting import Waiters
from heed_scoring.worker import GROUP, TOPICS
from tests.common.brokers import publish
from tests.common.plumbing import Recording, as_message, bus
from tests.databases import PLATFORM
from tests.kafka_server import free_port
from tests.scoring.factories import NOON, make_purchase, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["bus"]

LONG = 60.0
POISON = "\x00"
"""A currency that any JSON may hold and no PostgreSQL text."""


def poisoned(customer_id, event_id):
    return as_message(make_purchase(customer_id, currency=POISON), event_id=event_id)


def broken(customer_id, event_id):
    message = as_message(make_purchase(customer_id), event_id=event_id)
    return Message(message.topic, message.key, message.value[:-30], message.headers)


def ill_fitting(customer_id, event_id):
    message = as_message(make_purchase(customer_id), event_id=event_id)
    return Message(message.topic, message.key, message.value.replace(b'"units":', b'"onions":'), message.headers)


def of_unknown_type(customer_id, event_id):
    message = as_message(make_purchase(customer_id), event_id=event_id)
    return Message(message.topic, message.key, message.value.replace(b"purchase.recorded", b"purchase.regretted"))


async def take_all_in(database, bus, clock, *messages):
    async def intake(session, batch, now):
        return await handlers.take_in(session, batch, clock=clock)

    await MemoryPublisher(bus).publish(messages)
    subscriber = bus.subscriber(group=GROUP, topics=TOPICS)
    consumer = Consumer(
        database, subscriber, Recording(), intake=intake, group=GROUP, clock=clock, metrics=Metrics("scoring")
    )
    await consumer.take_in(await subscriber.poll(max_records=500, wait=0))


@pytest.mark.parametrize("make", [poisoned, broken, ill_fitting, of_unknown_type])
async def test_whoever_waits_for_it_hears_at_once_that_it_is_dead(scoring_database, bus, clock, make):
    customer_id, event_id, good_id = uuid4(), uuid4(), uuid4()
    waiters = Waiters(scoring_database, Wakeup(scoring_database, "heed_scored"))
    waiting = asyncio.create_task(waiters.wait_for(event_id, seconds=LONG))
    await asyncio.sleep(0)
    good = as_message(make_registration(customer_id), event_id=good_id)
    await take_all_in(scoring_database, bus, clock, good, make(customer_id, event_id))
    begun = time.monotonic()
    with pytest.raises(EventDeadLettered) as dead:
        await waiting
    assert (dead.value.status, dead.value.code) == (409, "event_dead_lettered")
    await waiters.wait_for(good_id, seconds=LONG)
    assert time.monotonic() - begun < LONG / 2
    async with scoring_database.transaction() as session:
        assert (await service.said(session, customer_id=customer_id, at=None, now=NOON))["customer_id"]


async def test_an_event_that_nobody_has_heard_of_is_waited_for_and_then_not_current(scoring_database):
    waiters = Waiters(scoring_database, Wakeup(scoring_database, "heed_scored"))
    with pytest.raises(ScoreNotCurrent) as late:
        await waiters.wait_for(uuid4(), seconds=0.1)
    assert late.value.status == 503


@pytest.mark.slow
@pytest.mark.alone
async def test_a_worker_that_meets_too_many_dead_letters_ends_with_status_three(databases):
    """A process as an operator starts it."""
    names = [await databases.clone("heed_scoring"), await databases.clone(PLATFORM)]
    scoring_url, log_url = map(databases.url, names)
    log = PostgresBus(Database(log_url))
    await log.apply_topics(topic_settings(12))
    await publish(log, [Message("heed.customer", b"one key", b"rubbish")] * 25)
    environment = {
        "HEED_SCORING_DATABASE_URL": scoring_url,
        "HEED_LOG_DATABASE_URL": log_url,
        "HEED_HEALTH_PORT": str(free_port()),
    }
    worker = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "heed_scoring", "worker"],
        env=os.environ | environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert worker.returncode == 3, worker.stderr
    assert b"TooManyDeadLetters" in worker.stderr + worker.stdout
    await log.close()
    for name in names:
        await databases.drop(name)
