"""Every loop there is, with one poisonous row among good ones: those are done, the bad one waits and is named."""

import asyncio
from datetime import timedelta
from importlib import import_module

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import health
from heed_common.broker.memory import MemoryBus
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.failed_work import service as failed_work
from heed_common.health import NotReady
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.sla.jobs import DeadlineScheduler
from heed_customer.imports.processing.job import ImportJob
from tests.conftest import NOON
from tests.faults.isolation_cases import CASES, ELSEWHERE
from tests.faults.isolation_rows import mend, poison

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SERVICES = ("customer", "complaint", "survey", "scoring")
BACK_OFF = timedelta(seconds=31)
pytestmark = pytest.mark.asyncio


def worker_of(service, resources):
    settings = import_module(f"heed_{service}.settings").Settings(database_url=NOWHERE, fit_schedule="03:00")
    return import_module(f"heed_{service}.worker").create_worker(settings, resources, MemoryBus())


async def until_quiet(loop):
    """All that there is to be done now, by the loop's own means."""
    if isinstance(loop, DeadlineScheduler):
        while await loop.fire_batch() == 0.0:
            pass
        return
    work = loop.process_next_chunk if isinstance(loop, ImportJob) else loop.run_once
    while await work():
        pass


@pytest_asyncio.fixture
async def database_of(databases):
    opened = []

    async def clone(service):
        name = await databases.clone(f"heed_{service}")
        opened.append((name, Database(databases.url(name), pool_size=6)))
        return opened[-1][1]

    yield clone
    for name, database in opened:
        await database.close()
        await databases.drop(name)


async def test_no_loop_is_without_a_case(platform_database, clock):
    loops = {
        (service, name)
        for service in SERVICES
        for name in worker_of(service, Resources(platform_database, clock, Metrics(service))).readiness()
        if name not in ELSEWHERE
    }
    assert loops == CASES.keys()


@pytest.mark.parametrize(("service", "name"), CASES, ids=[f"{service}-{name}" for service, name in CASES])
async def test_one_poisonous_row_waits_and_the_others_are_done(database_of, service, name):
    case, clock, database = CASES[service, name], FakeClock(NOON), await database_of(service)
    resources = Resources(database, clock, Metrics(service))
    (loop,) = (loop for loop in worker_of(service, resources).tasks if loop.name == name)
    job = case.job or name

    async def done():
        async with database.transaction() as session:
            return sorted(map(str, await session.scalars(text(case.done))))

    async def waiting():
        async with database.transaction() as session:
            return [(row.job, row.key, row.attempts) for row in await failed_work.list_failed_work(session)]

    async with database.transaction() as session:
        rows = await case.arrange(session)
    async with database.transaction() as session:
        await poison(session, rows)
    await until_quiet(loop)
    assert await done() == sorted(rows.good)
    assert await waiting() == [(job, rows.bad, 1)]
    with pytest.raises(NotReady, match=job):
        await health.no_failed_work(database)()

    await until_quiet(loop)
    assert await waiting() == [(job, rows.bad, 1)], "it was tried before its time"
    clock.advance(BACK_OFF)
    await until_quiet(loop)
    assert await waiting() == [(job, rows.bad, 2)]

    async with database.transaction() as session:
        await mend(session)
        await failed_work.retry(session, job=job, key=rows.bad, now=clock.now())
    await until_quiet(loop)
    assert await done() == sorted([*rows.good, rows.bad])
    assert await waiting() == []
    await health.no_failed_work(database)()
    assert resources.metrics.registry.get_sample_value("heed_failed_work_failures_total", {"job": job}) == 2


async def test_a_row_that_was_dropped_is_passed_over_until_it_is_retried(database_of):
    case, clock, database = CASES["complaint", "promises"], FakeClock(NOON), await database_of("complaint")
    (loop,) = (
        loop
        for loop in worker_of("complaint", Resources(database, clock, Metrics("complaint"))).tasks
        if loop.name == "promises"
    )
    async with database.transaction() as session:
        rows = await case.arrange(session)
        await poison(session, rows)
    await until_quiet(loop)
    async with database.transaction() as session:
        await failed_work.drop(session, job="promises", key=rows.bad, now=clock.now())
        await mend(session)
    clock.advance(timedelta(days=1))
    await until_quiet(loop)
    async with database.transaction() as session:
        assert rows.bad not in map(str, await session.scalars(text(case.done)))
        await health.no_failed_work(database)()
        await failed_work.retry(session, job="promises", key=rows.bad, now=clock.now())
    await until_quiet(loop)
    async with database.transaction() as session:
        assert rows.bad in map(str, await session.scalars(text(case.done)))


async def test_an_event_that_is_too_large_sets_aside_its_own_complaint_only(database_of):
    case, clock, database = CASES["complaint", "deadline_scheduler"], FakeClock(NOON), await database_of("complaint")
    worker = worker_of("complaint", Resources(database, clock, Metrics("complaint")))
    (timers,) = (loop for loop in worker.tasks if loop.name == "deadline_scheduler")
    async with database.transaction() as session:
        rows = await case.arrange(session)
        large = {"category": "x" * 200_000, "id": rows.bad}
        await session.execute(text("UPDATE complaint SET category = :category WHERE id = CAST(:id AS uuid)"), large)
    running = asyncio.create_task(timers.run())
    async with asyncio.timeout(30):
        while not await _failed(database):
            await asyncio.sleep(0.01)
    timers.stop()
    await running
    async with database.transaction() as session:
        assert sorted(map(str, await session.scalars(text(case.done)))) == sorted(rows.good)
    assert [(row.key, row.error) for row in await _failed(database)] == [(rows.bad, "EventTooLarge")]


async def _failed(database):
    async with database.transaction() as session:
        return await failed_work.list_failed_work(session, job="deadline_scheduler")
