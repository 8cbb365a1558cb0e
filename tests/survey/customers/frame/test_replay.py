"""The frame of an installation that began without one is filled from the topics, as if it had lived through them."""

import asyncio
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.advisory_locks import AdvisoryLock, lock
from heed_common.broker.memory import MemoryBus
from heed_common.broker.tail import read_to_end
from heed_common.broker.topics import topic_settings
from heed_common.clock import FakeClock
from heed_common.consumer import Consumer
from heed_common.contracts.customer import PurchaseRecorded
from heed_common.decoding import decode
from heed_common.inbox import build_batch_handler
from heed_common.metrics import Metrics
from heed_common.progress import Progress
from heed_survey.customers.frame.replay.service import ReplayRunning, replay_frame
from heed_survey.customers.frame.tables import FrameCustomer
from heed_survey.handlers import HANDLERS
from heed_survey.worker import GROUP, TOPICS
from tests.common.broker.brokers import publish
from tests.common.broker_fixtures import as_message
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.faults.histories import make_history
from tests.scoring.factories import make_purchase, make_registration

pytestmark = pytest.mark.asyncio
FRAME = text("SELECT * FROM customer ORDER BY id")
MERGES = text("SELECT * FROM customer_merge ORDER BY duplicate_id")
FORGET = text("DELETE FROM customer")
FORGET_MERGES = text("DELETE FROM customer_merge")
OLD_INBOX = text("DELETE FROM inbox")


class Installation:
    """The topics, the worker's consumer, and the replay."""

    def __init__(self, database):
        self.database, self.bus, self.metrics = database, MemoryBus(), Metrics("survey")

    async def publish(self, *events):
        await publish(self.bus, [as_message(event, aggversion=number) for number, event in enumerate(events, 1)])

    async def work(self):
        """Process all that is in the topics."""
        consumer = Consumer(
            self.database,
            self.bus.subscriber(group=GROUP, topics=TOPICS),
            self.bus.publisher(),
            batch_handler=build_batch_handler(HANDLERS),
            group=GROUP,
            clock=FakeClock(NOON),
            metrics=self.metrics,
        )
        running = asyncio.create_task(consumer.run())
        ends = await self.bus.end_offsets(TOPICS)
        async with asyncio.timeout(60):
            while await self._behind(ends):
                await asyncio.sleep(0.01)
        consumer.stop()
        await running

    async def _behind(self, ends):
        committed = await self.bus.committed_offsets(GROUP, TOPICS)
        return any(committed.get(at, 0) < end for at, end in ends.items())

    async def replay(self, *, dry_run=False):
        return await replay_frame(self.database, self.bus, group=GROUP, dry_run=dry_run, progress=Progress(print))

    async def select(self):
        async with self.database.transaction() as session:
            return [[tuple(row) for row in await session.execute(statement)] for statement in (FRAME, MERGES)]

    async def do(self, *statements):
        async with self.database.transaction() as session:
            for statement in statements:
                await session.execute(statement)


@pytest_asyncio.fixture
async def installation(survey_database):
    installation = Installation(survey_database)
    await installation.bus.apply_topics(topic_settings(3))
    return installation


async def live(installation, seed=1):
    """Publish and process a history of customers with purchases, merges and scores, some events twice."""
    messages = make_history(events=80, seed=seed)
    await publish(installation.bus, [*messages, *messages[::3]])
    await installation.work()


async def test_a_frame_that_began_empty_is_as_if_it_had_lived_through_all_events(installation):
    await live(installation)
    lived = await installation.select()
    await installation.do(FORGET, FORGET_MERGES, OLD_INBOX)
    replayed = await installation.replay()
    assert await installation.select() == lived
    assert replayed.written == (len(lived[0]), 0)
    assert replayed.customers == sum(row[1] > 0 for row in lived[0])
    assert replayed.waiting == replayed.dead == replayed.unreadable == 0


async def test_a_frame_that_missed_the_first_events_is_completed(installation):
    await live(installation)
    await installation.do(FORGET, OLD_INBOX)
    # The version with the frame starts here: it counts only the purchases from now on.
    await live(installation, seed=2)
    incomplete = await installation.select()
    replayed = await installation.replay()
    assert replayed.written.added > 0
    assert len((await installation.select())[0]) == len(incomplete[0]) + replayed.written.added
    complete = await installation.select()
    await installation.do(FORGET, OLD_INBOX)
    await installation.replay()
    assert await installation.select() == complete


async def test_a_second_replay_changes_nothing(installation):
    await live(installation)
    lived = await installation.select()
    replayed = await installation.replay()
    assert (replayed.written, await installation.select()) == ((0, 0), lived)


async def test_purchases_that_the_worker_has_not_processed_are_left_to_it(installation):
    await live(installation)
    waiting = [make_purchase(uuid4(), days_ago=1) for _ in range(3)]
    await installation.publish(*waiting)
    replayed = await installation.replay()
    assert replayed.waiting == 3
    await installation.work()
    lived = await installation.select()
    assert sum_of_purchases(lived) == await distinct_purchases(installation)
    assert (await installation.replay()).written == (0, 0)


async def test_what_was_processed_before_its_position_was_committed_is_counted_once(installation):
    await live(installation)
    await installation.publish(make_purchase(uuid4(), days_ago=1))
    records = [record async for record in all_records(installation)]
    async with installation.database.transaction() as session:
        await build_batch_handler(HANDLERS)(session, [decode(record) for record in records], NOON)
    assert (await installation.replay()).waiting == 0
    await installation.work()
    assert sum_of_purchases(await installation.select()) == await distinct_purchases(installation)


async def test_events_that_come_during_a_replay_are_counted_once(installation):
    await live(installation)
    await installation.do(FORGET, FORGET_MERGES)
    for seed in (2, 3, 4):
        await publish(installation.bus, make_history(events=60, seed=seed))
        await asyncio.gather(installation.work(), installation.replay())
    await installation.replay()
    during = await installation.select()
    assert sum_of_purchases(during) == await distinct_purchases(installation)
    await installation.do(FORGET, FORGET_MERGES, OLD_INBOX)
    await installation.replay()
    assert await installation.select() == during


async def test_a_score_that_the_topic_no_longer_has_stays(installation):
    customer_id = uuid4()
    await installation.publish(make_registration(customer_id), make_score(customer_id))
    await installation.work()
    await installation.do(text("UPDATE customer SET score_version = 9, tier = 'B'"))
    await installation.replay()
    ((customer,), _) = await installation.select()
    assert "B" in customer


async def test_a_dry_run_only_counts(installation):
    await live(installation)
    await installation.do(FORGET)
    replayed = await installation.replay(dry_run=True)
    assert replayed.written.added > 0
    assert (await installation.select())[0] == []


async def test_two_replays_at_once_are_refused(installation):
    async with installation.database.transaction() as session:
        await lock(session, AdvisoryLock.SURVEY_FRAME_REPLAY)
        with pytest.raises(ReplayRunning):
            await installation.replay()


def sum_of_purchases(selected):
    names = [column.name for column in FrameCustomer.__table__.columns]
    return sum(row[names.index("purchases")] for row in selected[0])


async def all_records(installation):
    async for batch in read_to_end(installation.bus, ["heed.customer"], max_records=500):
        for record in batch:
            yield record


async def distinct_purchases(installation):
    events = {event.id: event async for event in decoded(installation)}
    return sum(isinstance(event.event, PurchaseRecorded) for event in events.values())


async def decoded(installation):
    async for record in all_records(installation):
        yield decode(record)
