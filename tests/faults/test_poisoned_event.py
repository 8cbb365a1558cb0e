"""An event that cannot be processed harms only itself; a caller who waits for it learns of it at once."""

import asyncio
import os
import signal
import time
from contextlib import contextmanager, suppress
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import dead_letter_operations as operations
from heed_common.broker.memory import MemoryPublisher
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Message
from heed_common.broker.topics import topic_settings
from heed_common.consumer import Consumer
from heed_common.database import Database
from heed_common.dead_letter_operations import Filter
from heed_common.metrics import Metrics
from heed_common.retries import retry_next
from heed_common.signals import Signal
from heed_scoring import handlers
from heed_scoring.scores import service
from heed_scoring.scores.errors import EventDeadLettered, ScoreNotCurrent
from heed_scoring.scores.read_your_writes import EventWaiters
from heed_scoring.worker import GROUP, TOPICS, batch_handler
from tests.common.broker.brokers import publish
from tests.common.broker_fixtures import Recording, as_message, bus
from tests.databases import PLATFORM
from tests.forks import Fork, run_forked
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
        return await handlers.process_batch(session, batch, clock=clock)

    await MemoryPublisher(bus).publish(messages)
    subscriber = bus.subscriber(group=GROUP, topics=TOPICS)
    consumer = Consumer(
        database, subscriber, Recording(), batch_handler=intake, group=GROUP, clock=clock, metrics=Metrics("scoring")
    )
    await consumer.process_batch(await subscriber.poll(max_records=500, wait=0))


@pytest.mark.parametrize("make", [poisoned, broken, ill_fitting, of_unknown_type])
async def test_a_caller_who_waits_for_it_learns_at_once_that_it_is_dead(scoring_database, bus, clock, make):
    customer_id, event_id, good_id = uuid4(), uuid4(), uuid4()
    waiters = EventWaiters(scoring_database, Signal("heed_scored"))
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
        assert (await service.score_at(session, customer_id=customer_id, at=None, now=NOON))["customer_id"]


async def test_an_unknown_event_is_waited_for_and_then_not_current(scoring_database):
    waiters = EventWaiters(scoring_database, Signal("heed_scored"))
    with pytest.raises(ScoreNotCurrent) as late:
        await waiters.wait_for(uuid4(), seconds=0.1)
    assert late.value.status == 503


@pytest.mark.parametrize("make", [poisoned, of_unknown_type])
async def test_after_a_retry_that_succeeds_no_caller_learns_that_it_was_dead(scoring_database, bus, clock, make):
    customer_id, event_id = uuid4(), uuid4()
    waiters = EventWaiters(scoring_database, Signal("heed_scored"))
    await take_all_in(scoring_database, bus, clock, make(customer_id, event_id))
    with pytest.raises(EventDeadLettered):
        await waiters.wait_for(event_id, seconds=LONG)
    async with scoring_database.transaction() as session:  # As if a newer version could read it.
        good = as_message(make_purchase(customer_id), event_id=event_id)
        await session.execute(text("UPDATE dead_letter SET value = :value"), {"value": good.value})
        assert await operations.request_retry(session, filter_=Filter(), now=NOON) == 1
    assert await retry_next(
        scoring_database, batch_handler(clock), group=GROUP, clock=clock, metrics=Metrics("scoring")
    )
    await waiters.wait_for(event_id, seconds=LONG)
    async with scoring_database.transaction() as session:
        assert (await service.score_at(session, customer_id=customer_id, at=None, now=NOON))["customer_id"]
        assert await operations.list_dead_letters(session, filter_=Filter(), limit=1) == []


async def test_who_waits_for_an_event_that_was_given_up_hears_it_at_once(scoring_database, bus, clock):
    event_id = uuid4()
    await take_all_in(scoring_database, bus, clock, poisoned(uuid4(), event_id))
    async with scoring_database.transaction() as session:
        assert await operations.drop(session, filter_=Filter(), now=NOON) == 1
    with pytest.raises(EventDeadLettered):
        await EventWaiters(scoring_database, Signal("heed_scored")).wait_for(event_id, seconds=LONG)


@pytest_asyncio.fixture
async def production(databases):
    """Scoring's database, a log with its topics, and the environment of a worker on both."""
    names = [await databases.clone("heed_scoring"), await databases.clone(PLATFORM)]
    scoring_url, log_url = map(databases.url, names)
    log, scoring = PostgresBus(Database(log_url)), Database(scoring_url)
    await log.apply_topics(topic_settings(12))
    environment = os.environ | {
        "HEED_SCORING_DATABASE_URL": scoring_url,
        "HEED_LOG_DATABASE_URL": log_url,
        "HEED_HEALTH_PORT": str(free_port()),
        "HEED_DRAIN_SECONDS": "0",
    }
    yield log, scoring, environment
    await log.close()
    await scoring.close()
    for name in names:
        await databases.drop(name)


@contextmanager
def worker_of(environment, output):
    process = Fork("heed_scoring", "worker", environment=environment, out=output, err=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def checks_of(process, environment, *, of_consumer):
    """Return the worker's probe as soon as it reports that of its consumer."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{environment['HEED_HEALTH_PORT']}") as client:
        for _ in range(600):
            assert process.poll() is None
            with suppress(httpx.TransportError):
                answer = await client.get("/readyz")
                if answer.status_code == 200 and answer.json()["checks"]["consumer"].startswith(of_consumer):
                    return answer.json()
            await asyncio.sleep(0.1)
    raise AssertionError("it never report so")


@pytest.mark.slow
@pytest.mark.alone
async def test_a_worker_that_meets_too_many_dead_letters_stays_up_and_stays_stopped_after_restarts(
    production, tmp_path
):
    """A process as an operator or a supervisor starts it, three times, and the command that lets it go on."""
    log, scoring, environment = production
    await publish(log, [Message("heed.customer", b"one key", b"rubbish")] * 70)

    async def dead():
        async with scoring.transaction() as session:
            return (await session.execute(text("SELECT count(*) FROM dead_letter"))).scalar_one()

    for start in range(3):
        output = tmp_path / f"output-{start}"
        with worker_of(environment, output) as worker:
            report = await checks_of(worker, environment, of_consumer=f"{GROUP} stopped")
            assert (report["status"], report["checks"]["loops"], await dead()) == ("degraded", "ok", 20)
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.wait, 60) == 0
            assert "heed dlq resume --service scoring" in output.read_text()
    with worker_of(environment, tmp_path / "output") as worker:
        command = ("heed_common.dlq", "resume", "--service", "scoring")
        resumed = await asyncio.to_thread(run_forked, *command, environment=environment)
        assert (resumed.returncode, resumed.stdout) == (0, "heed-scoring resumed.\n")
        while await dead() == 20:
            await asyncio.sleep(0.1)
        await checks_of(worker, environment, of_consumer=f"{GROUP} stopped")
        assert await dead() == 40
