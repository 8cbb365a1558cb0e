"""An undecodable or failing record affects only itself, and too many of them stop the consumer."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from heed_common import breaker
from heed_common.broker.protocols import Message
from heed_common.consumer import Consumer
from tests.common.broker_fixtures import TOPIC, Crash, Recording, as_message, bus, running, until, word_events
from tests.common.consumer_fixtures import GROUP, CrashingBeforeCommit, words
from tests.common.malformed_records import strangers
from tests.scoring.factories import NOON, make_purchase, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["bus", "words"]


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


async def test_an_undecodable_record_is_a_dead_letter_and_the_others_are_processed(words):
    arrived = undecodable()
    for reason, value, _ in arrived:
        words.publish(*word_events(reason), Message(TOPIC, b"some key", value))
    words.publish(*word_events("the end"))
    await words.take_all()
    assert sorted(await words.stored()) == sorted(["the end", *(reason for reason, _, _ in arrived)])
    dead = await words.dead()
    assert [(letter.error, letter.value, letter.event_id) for letter in dead] == [
        (reason, value, UUID(int=5) if id_is_readable else None) for reason, value, id_is_readable in arrived
    ]
    assert [letter.offset for letter in dead] == list(range(1, 2 * len(arrived), 2))
    assert {(letter.consumer_group, letter.topic, letter.partition, letter.key) for letter in dead} == {
        (GROUP, TOPIC, 0, b"some key")
    }


async def test_dead_letters_are_published_as_they_came(words):
    words.publish(Message(TOPIC, b"some key", b"\xff\xfe\x00"))
    await words.take_all()
    (message,) = words.dead_letters.messages
    assert (message.topic, message.key, message.value) == (f"{TOPIC}.dlq", b"some key", b"\xff\xfe\x00")
    (dead,) = await words.dead()
    assert dead.published_at == NOON


async def test_the_id_of_a_broken_event_is_taken_from_its_header(words):
    (message,) = word_events("a")
    words.publish(Message(TOPIC, message.key, message.value[:40], message.headers))
    await words.take_all()
    (dead,) = await words.dead()
    assert str(dead.event_id).encode() == dict(message.headers)["ce_id"]


async def test_only_the_culprit_of_a_batch_is_a_dead_letter(words):
    messages = word_events("a", "b", "poison", "c", "d")
    words.publish(*messages)
    await words.take_all()
    assert await words.stored() == ["a", "b", "c", "d"]
    (dead,) = await words.dead()
    assert (dead.value, dead.error) == (messages[2].value, "IntegrityError")
    assert [message.value for message in words.dead_letters.messages] == [messages[2].value]


class GivingUp(Consumer):
    """The naive consumer: what fails for good is passed over with all its batch."""

    async def _process_one_by_one(self, batch):
        return batch


async def test_a_batch_that_is_given_up_whole_would_lose_the_innocent(words):
    words.publish(*word_events("a", "poison", "b"))
    await words.take_all(words.consumer(kind=GivingUp))
    assert (await words.stored(), words.behind) == ([], 0)


async def test_a_mistake_in_a_handler_makes_a_dead_letter_and_no_half_effect(words):
    async def mistaken(session, batch, now):
        fresh = await words.intake(session, batch, now)
        if any(received.event.region == "b" for received in batch):
            raise KeyError("a mistake in the code")
        return fresh

    words.publish(*word_events("a", "b", "c"))
    await words.take_all(words.consumer(batch_handler=mistaken))
    assert await words.stored() == ["a", "c"]
    (dead,) = await words.dead()
    assert dead.error == "KeyError"


async def test_a_dead_letter_that_comes_again_after_a_crash_stays_one(words):
    words.publish(*word_events("a", "poison", "b"))
    with pytest.raises(Crash):
        await words.consumer(CrashingBeforeCommit(words.bus, group=GROUP, topics=[TOPIC])).run()
    await words.take_all()
    assert await words.stored() == ["a", "b"]
    (dead,) = await words.dead()
    assert dead.attempts == 2


async def test_a_record_with_a_header_without_value_harms_only_itself(words):
    words.publish(
        *word_events("a"), Message(TOPIC, b"key", b"garbage", (("ce_id", None), ("other", b"\xff"))), *word_events("b")
    )
    await words.take_all()
    assert await words.stored() == ["a", "b"]
    (dead,) = await words.dead()
    assert (dead.error, dead.event_id) == ("broken envelope", None)


RUBBISH = Message(TOPIC, b"key", b"rubbish")


async def until_stopped(words, consumer):
    """The loop lasts; the group does not read on."""
    async with running(consumer) as task:
        await until(lambda: consumer._state.stopped or task.done())
        await asyncio.sleep(0.05)
        assert not task.done()
        assert GROUP in words.bus.readers


async def test_twenty_dead_letters_in_a_row_stop_the_consumer_there(words, caplog):
    words.publish(*word_events("a"), *[RUBBISH] * 600, *word_events("b"))
    consumer = words.consumer()
    await until_stopped(words, consumer)
    assert (len(await words.dead()), await words.stored()) == (20, ["a"])
    assert words.behind == 581
    assert 'heed_consumer_stopped{service="words"} 1.0' in words.metrics.render().decode()
    (line,) = [entry.getMessage() for entry in caplog.records if entry.levelname == "ERROR"]
    assert "heed dlq resume --service words" in line


async def test_more_than_five_in_a_hundred_stop_the_consumer(words):
    for _ in range(60):
        words.publish(RUBBISH, *word_events(*"abcdefghij"))
    await until_stopped(words, words.consumer(max_records=33))
    assert len(await words.dead()) == 51


@pytest.mark.parametrize("start_again", range(1, 4))
async def test_a_stopped_consumer_stays_stopped_however_often_it_is_started(words, start_again):
    words.publish(*[RUBBISH] * 100, *word_events("b"))
    for _ in range(start_again):
        await until_stopped(words, words.consumer())
    assert (len(await words.dead()), words.behind) == (20, 81)


async def test_no_restart_lets_nineteen_more_pass(words):
    """The process ends after each batch, as in a loop of crashes."""
    words.publish(*[RUBBISH] * 100, *word_events("b"))
    for _ in range(8):
        consumer = words.consumer(max_records=6)
        async with running(consumer) as task:
            before = words.behind
            await until(lambda: words.behind < before or consumer._state.stopped or task.done())  # noqa: B023
    assert len(await words.dead()) == 20


async def test_events_that_fail_in_their_handler_stop_it_at_the_twentieth_too(words):
    words.publish(*word_events("a", *["poison"] * 30, "b"))
    await until_stopped(words, words.consumer())
    assert (len(await words.dead()), await words.stored(), words.behind) == (20, ["a"], 11)


async def test_a_stopped_consumer_that_is_resumed_goes_on_where_it_stopped(words):
    words.publish(*[RUBBISH] * 25, *word_events("a"))
    consumer = words.consumer()
    async with running(consumer):
        await until(lambda: consumer._state.stopped)
        async with words.database.transaction() as session:
            assert await breaker.resume(session, group=GROUP)
        await until(lambda: not words.behind)
    assert (len(await words.dead()), await words.stored()) == (25, ["a"])
    assert 'heed_consumer_stopped{service="words"} 0.0' in words.metrics.render().decode()


async def test_dead_letters_that_come_again_after_a_crash_are_counted_once_and_nothing_behind_them_is_lost(words):
    words.publish(*[RUBBISH] * 19, *word_events("a"), *[RUBBISH] * 19, *word_events("b"))
    with pytest.raises(Crash):
        await words.consumer(CrashingBeforeCommit(words.bus, group=GROUP, topics=[TOPIC]), max_records=19).run()
    words.bus.readers.clear()
    consumer = words.consumer()
    await words.take_all(consumer)
    assert not consumer._state.stopped
    assert (len(await words.dead()), await words.stored()) == (38, ["a", "b"])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strangers())
async def test_a_stranger_s_record_among_good_ones_is_a_dead_letter_or_nothing_and_never_the_end(words, stranger):
    """Through the real consumer, on one database for all of them."""
    before, after = uuid4().hex, uuid4().hex
    words.publish(
        *word_events(before), Message(TOPIC, stranger.key, stranger.value, stranger.headers), *word_events(after)
    )
    async with words.database.transaction() as session:
        await session.execute(text("DELETE FROM consumer_breaker"))
    await words.take_all()
    assert {before, after} <= set(await words.stored())


class Unwilling(Recording):
    """The broker takes no dead letters until it is willing."""

    willing = False

    async def publish(self, messages):
        if not self.willing:
            raise OSError("away")
        return await super().publish(messages)


async def test_events_go_on_while_dead_letters_cannot_be_published_and_those_follow(words):
    words.dead_letters = publisher = Unwilling()
    words.publish(Message(TOPIC, b"key", b"rubbish"), *word_events("a"))
    await words.take_all()
    assert await words.stored() == ["a"]
    publisher.willing = True
    async with running(words.consumer()):
        await until(lambda: publisher.messages)
    assert [message.value for message in publisher.messages] == [b"rubbish"]
