"""A relay that is killed at any moment loses nothing and inverts nothing; what comes twice is recognised."""

import asyncio
import random

import pytest
import pytest_asyncio

from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.topics import topic_settings
from heed_common.database import Database
from tests.common.broker_fixtures import TOPIC, add_thing, changes, first_time, parse_events, waiting_versions
from tests.common.broker_fixtures import things as things
from tests.databases import PLATFORM
from tests.faults.processes import relay, relay_until_sent, started

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

WRITERS = 6


@pytest_asyncio.fixture
async def log_url(databases):
    name = await databases.clone(PLATFORM)
    bus = PostgresBus(Database(databases.url(name)))
    await bus.apply_topics(topic_settings(3))
    await bus.close()
    yield databases.url(name)
    await databases.drop(name)


async def published(log_url):
    """All that lies in the log, each partition in its order."""
    bus = PostgresBus(Database(log_url))
    subscriber, records = bus.subscriber(group=None, topics=[TOPIC]), []
    while polled := await subscriber.poll(max_records=10_000, wait=0):
        records += polled
    await subscriber.stop()
    await bus.close()
    return parse_events(records)


async def emptied(database):
    async with asyncio.timeout(120):
        while await waiting_versions(database):
            await asyncio.sleep(0.02)


async def test_killed_between_send_and_delete_it_sends_again_and_loses_nothing(things, log_url):
    url = things.url.render_as_string(hide_password=False)
    ids = await changes(things, await add_thing(things), 30)
    with started(relay_until_sent, url, log_url) as process:
        await asyncio.to_thread(process.join, 120)
        assert process.exitcode == -9
    assert len(await published(log_url)) == 30
    assert len(await waiting_versions(things)) == 30
    with started(relay, url, log_url):
        await emptied(things)
    found = await published(log_url)
    assert len(found) == 60
    assert [event.id for event in first_time(found)] == ids


async def test_killed_again_and_again_while_writers_write_it_publishes_all_in_commit_order(
    things, log_url, repetitions
):
    url, chance = things.url.render_as_string(hide_password=False), random.Random(7)
    changes_each = repetitions(quick=40, full=120)
    thing_ids = [await add_thing(things) for _ in range(3)]
    writing = asyncio.gather(*(changes(things, thing_ids[number % 3], changes_each) for number in range(WRITERS)))
    for _ in range(repetitions(quick=3, full=8)):
        with started(relay, url, log_url):
            await asyncio.sleep(chance.uniform(0.05, 0.25))
    await writing
    with started(relay, url, log_url):
        await emptied(things)
    found = first_time(await published(log_url))
    for thing_id in thing_ids:
        versions = [event.version for event in found if event.subject == thing_id]
        assert versions == list(range(1, WRITERS // 3 * changes_each + 1))
