import asyncio
from datetime import timedelta

import pytest

from heed_common.clock import SystemClock
from heed_common.housekeeping import housekeeping
from heed_common.idempotency import IdempotencyScope, StoredResponse, load, save
from heed_common.metrics import Metrics, render
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from tests.common.sample_app import make_settings

pytestmark = pytest.mark.asyncio


async def test_two_workers_never_do_the_same_work_at_once(platform_database):
    at_work, most = 0, 0

    async def work(session, clock, isolate):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1

    timers = [
        PeriodicJob("t", work, database=platform_database, clock=SystemClock(), metrics=Metrics("samples"), lock=99)
        for _ in range(4)
    ]
    for _ in range(5):
        await asyncio.gather(*(timer.run_once() for timer in timers))
    assert most == 1


async def test_a_job_continues_while_there_is_work_and_ends_when_stopped(platform_database):
    done = 0

    async def work(session, clock, isolate):
        nonlocal done
        done += 1
        return done < 3

    timer = PeriodicJob(
        "t", work, database=platform_database, clock=SystemClock(), metrics=Metrics("samples"), lock=99, pause=3600
    )
    running = asyncio.create_task(timer.run())
    async with asyncio.timeout(60):
        while done < 3:
            await asyncio.sleep(0.01)
    timer.stop()
    await asyncio.wait_for(running, 60)
    assert done == 3


async def test_answers_are_forgotten_after_their_day(platform_database, clock):
    slot, answer = IdempotencyScope("caller", "POST", "/v1/things", "key"), StoredResponse(201, {}, b"{}")
    async with platform_database.transaction() as session:
        await save(session, slot, answer, body_hash=b"hash", now=clock.now())
    purge = housekeeping(Resources(platform_database, clock, Metrics("samples")), make_settings())
    for hours, is_stored in ((23, True), (2, False)):
        clock.advance(timedelta(hours=hours))
        await purge.run_once()
        async with platform_database.transaction() as session:
            found = await load(session, slot, now=clock.now() - timedelta(hours=20))
        assert (found is not None) is is_stored


async def test_monitoring_sees_when_a_job_last_ran_and_how_late_it_began(platform_database):
    clock, metrics = SystemClock(), Metrics("samples")
    due_at, runs = clock.now() + timedelta(seconds=0.2), 0

    async def work(session, clock, isolate):
        nonlocal runs
        runs += 1
        return False

    async def next_due(session, now):
        return due_at

    job = PeriodicJob(
        "t", work, database=platform_database, clock=clock, metrics=metrics, lock=99, pause=0.1, next_due=next_due
    )
    running = asyncio.create_task(job.run())
    async with asyncio.timeout(60):
        while runs < 2:
            await asyncio.sleep(0.01)
    job.stop()
    await asyncio.wait_for(running, 60)
    shown = metrics.registry.get_sample_value
    assert 0 <= clock.now().timestamp() - shown("heed_job_last_run_timestamp_seconds", {"job": "t"}) < 60
    assert shown("heed_job_lateness_seconds_count", {"job": "t"}) == 1


async def test_the_pool_and_the_process_are_shown_once_in_the_metrics(platform_database):
    one, other = Metrics("one"), Metrics("other")
    one.watch_pool(size=20, in_use=platform_database.connections_in_use)
    async with platform_database.transaction() as session:
        await session.connection()
        text = render([one, other], others=render([Metrics("elsewhere")]).decode()).decode()
    lines = text.splitlines()
    assert 'heed_database_connections{service="one",state="in_use"} 1.0' in lines
    assert 'heed_database_connections{service="one",state="max"} 20.0' in lines
    assert len([line for line in lines if line.startswith("process_resident_memory_bytes ")]) == 1
