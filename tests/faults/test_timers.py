"""Thousands of deadlines: whatever is killed, jumps or goes away, each alert is published once."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations, outbox
from heed_common.contracts.complaint import Milestone, Severity
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_complaint.sla import repository
from heed_complaint.sla.jobs import DeadlineScheduler
from tests.complaint.factories.complaints import names, open_complaint, staged_events
from tests.databases import temporary_cluster
from tests.faults.processes import started
from tests.faults.timer_processes import MovedClock, make_ahead, watch

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

DEADLINES = (Milestone.FIRST_CONTACT, Milestone.COMMITMENT, Milestone.RESOLUTION)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PATIENCE = 180.0

MORE_COMPLAINTS = text("""
    INSERT INTO complaint SELECT (jsonb_populate_record(complaint, jsonb_build_object('id', gen_random_uuid()))).*
    FROM complaint, generate_series(2, :count)
""")
# Everybody is to be warned round the clock, and no two are to fall due together.
AROUND_THE_CLOCK = text("""
    UPDATE milestone SET warn_calendar = NULL, warn_calendar_version = NULL,
        next_alert_at = started_at + target * warn_at
""")
MORE_CLOCKS = text("""
    INSERT INTO milestone SELECT (jsonb_populate_record(own, jsonb_build_object(
        'complaint_id', other.id, 'started_at', started_at + later, 'due_at', due_at + later,
        'next_alert_at', next_alert_at + later
    ))).*
    FROM milestone AS own, LATERAL (
        SELECT complaint.id, random() * :spread * interval '1 second' AS later
        FROM complaint WHERE complaint.id <> own.complaint_id
    ) AS other
""")
WAITING = text("SELECT count(*) FROM milestone WHERE next_alert_at IS NOT NULL")


@pytest.fixture
def count(repetitions):
    """So many complaints, of three deadlines each."""
    return repetitions(quick=400, full=1_700)


@pytest.fixture
def ahead():
    return make_ahead()


@pytest.fixture
def moved(ahead):
    return MovedClock(ahead)


async def fill(database, moved, *, count, spread=DAY, **overrides):
    """Critical complaints: contact within an hour, commitment in four, resolution in twenty-four."""
    async with database.transaction() as session:
        await open_complaint(session, now=moved.now(), **({"severity": Severity.CRITICAL} | overrides))
        await outbox.flush(session)
        await session.execute(text("DELETE FROM outbox"))
        await session.execute(MORE_COMPLAINTS, {"count": count})
        await session.execute(AROUND_THE_CLOCK)
        await session.execute(MORE_CLOCKS, {"spread": spread.total_seconds()})


async def until_quiet(database):
    """Wait until no alert is due."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.transaction() as session:
                if not (await session.execute(WAITING)).scalar_one():
                    return
            await asyncio.sleep(0.1)


async def alerts_in(database):
    async with database.transaction() as session:
        return [event for event in await staged_events(session) if names([event])[0].startswith("sla.")]


def check(events, *, count):
    """Each once, none lost, none early; the versions of each complaint rise by one."""
    times = Counter((names([event])[0], event.data["milestone"]) for event in events)
    assert times == {(name, milestone): count for name in ("sla.warned", "sla.breached") for milestone in DEADLINES}
    once = Counter((event.subject, event.type, event.data["milestone"]) for event in events)
    assert set(once.values()) == {1}
    assert all(event.time >= moment_of(event) for event in events)


def moment_of(event):
    """A warning's, or the deadline that was missed."""
    return datetime.fromisoformat(event.data["occurred_at"])


def url_of(database):
    return database.url.render_as_string(hide_password=False)


async def test_killed_again_and_again_it_publishes_thousands_of_deadlines_once_each(
    complaint_database, moved, ahead, count, repetitions
):
    await fill(complaint_database, moved, count=count)
    url, chance = url_of(complaint_database), random.Random(5)
    for _ in range(repetitions(quick=3, full=10)):
        with started(watch, url, ahead):
            await asyncio.sleep(chance.uniform(0.2, 0.6))
            moved.jump(chance.uniform(1, 5) * HOUR)
            await asyncio.sleep(chance.uniform(0.1, 0.5))
    moved.jump(2 * DAY)
    with started(watch, url, ahead):
        await until_quiet(complaint_database)
    check(await alerts_in(complaint_database), count=count)


async def test_a_clock_that_jumps_forward_a_day_loses_nothing_and_doubles_nothing(
    complaint_database, moved, ahead, count
):
    await fill(complaint_database, moved, count=count)
    with started(watch, url_of(complaint_database), ahead):
        await asyncio.sleep(1)
        for _ in range(2):
            moved.jump(DAY)
            await asyncio.sleep(0.2)
        await until_quiet(complaint_database)
    check(await alerts_in(complaint_database), count=count)


async def test_two_workers_at_once_publish_each_deadline_once(complaint_database, moved, ahead, count):
    await fill(complaint_database, moved, count=count)
    url = url_of(complaint_database)
    with ExitStack() as processes:
        for _ in range(2):
            processes.enter_context(started(watch, url, ahead))
        for _ in range(12):
            moved.jump(4 * HOUR)
            await asyncio.sleep(0.2)
        await until_quiet(complaint_database)
    check(await alerts_in(complaint_database), count=count)


@pytest_asyncio.fixture
async def own_cluster():
    with temporary_cluster(durable=True) as cluster:
        cluster.create_database("complaints")
        await migrations.upgrade(cluster.url("complaints"), "heed_complaint")
        yield cluster


async def test_a_database_that_is_away_for_seconds_costs_no_deadline(own_cluster, moved, ahead, count, repetitions):
    database = Database(own_cluster.url("complaints"), pool_size=4)
    await fill(database, moved, count=count)
    await database.close()
    with started(watch, own_cluster.url("complaints"), ahead) as process:
        moved.jump(12 * HOUR)
        await asyncio.sleep(1)
        os.kill(int((own_cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
        moved.jump(12 * HOUR)
        await asyncio.sleep(repetitions(quick=3, full=10))
        await asyncio.to_thread(own_cluster.restart_if_dead)
        moved.jump(DAY)
        await until_quiet(database)
        assert process.is_alive()
    check(await alerts_in(database), count=count)
    await database.close()


async def slowest_round_trip(database):
    """How long the machine has let the shortest work wait, until cancelled: what is late by that is not our doing."""
    slowest, begun = 0.0, time.monotonic()
    with suppress(asyncio.CancelledError):
        while True:
            async with database.transaction() as session:
                await session.execute(text("SELECT 1"))
            await asyncio.sleep(0.05)
            slowest, begun = max(slowest, time.monotonic() - begun - 0.05), time.monotonic()
    return timedelta(seconds=slowest)


async def breaches_of(database):
    return [event for event in await alerts_in(database) if names([event]) == ["sla.breached"]]


async def test_deadlines_of_every_moment_are_noticed_within_a_second(complaint_database, moved):
    await fill(complaint_database, moved, count=150, spread=timedelta(seconds=6))
    moved.jump(HOUR * 0.8)
    timers = DeadlineScheduler(complaint_database, clock=moved, metrics=Metrics("complaint"))
    while await timers.fire_batch() == 0.0:
        pass
    async with complaint_database.transaction() as session:
        next_moment = await repository.next_alert_at(session, now=moved.now())
    moved.jump(next_moment - moved.now() - timedelta(seconds=1))
    measuring = asyncio.create_task(slowest_round_trip(complaint_database))
    running = asyncio.create_task(timers.run())
    async with asyncio.timeout(PATIENCE):
        while len(breaches := await breaches_of(complaint_database)) < 150:
            await asyncio.sleep(0.5)
    timers.stop()
    await running
    measuring.cancel()
    machine = await measuring
    assert len(breaches) == len(await breaches_of(complaint_database)) == 150
    late = [event.time - moment_of(event) for event in breaches]
    assert timedelta() < min(late)
    assert max(late) <= timedelta(seconds=1) + 4 * machine
