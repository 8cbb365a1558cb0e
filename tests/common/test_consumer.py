"""A batch is one transaction, its offsets are committed last, and what passes is waited out without loss."""

import asyncio
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from heed_common.broker.memory import MemorySubscriber
from heed_common.clock import FakeClock
from heed_common.consumer import Consumer
from heed_common.contracts.customer import CustomerRegistered, PurchaseRecorded
from heed_common.database import RetryTransaction
from heed_common.trace import current_traceparent
from tests.common.broker_fixtures import PID, TOPIC, Crash, bus, running, terminate, word_events
from tests.common.consumer_fixtures import GROUP, CrashingBeforeCommit, store_words, words
from tests.scoring.factories import NOON
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
__all__ = ["bus", "words"]


async def test_duplicates_are_absorbed_and_counted(words):
    messages = word_events("a", "b", "c")
    words.publish(*messages, messages[1])
    words.publish(messages[0], messages[2], partition=1)
    await words.take_all()
    assert await words.stored() == ["a", "b", "c"]
    assert 'heed_consumer_duplicates_total{service="words"} 3.0' in words.metrics.render().decode()


async def test_without_the_inbox_duplicates_would_count_twice(words):
    async def naively(session, batch, now):
        await store_words(session, batch, now)
        return len(batch)

    messages = word_events("a", "b")
    words.publish(*messages, *messages)
    await words.take_all(words.consumer(batch_handler=naively))
    assert await words.stored() == ["a", "a", "b", "b"]


async def test_after_a_crash_between_the_commits_the_batch_comes_again_and_counts_once(words):
    words.publish(*word_events("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(CrashingBeforeCommit(words.bus, group=GROUP, topics=[TOPIC])).run()
    assert (await words.stored(), words.behind) == (["a", "b", "c"], 3)
    await words.take_all()
    assert await words.stored() == ["a", "b", "c"]


class OffsetsFirst(Consumer):
    """The naive consumer: as with auto-commit, the offsets may be committed before the work is done."""

    async def process_batch(self, records):
        await self._subscriber.commit({(record.topic, record.partition): record.offset + 1 for record in records})
        await super().process_batch(records)


async def test_with_the_offsets_first_a_crash_would_lose_the_batch(words):
    async def crash(session, batch, now):
        raise Crash

    words.publish(*word_events("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(kind=OffsetsFirst, batch_handler=crash).run()
    await words.take_all()
    assert await words.stored() == []


async def test_after_a_crash_in_the_middle_of_a_batch_nothing_is_half_done(words):
    async def crash_half_way(session, batch, now):
        await words.intake(session, batch[:2], now)
        raise Crash

    words.publish(*word_events("a", "b", "c"))
    with pytest.raises(Crash):
        await words.consumer(batch_handler=crash_half_way).run()
    assert await words.stored() == []
    await words.take_all()
    assert await words.stored() == ["a", "b", "c"]


def failing_at_first(words, fail, times=3):
    """An intake with which something real goes wrong the first times."""
    left = times

    async def take_in(session, batch, now):
        nonlocal left
        fresh = await words.intake(session, batch, now)
        if left:
            left -= 1
            await fail(session)
            raise AssertionError("the error did not come")
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
    """Raise: another transaction has changed the row that this one has read."""
    async with words.database.autocommit() as connection, words.database.transaction() as own:
        await own.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await own.execute(text("SELECT * FROM outbox_epoch"))
        await connection.execute(text("UPDATE outbox_epoch SET epoch = epoch"))
        await own.execute(text("UPDATE outbox_epoch SET epoch = epoch"))


async def run_into_a_time_limit(words, session):
    await session.execute(text("SET LOCAL statement_timeout = '10ms'"))
    await session.execute(text("SELECT pg_sleep(1)"))


async def demand_a_retry(words, session):
    raise RetryTransaction("a merge was faster than the batch")


TRANSIENT_ERRORS = [
    demand_a_retry,
    lose_the_connection,
    wait_for_a_lock_too_long,
    deadlock,
    fail_to_serialize,
    run_into_a_time_limit,
]


@pytest.mark.parametrize("fail", TRANSIENT_ERRORS)
async def test_transient_errors_are_waited_out_without_loss(words, fail):
    words.publish(*word_events("a", "b", "c"))
    intake = failing_at_first(words, lambda session: fail(words, session))
    await words.take_all(words.consumer(batch_handler=intake))
    assert await words.stored() == ["a", "b", "c"]
    assert await words.dead() == []


ERRORS_OF_ONE_EVENT = [demand_a_retry, lose_the_connection, wait_for_a_lock_too_long, deadlock]


@pytest.mark.parametrize("fail", ERRORS_OF_ONE_EVENT)
async def test_a_transient_error_while_a_batch_is_taken_apart_makes_no_dead_letter(words, fail):
    calls = 0

    async def take_in(session, batch, now):
        nonlocal calls
        calls += 1
        fresh = await words.intake(session, batch, now)
        if calls in (3, 5):
            await fail(words, session)
            raise AssertionError("the error did not come")
        return fresh

    words.publish(*word_events("a", "poison", "b", "c"))
    await words.take_all(words.consumer(batch_handler=take_in))
    assert await words.stored() == ["a", "b", "c"]
    assert len(await words.dead()) == 1


class Slept(FakeClock):
    def __init__(self):
        super().__init__(NOON)
        self.waits = []

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await super().sleep(seconds)


class CountingSubscriber(MemorySubscriber):
    heartbeats = 0

    async def heartbeat(self):
        self.heartbeats += 1


async def test_retries_wait_longer_each_time_and_the_member_stays_in_its_group(words):
    async def be_away(session):
        raise ConnectionRefusedError

    words.publish(*word_events("a"))
    clock, subscriber = Slept(), CountingSubscriber(words.bus, group=GROUP, topics=[TOPIC])
    await words.take_all(
        words.consumer(subscriber, clock=clock, batch_handler=failing_at_first(words, be_away, times=9))
    )
    assert clock.waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert subscriber.heartbeats == 9
    assert await words.stored() == ["a"]


async def test_a_drain_finishes_the_batch_in_hand_and_commits_it(words):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take_in(session, batch, now):
        begun.set()
        await go_on.wait()
        return await words.intake(session, batch, now)

    words.publish(*word_events("a", "b", "c", "d"))
    consumer = words.consumer(batch_handler=take_in, max_records=2)
    async with running(consumer):
        await begun.wait()
        consumer.stop()
        go_on.set()
    assert (await words.stored(), words.behind) == (["a", "b"], 2)


async def test_waiters_for_scores_are_notified_after_the_commit_and_not_before(words):
    lag_at_commit = []

    def record_lag(event_ids):
        lag_at_commit.append((len(event_ids), words.behind))

    words.publish(*word_events("a"))
    await words.take_all(words.consumer(on_committed=record_lag))
    assert lag_at_commit == [(1, 1)], "before the offsets are committed"


async def test_a_batch_that_no_handler_acts_on_needs_no_transaction(words):
    def inserts(statements):
        return [statement for statement in statements if statement.startswith("INSERT")]

    words.publish(*word_events("a", "b"))
    with recorded_statements(words.database) as statements:
        await words.take_all(words.consumer(handled={PurchaseRecorded}))
    assert (await words.stored(), words.behind, inserts(statements)) == ([], 0, [])
    words.publish(*word_events("c"))
    with recorded_statements(words.database) as statements:
        await words.take_all(words.consumer(handled={CustomerRegistered}))
    assert (await words.stored(), words.behind, len(inserts(statements))) == (["c"], 0, 2)


async def test_records_that_linger_are_processed_with_those_that_follow(words):
    class Publishing(FakeClock):
        async def sleep(self, seconds):
            words.publish(second)
            await super().sleep(seconds)

    first, second = word_events("a", "b")
    words.publish(first)
    with recorded_statements(words.database) as statements:
        await words.take_all(words.consumer(linger=0.05, clock=Publishing(NOON)))
    assert await words.stored() == ["a", "b"]
    assert len([statement for statement in statements if "INSERT INTO inbox" in statement]) == 1


async def test_what_follows_from_one_event_has_its_trace_in_logs_and_events(words):
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    seen = []

    async def note_trace(session, events, now):
        seen.append(current_traceparent())
        return len(events)

    traced, untraced = word_events("a", "b")
    envelope = json.loads(traced.value) | {"traceparent": traceparent}
    words.publish(replace(traced, value=json.dumps(envelope).encode()))
    await words.take_all(words.consumer(batch_handler=note_trace))
    words.publish(untraced, replace(traced, value=json.dumps(envelope).encode()))
    await words.take_all(words.consumer(batch_handler=note_trace))
    assert seen == [traceparent, None]  # What has several causes has the trace of none.
