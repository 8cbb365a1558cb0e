"""The timeline is the same in any order of arrival, however often events arrive, and after a replay of the topics."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.advisory_locks import AdvisoryLock, lock
from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import Message, Record
from heed_common.broker.topics import topic_settings
from heed_common.contracts.complaint import ComplaintEvent
from heed_common.decoding import decode
from heed_common.progress import Progress
from heed_customer.handlers import process_batch
from heed_customer.timeline.replay.service import ReplayRunning, replay_timeline
from tests.common.broker.brokers import publish
from tests.common.broker_fixtures import as_message
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.customer.events import make_complaint
from tests.examples import seeds
from tests.faults.histories import make_history, shuffled
from tests.scoring.factories import make_response

pytestmark = pytest.mark.asyncio
EVENTS, DUPLICATES, BATCH = 120, 0.3, 25
ENTRIES = text("""
    SELECT event_id, customer_id, complaint_id, at, type, service, subject, version, data
    FROM timeline_entry ORDER BY customer_id, at, event_id
""")
COMPLAINTS = text("SELECT * FROM complaint ORDER BY id")
WAITING_SESSIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SCHEMAS = text("SELECT count(*) FROM pg_namespace WHERE nspname = 'rebuild'")


class Shop:
    """A customer service that consumes the topics, and the replay of its timeline."""

    def __init__(self, database):
        self.database, self.bus = database, MemoryBus()

    async def publish(self, messages: Sequence[Message]) -> None:
        await publish(self.bus, list(messages))

    async def process(self, messages: Sequence[Message], *, size: int = BATCH) -> None:
        for start in range(0, len(messages), size):
            events = [
                decode(Record(message.topic, 0, 0, message.key, message.value))
                for message in messages[start : start + size]
            ]
            async with self.database.transaction() as session:
                await process_batch(session, events, NOON)

    async def replay(self, *, swap: bool = True):
        return await replay_timeline(self.database, self.bus, swap=swap, progress=Progress(print))

    async def select(self, statement=ENTRIES):
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(statement)]

    async def do(self, statement: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement))


@pytest_asyncio.fixture
async def shop(customer_database):
    shop = Shop(customer_database)
    await shop.bus.apply_topics(topic_settings(3))
    return shop


def make_life(seed: int) -> list[Message]:
    """A history of several customers; complaints move to others, and are answered in surveys."""
    history = make_history(events=EVENTS, seed=seed)
    events = [decode(Record(message.topic, 0, 0, message.key, message.value)).event for message in history]
    complaints = {event.complaint_id: event for event in events if isinstance(event, ComplaintEvent)}
    answers = [make_response(event.customer_id, complaint_id=event.complaint_id) for event in complaints.values()]
    scores = [make_score(UUID(message.key.decode())) for message in history[:5]]
    return history + [as_message(event) for event in (*answers, *scores)]


@pytest.mark.parametrize("seed", seeds(20, quick=2))
async def test_any_order_and_any_duplication_give_the_same_timeline(shop, seed):
    life = make_life(seed)
    await shop.process(life, size=len(life))
    expected = await shop.select(), await shop.select(COMPLAINTS)
    assert len(expected[0]) == len(life)
    assert len({row[1] for row in expected[0]}) > 3
    await shop.do("TRUNCATE timeline_entry, complaint, inbox")
    await shop.process(shuffled(life, duplicates=DUPLICATES, seed=seed), size=7)
    assert (await shop.select(), await shop.select(COMPLAINTS)) == expected


@pytest.mark.parametrize("seed", seeds(20, quick=2))
async def test_the_replayed_timeline_equals_the_live_one(shop, seed):
    life = make_life(seed)
    await shop.process(shuffled(life, duplicates=DUPLICATES, seed=seed))
    live = await shop.select(), await shop.select(COMPLAINTS)
    await shop.publish(shuffled(life, duplicates=DUPLICATES, seed=seed + 1))
    compared = await shop.replay(swap=False)
    assert compared.identical
    assert (await shop.replay()).differences.entries == len(live[0])
    assert (await shop.select(), await shop.select(COMPLAINTS)) == live


async def test_a_replay_repairs_what_is_missing_and_what_differs(shop):
    life = make_life(1)
    await shop.process(life)
    await shop.publish(life)
    live = await shop.select()
    await shop.do("DELETE FROM timeline_entry WHERE service = 'survey'")
    await shop.do("UPDATE timeline_entry SET at = now() WHERE type = 'heed.customer.registered.v1'")
    compared = await shop.replay(swap=False)
    assert not compared.identical
    missing, changed = compared.differences.missing, compared.differences.changed
    assert missing == sum(row[5] == "survey" for row in live)
    assert changed == sum(row[4] == "heed.customer.registered.v1" for row in live)
    assert await shop.select() != live
    await shop.replay()
    assert await shop.select() == live


async def test_a_replay_into_an_empty_database_is_complete(shop):
    life = make_life(2)
    await shop.process(life)
    live = await shop.select()
    await shop.publish(life)
    await shop.do("TRUNCATE timeline_entry, complaint, inbox")
    assert (await shop.replay()).differences.missing == len(live)
    assert await shop.select() == live


async def test_scores_that_the_topic_no_longer_has_stay_in_the_timeline(shop):
    ann = uuid4()
    old, recent = as_message(make_score(ann)), as_message(make_score(ann), aggversion=2)
    await shop.process([old, recent])
    live = await shop.select()
    await shop.publish([recent])
    assert (await shop.replay()).differences.copied == 1
    assert await shop.select() == live


async def test_an_entry_that_was_copied_follows_its_complaint(shop):
    complaint, ann, bob = make_complaint(uuid4()), uuid4(), uuid4()
    answer = make_response(ann, complaint_id=complaint.complaint_id)
    await shop.process([as_message(answer)])
    await shop.publish([as_message(complaint.model_copy(update={"customer_id": bob}))])
    await shop.replay()
    assert {row[1] for row in await shop.select()} == {bob}


async def test_records_that_are_no_events_are_left_out_and_counted(shop):
    await shop.publish([Message("heed.customer", b"key", b"rubbish"), as_message(make_complaint(uuid4()))])
    replayed = await shop.replay()
    assert (replayed.records, replayed.unreadable, replayed.differences.entries) == (2, 1, 1)


async def test_the_consumer_goes_on_after_a_swap(shop):
    life = make_life(3)
    await shop.publish(life)
    await shop.replay()
    await shop.process(life)
    assert len(await shop.select()) == len(life)
    assert await shop.select(SCHEMAS) == [(0,)]


async def test_only_one_replay_runs_at_a_time(shop):
    async with shop.database.transaction() as session:
        await lock(session, AdvisoryLock.TIMELINE_REPLAY)
        with pytest.raises(ReplayRunning):
            await shop.replay()
    assert await shop.select(SCHEMAS) == [(0,)]


@pytest.mark.parametrize("first", ["the answer", "the correction"])
async def test_an_answer_that_is_recorded_while_its_complaint_moves_goes_to_the_new_customer(shop, first):
    ann, bob, complaint = uuid4(), uuid4(), make_complaint(uuid4())
    moved = as_message(complaint.model_copy(update={"customer_id": bob}), aggversion=2)
    answer = as_message(make_response(ann, complaint_id=complaint.complaint_id))
    await shop.process([as_message(complaint.model_copy(update={"customer_id": ann}))])
    one, other = (answer, moved) if first == "the answer" else (moved, answer)
    async with shop.database.transaction() as session:
        await process_batch(session, [decode(Record(one.topic, 0, 0, one.key, one.value))], NOON)
        other_worker = asyncio.create_task(shop.process([other]))
        while not other_worker.done() and await shop.select(WAITING_SESSIONS) == [(0,)]:
            await asyncio.sleep(0.01)
    await other_worker
    assert {row[1] for row in await shop.select()} == {bob}
    assert len(await shop.select()) == 3
