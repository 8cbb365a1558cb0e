"""A batch is one transaction, its offsets are committed last, and nothing that goes wrong loses or doubles an event."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import inbox
from heed_common.broker import Message
from heed_common.broker_memory import MemorySubscriber
from heed_common.clock import FakeClock
from heed_common.consumer import Consumer
from heed_common.contracts.customer import CustomerRegistered
from heed_common.dead_letters import TooManyDeadLetters
from heed_common.metrics import Metrics
from tests.common.plumbing import (
    PID,
    TOPIC,
    Crash,
    Recording,
    as_message,
    bus,
    running,
    saying,
    terminate,
    until,
)
from tests.scoring.factories import NOON, make_purchase, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["bus"]

GROUP = "heed-words"
WORDS = text("CREATE TABLE word (word text NOT NULL CHECK (word <> 'poison'))")
SAY = text("INSERT INTO word (word) VALUES (:word)")
SAID = text("SELECT word FROM word ORDER BY word")
DEAD = text('SELECT * FROM dead_letter ORDER BY topic, partition, "offset"')


async def say(session, events, now):
    """Each event adds its word: one that is taken in twice stands there twice."""
    for received in events:
        await session.execute(SAY, {"word": received.event.region})


class Words:
    """A service that notes words, as one process of it after the other sees them."""

    def __init__(self, database, bus):
        self.database, self.bus, self.clock, self.metrics = database, bus, FakeClock(NOON), Metrics("words")
        self.intake = inbox.intake({CustomerRegistered: say})
        self.dead_letters = Recording()

    def consumer(self, subscriber=None, kind=Consumer, **overrides):
        given = {"intake": self.intake, "group": GROUP, "clock": self.clock, "metrics": self.metrics}
        subscriber = subscriber or self.bus.subscriber(group=GROUP, topics=[TOPIC])
        return kind(self.database, subscriber, self.dead_letters, **(given | overrides))

    def publish(self, *messages, partition=0):
        self.bus.append((TOPIC, partition), messages)

    @property
    def behind(self):
        """How many records the group has not committed yet."""
        done = self.bus.committed.get(GROUP, {})
        return sum(len(log) - done.get(at, 0) for at, log in self.bus.records.items() if at[0] == TOPIC)

    async def take_all(self, consumer=None):
        async with running(consumer or self.consumer()) as task:
            await until(lambda: not self.behind or task.done())

    async def said(self):
        async with self.database.transaction() as session:
            return list((await session.execute(SAID)).scalars())

    async def dead(self):
        async with self.database.transaction() as session:
            return (await session.execute(DEAD)).all()


@pytest_asyncio.fixture
async def words(platform_database, bus):
    async with platform_database.transaction() as session:
        await session.execute(WORDS)
    return Words(platform_database, bus)


async def test_duplicates_are_absorbed_and_counted(words):
    messages = saying("a", "b", "c")
    words.publish(*messages, messages[1])
    words.publish(messages[0], messages[2], partition=1)
    await words.take_all()
    assert await words.said() == ["a", "b", "c"]
    assert 'heed_duplicates_absorbed_total{service="words"} 3.0' in words.metrics.render().decode()


async def test_without_the_inbox_duplicates_would_count_twice(words):
    async def naively(session, batch, now):
        await say(session, batch, now)
        return len(batch)

    messages = saying("a", "b")
    words.publish(*messages, *messages)
    await words.take_all(words.consumer(intake=naively))
    assert await words.said() == ["a", "a", "b", "b"]


class CrashingBeforeCommit(MemorySubscriber):
    """The process ends when the transaction stands and the offsets are not committed yet."""

    async def commit(self, positions):
        raise Crash


async def test_after_a_crash_between_the_commits_the_batch_comes_again_and_counts_once(words):
    words.publish(*saying("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(CrashingBeforeCommit(words.bus, group=GROUP, topics=[TOPIC])).run()
    assert (await words.said(), words.behind) == (["a", "b", "c"], 3)
    await words.take_all()
    assert await words.said() == ["a", "b", "c"]


class OffsetsFirst(Consumer):
    """The naive consumer: as with auto-commit, the offsets may be committed before the work is done."""

    async def take_in(self, records):
        await self._subscriber.commit({(record.topic, record.partition): record.offset + 1 for record in records})
        await super().take_in(records)


async def test_with_the_offsets_first_a_crash_would_lose_the_batch(words):
    async def crash(session, batch, now):
        raise Crash

    words.publish(*saying("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(kind=OffsetsFirst, intake=crash).run()
    await words.take_all()
    assert await words.said() == []


async def test_after_a_crash_in_the_middle_of_a_batch_nothing_is_half_done(words):
    async def crash_half_way(session, batch, now):
        await words.intake(session, batch[:2], now)
        raise Crash

    words.publish(*saying("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(intake=crash_half_way).run()
    assert await words.said() == []
    await words.take_all()
    assert await words.said() == ["a", "b", "c"]


def failing_at_first(words, trouble, times=3):
    """An intake with which something real goes wrong the first times."""
    left = times

    async def take_in(session, batch, now):
        nonlocal left
        fresh = await words.intake(session, batch, now)
        if left:
            left -= 1
            await trouble(session)
            raise AssertionError("the trouble did not come")
        return fresh

    return take_in


async def lose_the_connection(words, session):
    await terminate(words.database, (await session.execute(PID)).scalar_one())
    await session.execute(PID)


async def wait_for_a_lock_too_long(words, session):
    async with words.database.transaction() as other:
        await other.execute(text("LOCK TABLE outbox_epoch"))
        await session.execute(text("SET LOCAL lock_timeout = '10ms'"))
        await session.execute(text("LOCK TABLE outbox_epoch"))


async def deadlock(words, session):
    """Two transactions wait for each other; ours is the first to notice."""
    async with words.database.transaction() as other:
        await other.execute(text("SELECT pg_advisory_xact_lock(1)"))
        await session.execute(text("SELECT pg_advisory_xact_lock(2)"))
        waiting = asyncio.create_task(other.execute(text("SELECT pg_advisory_xact_lock(2)")))
        try:
            await session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            await asyncio.sleep(0.02)
            await session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        finally:
            await session.rollback()
            await waiting


async def fail_to_serialize(words, session):
    """Somebody else has changed the row that this transaction has read in its own world."""
    async with words.database.autocommit() as connection, words.database.transaction() as own:
        await own.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await own.execute(text("SELECT * FROM outbox_epoch"))
        await connection.execute(text("UPDATE outbox_epoch SET epoch = epoch"))
        await own.execute(text("UPDATE outbox_epoch SET epoch = epoch"))


async def run_into_a_time_limit(words, session):
    await session.execute(text("SET LOCAL statement_timeout = '10ms'"))
    await session.execute(text("SELECT pg_sleep(1)"))


PASSING_TROUBLES = [
    lose_the_connection,
    wait_for_a_lock_too_long,
    deadlock,
    fail_to_serialize,
    run_into_a_time_limit,
]


@pytest.mark.parametrize("trouble", PASSING_TROUBLES)
async def test_passing_trouble_is_waited_out_without_loss(words, trouble):
    words.publish(*saying("a", "b", "c"))
    intake = failing_at_first(words, lambda session: trouble(words, session))
    await words.take_all(words.consumer(intake=intake))
    assert await words.said() == ["a", "b", "c"]
    assert await words.dead() == []


@pytest.mark.parametrize("trouble", [lose_the_connection, wait_for_a_lock_too_long, deadlock])
async def test_passing_trouble_while_a_batch_is_taken_apart_makes_no_dead_letter(words, trouble):
    calls = 0

    async def take_in(session, batch, now):
        nonlocal calls
        calls += 1
        fresh = await words.intake(session, batch, now)
        if calls in (3, 5):
            await trouble(words, session)
            raise AssertionError("the trouble did not come")
        return fresh

    words.publish(*saying("a", "poison", "b", "c"))
    await words.take_all(words.consumer(intake=take_in))
    assert await words.said() == ["a", "b", "c"]
    assert len(await words.dead()) == 1


class Slept(FakeClock):
    def __init__(self):
        super().__init__(NOON)
        self.waits = []

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await super().sleep(seconds)


class Kept(MemorySubscriber):
    kept_alive = 0

    async def keep_alive(self):
        self.kept_alive += 1


async def test_retries_wait_longer_each_time_and_the_member_stays_in_its_group(words):
    async def be_away(session):
        raise ConnectionRefusedError

    words.publish(*saying("a"))
    clock, subscriber = Slept(), Kept(words.bus, group=GROUP, topics=[TOPIC])
    await words.take_all(words.consumer(subscriber, clock=clock, intake=failing_at_first(words, be_away, times=9)))
    assert clock.waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert subscriber.kept_alive == 9
    assert await words.said() == ["a"]


def changed(message, **members):
    return json.dumps(json.loads(message.value) | members).encode()


def undecodable():
    """By the reason that is given: what arrives, and whether its id can be read in it."""
    good = as_message(make_registration(uuid4()), event_id=UUID(int=5))
    purchase = json.loads(as_message(make_purchase(uuid4())).value)["data"]
    return [
        ("broken envelope", b"{not json", False),
        ("broken envelope", b"", False),
        ("broken envelope", b"\xff\xfe\x00", False),
        ("broken envelope", b"[1, 2]", False),
        ("broken envelope", good.value[:-20], False),
        ("broken envelope", changed(good, id="seven"), False),
        ("broken envelope", changed(good, aggversion=0), False),
        ("broken envelope", changed(good, time="2026-03-02T12:00:00"), False),
        ("broken envelope", changed(good, specversion="0.3"), False),
        ("broken envelope", changed(good, data=None), False),
        ("unknown type", changed(good, type="heed.customer.teleported.v1"), True),
        ("unknown type", changed(good, type="heed.customer.registered.v9"), True),
        ("type is not owned by its topic", changed(good, type="heed.complaint.opened.v1"), True),
        ("data do not fit the type", changed(good, data={"customer_id": "me"}), True),
        ("data do not fit the type", changed(good, type="heed.purchase.recorded.v1"), True),
        (
            "data do not fit the type",
            changed(good, type="heed.purchase.recorded.v1", data=purchase | {"gross": "NaN"}),
            True,
        ),
    ]


@pytest.mark.parametrize(("reason", "value", "id_is_readable"), undecodable())
async def test_what_cannot_be_read_is_a_dead_letter_and_its_neighbours_count(words, reason, value, id_is_readable):
    before, after = saying("a", "b")
    words.publish(before, Message(TOPIC, b"some key", value), after)
    await words.take_all()
    assert await words.said() == ["a", "b"]
    (dead,) = await words.dead()
    assert (dead.consumer_group, dead.topic, dead.partition, dead.offset) == (GROUP, TOPIC, 0, 1)
    assert (dead.key, dead.value, dead.error) == (b"some key", value, reason)
    assert dead.event_id == (UUID(int=5) if id_is_readable else None)
    (message,) = words.dead_letters.messages
    assert (message.topic, message.key, message.value) == (f"{TOPIC}.dlq", b"some key", value)
    assert dead.published_at == NOON


async def test_the_id_of_a_broken_event_is_taken_from_its_header(words):
    (message,) = saying("a")
    words.publish(Message(TOPIC, message.key, message.value[:40], message.headers))
    await words.take_all()
    (dead,) = await words.dead()
    assert str(dead.event_id).encode() == dict(message.headers)["ce_id"]


async def test_only_the_culprit_of_a_batch_is_a_dead_letter(words):
    messages = saying("a", "b", "poison", "c", "d")
    words.publish(*messages)
    await words.take_all()
    assert await words.said() == ["a", "b", "c", "d"]
    (dead,) = await words.dead()
    assert (dead.value, dead.error) == (messages[2].value, "IntegrityError")
    assert [message.value for message in words.dead_letters.messages] == [messages[2].value]


class GivingUp(Consumer):
    """The naive consumer: what fails for good is passed over with all its batch."""

    async def _one_by_one(self, batch):
        return batch.dead


async def test_a_batch_that_is_given_up_whole_would_lose_the_innocent(words):
    words.publish(*saying("a", "poison", "b"))
    await words.take_all(words.consumer(kind=GivingUp))
    assert (await words.said(), words.behind) == ([], 0)


async def test_a_mistake_in_a_handler_makes_a_dead_letter_and_no_half_effect(words):
    async def mistaken(session, batch, now):
        fresh = await words.intake(session, batch, now)
        if any(received.event.region == "b" for received in batch):
            raise KeyError("a mistake in the code")
        return fresh

    words.publish(*saying("a", "b", "c"))
    await words.take_all(words.consumer(intake=mistaken))
    assert await words.said() == ["a", "c"]
    (dead,) = await words.dead()
    assert dead.error == "KeyError"


async def test_a_dead_letter_that_comes_again_after_a_crash_stays_one(words):
    words.publish(*saying("a", "poison", "b"))
    with pytest.raises(Crash):
        await words.consumer(CrashingBeforeCommit(words.bus, group=GROUP, topics=[TOPIC])).run()
    await words.take_all()
    assert await words.said() == ["a", "b"]
    (dead,) = await words.dead()
    assert dead.attempts == 2


async def test_twenty_dead_letters_in_a_row_stop_the_consumer(words):
    words.publish(*saying("a"), *[Message(TOPIC, b"key", b"rubbish")] * 20, *saying("b"))
    with pytest.raises(TooManyDeadLetters):
        await words.consumer().run()
    assert len(await words.dead()) == 20
    assert await words.said() == ["a", "b"]


async def test_more_than_five_in_a_hundred_stop_the_consumer(words):
    for _ in range(60):
        words.publish(*[Message(TOPIC, b"key", b"rubbish")], *saying(*"abcdefghij"))
    with pytest.raises(TooManyDeadLetters):
        await words.consumer(max_records=33).run()
    assert 50 < len(await words.dead()) < 60


class Unwilling(Recording):
    """The broker takes no dead letters until it is willing."""

    willing = False

    async def publish(self, messages):
        if not self.willing:
            raise OSError("away")
        return await super().publish(messages)


async def test_events_go_on_while_dead_letters_cannot_be_published_and_those_follow(words):
    words.dead_letters = publisher = Unwilling()
    words.publish(Message(TOPIC, b"key", b"rubbish"), *saying("a"))
    await words.take_all()
    assert await words.said() == ["a"]
    publisher.willing = True
    async with running(words.consumer()):
        await until(lambda: publisher.messages)
    assert [message.value for message in publisher.messages] == [b"rubbish"]


async def test_a_drain_finishes_the_batch_in_hand_and_commits_it(words):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take_in(session, batch, now):
        begun.set()
        await go_on.wait()
        return await words.intake(session, batch, now)

    words.publish(*saying("a", "b", "c", "d"))
    consumer = words.consumer(intake=take_in, max_records=2)
    async with running(consumer):
        await begun.wait()
        consumer.stop()
        go_on.set()
    assert (await words.said(), words.behind) == (["a", "b"], 2)


async def test_whoever_waits_for_scores_is_woken_when_the_batch_stands_and_not_before(words):
    rung = []

    def ring():
        rung.append(words.behind)

    words.publish(*saying("a"))
    await words.take_all(words.consumer(on_taken=ring))
    assert rung == [1], "before the offsets are committed"
