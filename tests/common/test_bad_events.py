"""What cannot be read or taken in harms only itself, and too much of it stops the consumer."""

import json
from uuid import UUID, uuid4

import pytest

from heed_common.broker import Message
from heed_common.consumer import Consumer
from heed_common.dead_letters import TooManyDeadLetters
from tests.common.plumbing import TOPIC, Crash, Recording, as_message, bus, running, saying, until
from tests.common.words import GROUP, CrashingBeforeCommit, words
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


async def test_what_cannot_be_read_is_a_dead_letter_and_its_neighbours_count(words):
    arrived = undecodable()
    for reason, value, _ in arrived:
        words.publish(*saying(reason), Message(TOPIC, b"some key", value))
    words.publish(*saying("the end"))
    await words.take_all()
    assert sorted(await words.said()) == sorted(["the end", *(reason for reason, _, _ in arrived)])
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
