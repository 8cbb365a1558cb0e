"""Rows that are not stored permanently are purged in pages when they expire, and not a day before."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common import breaker, dead_letters, inbox, retention
from heed_common.broker.protocols import Record
from heed_common.dead_letters import DeadLetter
from heed_common.housekeeping import housekeeping
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.common.sample_app import make_settings
from tests.scoring.factories import NOON

pytestmark = pytest.mark.asyncio
GROUP = "heed-samples"
INBOX_COUNT = text("SELECT count(*) FROM inbox")
BYTES = text("SELECT sum(octet_length(value)) FROM dead_letter")


async def tidy(database, clock):
    """All pages of one hour."""
    timer = housekeeping(Resources(database, clock, Metrics("samples")), make_settings())
    pages = 1
    while await timer.run_once():
        pages += 1
    return pages


async def take_in(database, count, *, now, first=0):
    async with database.transaction() as session:
        await inbox.record_new_events(session, [UUID(int=number) for number in range(first, first + count)], now=now)


async def ask(database, query):
    async with database.transaction() as session:
        return await session.scalar(query)


async def test_an_event_id_is_forgotten_after_its_days_and_not_before(platform_database, clock):
    await take_in(platform_database, 3, now=clock.now())
    for days, left in ((29, 3), (2, 0)):
        clock.advance(timedelta(days=days))
        await tidy(platform_database, clock)
        assert await ask(platform_database, INBOX_COUNT) == left


async def test_many_are_forgotten_in_pages_the_oldest_first(platform_database, clock):
    await take_in(platform_database, 100, now=clock.now() + timedelta(days=1))
    await take_in(platform_database, 2 * retention.PAGE + 1, now=clock.now(), first=100)
    clock.advance(timedelta(days=30, hours=1))
    purge = retention.platform_purges(make_settings())["inbox"]
    async with platform_database.transaction() as session:
        assert await purge(session, clock.now()) == retention.PAGE
    assert await tidy(platform_database, clock) == 2
    assert await ask(platform_database, INBOX_COUNT) == 100


async def test_while_a_group_is_stopped_nothing_of_its_inbox_is_forgotten(platform_database, clock):
    await take_in(platform_database, 3, now=clock.now())
    async with platform_database.transaction() as session:
        await breaker.record(session, [True] * 20, group=GROUP, now=clock.now())
    clock.advance(timedelta(days=400))
    await tidy(platform_database, clock)
    assert await ask(platform_database, INBOX_COUNT) == 3
    async with platform_database.transaction() as session:
        await breaker.resume(session, group=GROUP)
    await tidy(platform_database, clock)
    assert await ask(platform_database, INBOX_COUNT) == 0


async def test_an_unhandled_dead_letter_loses_its_bytes_but_not_its_event_id(platform_database, clock):
    letter = DeadLetter(Record("heed.customer", 0, 7, b"key", b"12345"), "KeyError", UUID(int=7))
    async with platform_database.transaction() as session:
        await dead_letters.store(session, [letter], group=GROUP, now=NOON)
    for days, size in ((89, 5), (2, 0)):
        clock.advance(timedelta(days=days))
        await tidy(platform_database, clock)
        assert await ask(platform_database, BYTES) == size
    assert await ask(platform_database, text("SELECT event_id FROM dead_letter")) == UUID(int=7)
