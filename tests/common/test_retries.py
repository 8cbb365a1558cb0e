"""A dead letter that an operator retries is processed once by its own group, or left with the new error."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from heed_common import breaker, inbox, retries
from heed_common import dead_letter_operations as operations
from heed_common.broker.protocols import Message
from heed_common.contracts.customer import CustomerRegistered
from heed_common.dead_letter_operations import Filter
from tests.common.broker_fixtures import TOPIC, Crash, as_message, bus, running, until, word_events
from tests.common.consumer_fixtures import GROUP, INSERT_WORD, words
from tests.scoring.factories import NOON, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["bus", "words"]


async def add_antidote(session, events, now):
    for received in events:
        await session.execute(INSERT_WORD, {"word": received.event.region.replace("poison", "antidote")})


HEALED = inbox.build_batch_handler({CustomerRegistered: add_antidote})
"""The next version knows what to do with poison."""


async def request(words, **filters):
    async with words.database.transaction() as session:
        return await operations.request_retry(session, filter_=Filter(**filters), now=NOON)


async def retry_next(words, batch_handler=None, group=GROUP):
    return await retries.retry_next(
        words.database, batch_handler or words.intake, group=group, clock=words.clock, metrics=words.metrics
    )


async def test_a_retry_that_succeeds_has_its_effect_and_the_letter_is_gone(words):
    words.publish(*word_events("a", "poison", "b"))
    await words.take_all()
    assert await request(words) == 1
    async with running(words.consumer(batch_handler=HEALED)) as task:
        await until(lambda: 'outcome="taken_in"' in words.metrics.render().decode() or task.done())
    assert await words.stored() == ["a", "antidote", "b"]
    assert await words.dead() == []


async def test_a_retry_that_fails_again_leaves_the_letter_with_one_attempt_more_and_the_new_error(words):
    async def mistaken(session, batch, now):
        raise KeyError("another mistake")

    words.publish(*word_events("poison"))
    await words.take_all()
    await request(words)
    assert await retry_next(words, mistaken)
    (dead,) = await words.dead()
    assert (dead.attempts, dead.error, dead.retry_requested_at) == (2, "KeyError", None)
    assert not await retry_next(words, mistaken)


async def test_the_event_comes_with_the_position_that_its_record_had(words):
    seen = []

    async def look(session, batch, now):
        seen.extend(batch)
        return len(batch)

    good = word_events("a", "poison")
    words.publish(*good, partition=2)
    await words.take_all()
    await request(words)
    await retry_next(words, look)
    (received,) = seen
    record = received.record
    assert (record.topic, record.partition, record.offset, record.key) == (TOPIC, 2, 1, good[1].key)


async def test_only_its_own_group_tries_it_again(words):
    words.publish(*word_events("poison"))
    await words.take_all()
    await request(words)
    assert not await retry_next(words, group="heed-others")
    assert len(await words.dead()) == 1


async def test_an_undecodable_record_is_decoded_again_by_a_newer_version(words):
    event_id = UUID(int=5)
    good = as_message(make_registration(uuid4(), region="a"), event_id=event_id)
    words.publish(Message(TOPIC, good.key, good.value.replace(b"registered", b"teleported")))
    await words.take_all()
    await request(words)
    assert await retry_next(words)
    (dead,) = await words.dead()
    assert (dead.attempts, dead.error) == (2, "unknown type")
    async with words.database.transaction() as session:
        await session.execute(text("UPDATE dead_letter SET value = :value"), {"value": good.value})
    await request(words)
    assert await retry_next(words)
    assert (await words.stored(), await words.dead()) == (["a"], [])


async def test_an_event_that_was_processed_meanwhile_has_no_second_effect(words):
    (message,) = word_events("poison")
    words.publish(message)
    await words.take_all()
    words.publish(message, partition=1)
    await words.take_all(words.consumer(batch_handler=HEALED))
    assert await words.stored() == ["antidote"]
    await request(words)
    assert await retry_next(words)
    assert (await words.stored(), await words.dead()) == (["antidote"], [])


async def test_a_crash_in_a_retry_leaves_letter_and_wish_and_no_effect(words):
    async def crash(session, batch, now):
        await HEALED(session, batch, now)
        raise Crash

    words.publish(*word_events("poison"))
    await words.take_all()
    await request(words)
    with pytest.raises(Crash):
        await retry_next(words, crash)
    assert (await words.stored(), len(await words.dead())) == ([], 1)
    assert await retry_next(words, HEALED)
    assert await words.stored() == ["antidote"]


async def test_two_workers_try_each_letter_once(words):
    words.publish(*word_events(*["poison"] * 12))
    await words.take_all()
    assert await request(words) == 12

    async def all_there_are():
        tried = 0
        while await retry_next(words, HEALED):
            tried += 1
        return tried

    assert sum(await asyncio.gather(all_there_are(), all_there_are())) == 12
    assert await words.stored() == ["antidote"] * 12


async def test_only_those_are_tried_that_the_filter_names(words):
    words.publish(*word_events("poison"), Message(TOPIC, b"key", b"rubbish"), *word_events("poison"))
    await words.take_all()
    assert await request(words, error="broken envelope") == 1
    assert await request(words, topic="heed.survey") == 0
    letters = await words.dead()
    assert [letter.retry_requested_at is not None for letter in letters] == [False, True, False]
    assert await request(words, ids=[letters[0].id]) == 1


async def test_what_is_dropped_is_never_tried_again_and_has_no_bytes(words):
    words.publish(*word_events("poison"))
    await words.take_all()
    await request(words)
    async with words.database.transaction() as session:
        assert await operations.drop(session, filter_=Filter(), now=NOON) == 1
        assert await operations.drop(session, filter_=Filter(), now=NOON) == 0
        assert await operations.list_dead_letters(session, filter_=Filter(), limit=9) == []
    assert await request(words) == 0
    assert not await retry_next(words, HEALED)
    (dead,) = await words.dead()
    assert (dead.key, dead.value, dead.event_id is not None) == (None, b"", True)


async def test_a_stopped_group_tries_dead_letters_again_so_that_a_fix_can_be_seen_before_it_goes_on(words):
    words.publish(*word_events(*["poison"] * 30))
    consumer = words.consumer()
    async with running(consumer):
        await until(lambda: consumer._state.stopped)
    await request(words)
    async with running(words.consumer(batch_handler=HEALED)):
        await until(lambda: 'outcome="taken_in",service="words"} 20.0' in words.metrics.render().decode())
    assert (len(await words.stored()), words.behind, await words.dead()) == (20, 10, [])
    async with words.database.transaction() as session:
        assert await breaker.stops(session)
