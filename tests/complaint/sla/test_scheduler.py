"""Deadlines that pass: each breach is published once, by any worker, however often or late it checks."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_common.database import Database
from heed_common.job_schedule import NET_SECONDS
from heed_common.metrics import Metrics
from heed_complaint.core import repository
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from heed_complaint.sla import service
from heed_complaint.sla.jobs import DeadlineScheduler
from tests.complaint.factories.complaints import move, names, open_complaint, staged_events, walk
from tests.conftest import NOON

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
END_THE_OTHERS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
pytestmark = pytest.mark.asyncio


async def opened(database, count=1, **overrides):
    async with database.transaction() as session:
        return [await open_complaint(session, now=NOON, **overrides) for _ in range(count)]


async def breaches(database):
    async with database.transaction() as session:
        return [envelope for envelope in await staged_events(session) if names([envelope]) == ["sla.breached"]]


def counted(envelopes):
    return Counter((UUID(envelope.subject), envelope.data["milestone"]) for envelope in envelopes)


async def test_a_breach_is_published_when_its_moment_has_passed_and_not_before(complaint_database, clock):
    await opened(complaint_database)
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    clock.advance(HOUR)
    await scheduler.fire_batch()
    assert await breaches(complaint_database) == []
    clock.advance(timedelta(microseconds=1))
    await scheduler.fire_batch()
    (breach,) = await breaches(complaint_database)
    assert breach.data["milestone"] == "first_contact"
    assert breach.data["occurred_at"] == breach.data["due_at"] == "2026-03-02T13:00:00Z"
    assert breach.data["breached"] == ["first_contact"]


async def test_another_check_publishes_nothing_again(complaint_database, clock):
    await opened(complaint_database, count=3)
    clock.advance(10 * HOUR)
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    for _ in range(3):
        await scheduler.fire_batch()
    assert set(counted(await breaches(complaint_database)).values()) == {1}
    assert len(await breaches(complaint_database)) == 6


@pytest.mark.slow
async def test_two_schedulers_at_once_publish_each_breach_once(complaint_database, clock):
    complaints = await opened(complaint_database, count=150)
    clock.advance(1000 * HOUR)
    loops = [DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint")) for _ in range(2)]

    async def until_quiet(scheduler):
        for _ in range(10):
            await scheduler.fire_batch()

    await asyncio.gather(*(until_quiet(scheduler) for scheduler in loops))
    await until_quiet(loops[0])  # What one of them held, the other passed by; a loop goes on.
    assert counted(await breaches(complaint_database)) == {
        (case.complaint.id, milestone): 1
        for case in complaints
        for milestone in ("first_contact", "commitment", "resolution")
    }


async def test_after_a_day_without_the_service_breaches_are_published_with_their_own_moments(complaint_database, clock):
    await opened(complaint_database)
    clock.advance(24 * HOUR)
    await DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint")).fire_batch()
    moments = [breach.data["occurred_at"] for breach in await breaches(complaint_database)]
    assert moments == ["2026-03-02T13:00:00Z", "2026-03-02T16:00:00Z"]


async def test_a_complaint_that_is_locked_by_a_request_is_left_to_it(complaint_database, clock):
    (case,) = await opened(complaint_database)
    clock.advance(2 * HOUR)
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    async with complaint_database.transaction() as session:
        await repository.lock_complaint(session, case.complaint.id)
        await asyncio.wait_for(scheduler.fire_batch(), timeout=60)
        assert await breaches(complaint_database) == []
        await move(session, case, Action.ACCEPT, now=clock.now())
    await scheduler.fire_batch()
    assert len(await breaches(complaint_database)) == 1


async def test_a_milestone_that_was_found_overdue_is_looked_at_again_under_the_lock(complaint_database):
    """Between finding and locking, another transaction moved the clock: the old finding does not count."""
    (case,) = await opened(complaint_database)
    async with complaint_database.transaction() as session:
        await session.execute(text("UPDATE milestone SET next_alert_at = next_alert_at - interval '1 day'"))
    async with complaint_database.transaction() as session:
        assert await service.fire_due_alerts(session, now=NOON) == 1
    assert await breaches(complaint_database) == []
    async with complaint_database.transaction() as session:
        (read,) = await cases.load_all(session, [case.complaint])
        assert {clock.state(NOON) for clock in read.clocks.values()} == {"running", "waiting"}


async def test_paused_and_ended_complaints_fire_nothing(complaint_database, clock):
    paused, ended = await opened(complaint_database, count=2)
    async with complaint_database.transaction() as session:
        await walk(session, paused, Action.ACCEPT, Action.CONTACT, Action.COMMIT, Action.WAIT_FOR_CUSTOMER, now=NOON)
        await move(session, ended, Action.WITHDRAW, now=NOON)
    clock.advance(1000 * HOUR)
    await DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint")).fire_batch()
    assert await breaches(complaint_database) == []


async def test_the_loop_sleeps_until_the_next_deadline_and_not_longer_than_the_net(complaint_database, clock):
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    assert await scheduler.fire_batch() == NET_SECONDS
    await opened(complaint_database)
    assert await scheduler.fire_batch() == NET_SECONDS
    clock.advance(HOUR - SECOND / 4)
    assert await scheduler.fire_batch() == 0.0
    assert await scheduler.fire_batch() == 0.25


async def test_the_scheduler_fires_within_a_second_and_stops_on_request(complaint_database, clock):
    await opened(complaint_database)
    clock.advance(HOUR - 5 * SECOND)
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    running = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(60):
        while not scheduler.ready:
            await asyncio.sleep(0.01)
        assert await breaches(complaint_database) == []
        clock.advance(5 * SECOND + SECOND / 2)  # The clock of the machine need not pass: it may have been set.
        while not (found := await breaches(complaint_database)):
            await asyncio.sleep(0.05)
        scheduler.stop()
        await running
    assert found[0].time <= NOON + HOUR + SECOND


async def test_a_deadline_that_is_written_while_the_loop_sleeps_is_met(complaint_database, clock):
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    running = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(60):
        while not scheduler.ready:
            await asyncio.sleep(0.01)
        await opened(complaint_database)
        clock.advance(HOUR + SECOND)
        began = asyncio.get_running_loop().time()
        while not await breaches(complaint_database):
            await asyncio.sleep(0.05)
        scheduler.stop()
        await running
    assert asyncio.get_running_loop().time() - began < NET_SECONDS


async def test_the_loop_survives_the_loss_of_its_database(complaint_database, clock):
    await opened(complaint_database)
    clock.advance(HOUR - 5 * SECOND)
    scheduler = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    await scheduler.fire_batch()
    other = Database(complaint_database.url.render_as_string(hide_password=False))
    async with other.transaction() as session:
        await session.execute(END_THE_OTHERS)
    with pytest.raises(DBAPIError):
        await scheduler.fire_batch()
    clock.advance(6 * SECOND)
    running = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(60):
        while not await breaches(other):
            await asyncio.sleep(0.05)
    scheduler.stop()
    await asyncio.wait_for(running, timeout=60)
    await other.close()
