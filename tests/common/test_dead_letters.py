"""Dead letters are stored and published."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common import dead_letters
from heed_common.broker.protocols import PublishResult, Record
from heed_common.database import Database
from heed_common.dead_letters import DeadLetter
from tests.common.broker_fixtures import Crash, Recording, bus
from tests.scoring.factories import NOON

__all__ = ["bus"]

GROUP = "heed-things"
UNSENT = text("SELECT count(*) FROM dead_letter WHERE published_at IS NULL")


def letter(offset=7, **overrides):
    given = {
        "topic": "heed.customer",
        "partition": 2,
        "offset": offset,
        "key": b"the key",
        "value": b"\x00not json\xff",
    }
    return DeadLetter(Record(**(given | overrides)), "broken envelope", uuid4())


async def store_letters(database, *letters):
    async with database.transaction() as session:
        await dead_letters.store(session, letters, group=GROUP, now=NOON)


async def unsent(database):
    async with database.transaction() as session:
        return (await session.execute(UNSENT)).scalar_one()


@pytest.mark.asyncio
async def test_a_dead_letter_is_published_with_its_bytes_its_key_and_what_happened(platform_database):
    dead, publisher = letter(), Recording()
    await store_letters(platform_database, dead)
    assert await dead_letters.publish(platform_database, publisher, now=NOON)
    (message,) = publisher.messages
    assert (message.topic, message.key, message.value) == ("heed.customer.dlq", b"the key", b"\x00not json\xff")
    assert dict(message.headers) == {
        "heed-dlq-group": b"heed-things",
        "heed-dlq-topic": b"heed.customer",
        "heed-dlq-partition": b"2",
        "heed-dlq-offset": b"7",
        "heed-dlq-error": b"broken envelope",
        "heed-dlq-first-seen": b"2026-03-02T12:00:00+00:00",
        "heed-dlq-attempts": b"1",
        "ce_id": str(dead.event_id).encode(),
    }


@pytest.mark.asyncio
async def test_a_dead_letter_is_published_once_when_all_goes_well(platform_database):
    publisher = Recording()
    await store_letters(platform_database, *(letter(offset) for offset in range(250)))
    assert await dead_letters.publish(platform_database, publisher, now=NOON)
    assert await dead_letters.publish(platform_database, publisher, now=NOON)
    assert len(publisher.messages) == 250


@pytest.mark.asyncio
async def test_a_record_that_comes_again_is_one_dead_letter_with_one_attempt_more(platform_database):
    publisher = Recording()
    await store_letters(platform_database, letter())
    await store_letters(platform_database, letter())
    await dead_letters.publish(platform_database, publisher, now=NOON)
    (message,) = publisher.messages
    assert dict(message.headers)["heed-dlq-attempts"] == b"2"


class CrashingAfter(Recording):
    async def publish(self, messages):
        await super().publish(messages)
        raise Crash


@pytest.mark.asyncio
async def test_a_crash_between_sending_and_noting_sends_again_and_never_not_at_all(platform_database):
    await store_letters(platform_database, letter(1), letter(2))
    publisher = CrashingAfter()
    with pytest.raises(Crash):
        await dead_letters.publish(platform_database, publisher, now=NOON)
    assert await unsent(platform_database) == 2
    again = Recording()
    assert await dead_letters.publish(platform_database, again, now=NOON)
    assert again.messages == publisher.messages


class NotingFirst:
    """The naive way: it notes them as sent, then sends."""

    async def publish(self, database, publisher):
        async with database.transaction() as session:
            await session.execute(text("UPDATE dead_letter SET published_at = now()"))
        await publisher.publish([])


@pytest.mark.asyncio
async def test_noting_before_sending_would_lose_them_in_a_crash(platform_database):
    await store_letters(platform_database, letter(1))
    with pytest.raises(Crash):
        await NotingFirst().publish(platform_database, CrashingAfter())
    again = Recording()
    assert await dead_letters.publish(platform_database, again, now=NOON)
    assert again.messages == []


class Refusing(Recording):
    async def publish(self, messages):
        return PublishResult(frozenset({0}), OSError("away"))


@pytest.mark.asyncio
async def test_what_the_broker_refuses_stays_for_the_next_time(platform_database):
    await store_letters(platform_database, letter(1), letter(2), letter(3))
    assert not await dead_letters.publish(platform_database, Refusing(), now=NOON)
    assert await unsent(platform_database) == 2
    publisher = Recording()
    assert await dead_letters.publish(platform_database, publisher, now=NOON)
    assert len(publisher.messages) == 2


@pytest.mark.asyncio
async def test_publishing_dead_letters_survives_an_unavailable_database():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert not await dead_letters.publish(nowhere, Recording(), now=NOON)
    await nowhere.close()


@pytest.mark.asyncio
async def test_an_oversized_dead_letter_is_published_without_its_bytes_and_blocks_no_other(platform_database, bus):
    huge = letter(1, value=b"x" * 1_040_000, key=b"k" * 100)
    await store_letters(platform_database, huge, letter(2))
    assert await dead_letters.publish(platform_database, bus.publisher(), now=NOON)
    assert await unsent(platform_database) == 0
    published = {record.value: dict(record.headers) for log in bus.records.values() for record in log}
    assert published.keys() == {b"", letter().record.value}
    assert published[b""]["heed-dlq-left-out-bytes"] == b"1040100"
    async with platform_database.transaction() as session:
        stored_bytes = await session.scalar(text("SELECT max(octet_length(value)) FROM dead_letter"))
    assert stored_bytes == 1_040_000
