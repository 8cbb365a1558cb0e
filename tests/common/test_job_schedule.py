"""A job looks for work after a commit and at its due moment; otherwise hardly ever."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_common.job_schedule import LINGER_SECONDS, NET_SECONDS, JobSchedule
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_common.signals import Signal
from tests.common.broker_fixtures import until
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
HOUR = timedelta(hours=1)
PAUSE = 0.01


class Looks:
    """The function of a job, which counts its calls; it has work for the first `work` of them."""

    def __init__(self, work=0):
        self.count, self.work = 0, work

    async def __call__(self, session, clock, isolate):
        self.count += 1
        await session.execute(text("SELECT 1"))
        return self.count <= self.work


@asynccontextmanager
async def running(database, clock, looks, *, lock=99, **options):
    job = PeriodicJob(
        "job", looks, database=database, clock=clock, metrics=Metrics("samples"), lock=lock, pause=PAUSE, **options
    )
    task = asyncio.create_task(job.run())
    try:
        await until(lambda: job.ready)
        yield job
    finally:
        job.stop()
        await asyncio.wait_for(task, 60)


async def commit(database, *, wakes_jobs=True):
    async with database.transaction(wakes_jobs=wakes_jobs) as session:
        await session.execute(text("SELECT 1"))


async def test_a_job_without_work_executes_no_statement_until_something_is_committed(platform_database, clock):
    looks = Looks()
    async with running(platform_database, clock, looks):
        await asyncio.sleep(10 * PAUSE)
        with recorded_statements(platform_database) as statements:
            await asyncio.sleep(20 * PAUSE)
        assert statements == []
        await commit(platform_database, wakes_jobs=False)
        await asyncio.sleep(20 * PAUSE)
        assert looks.count == 1
        await commit(platform_database)
        await until(lambda: looks.count == 2)


async def test_what_one_job_has_done_may_be_work_for_another(platform_database, clock):
    first, second = Looks(), Looks(work=1)
    async with running(platform_database, clock, first), running(platform_database, clock, second, lock=98):
        await until(lambda: first.count >= 2)
    assert second.count >= 1


async def test_a_job_looks_when_its_next_row_is_due_by_the_clock(platform_database, clock):
    looks, due_at = Looks(), clock.now() + HOUR

    async def next_due(session, now):
        return due_at if now < due_at else None

    async with running(platform_database, clock, looks, next_due=next_due):
        await asyncio.sleep(5 * PAUSE)
        assert looks.count == 1
        clock.advance(HOUR)  # The machine was suspended: no signal, and no time has passed for the event loop.
        await until(lambda: looks.count == 2)


async def test_work_that_a_look_has_left_is_looked_at_again_after_the_pause(platform_database, clock):
    looks = Looks()

    async def next_due(session, now):
        return now

    async with running(platform_database, clock, looks, next_due=next_due):
        await until(lambda: looks.count >= 5)


async def test_a_failed_row_of_any_job_is_due_at_its_next_attempt(platform_database, clock):
    looks, insert = (
        Looks(),
        text("""
        INSERT INTO failed_work (job, key, error, first_failed_at, last_failed_at, attempts, next_attempt_at)
        VALUES ('other', '1', 'ValueError', :now, :now, 1, :due_at)
    """),
    )
    async with platform_database.transaction() as session:
        await session.execute(insert, {"now": clock.now(), "due_at": clock.now() + HOUR})
    async with running(platform_database, clock, looks):
        clock.advance(HOUR)
        await until(lambda: looks.count >= 2)


async def test_a_job_stops_at_once_while_it_waits(platform_database, clock):
    async with running(platform_database, clock, Looks()):
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < NET_SECONDS


async def test_without_any_signal_the_net_ends_the_wait(clock):
    schedule = JobSchedule(Signal("commits"), clock, pause=0.0, net=0.05)
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(schedule.wait(since=schedule.commits, due_at=None), 60)
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_a_commit_during_the_pause_is_looked_at_after_it(clock):
    committed = Signal("commits")
    schedule = JobSchedule(committed, clock, pause=0.05)
    since = schedule.commits
    committed.notify()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(schedule.wait(since=since, due_at=None), 60)
    assert 0.05 <= asyncio.get_running_loop().time() - began < NET_SECONDS


async def test_after_a_commit_those_who_wait_for_it_go_first(clock):
    committed = Signal("commits")
    schedule = JobSchedule(committed, clock, pause=0.0)
    since = schedule.commits
    committed.notify()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(schedule.wait(since=since, due_at=None), 60)
    assert asyncio.get_running_loop().time() - began >= LINGER_SECONDS
