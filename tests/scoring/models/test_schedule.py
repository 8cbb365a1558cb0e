import asyncio
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from heed_common.clock import FakeClock
from heed_scoring import handlers
from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import fitting, schedule
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as versions
from heed_scoring.tables import Fit
from tests.faults.merges import until_blocked
from tests.scoring.engine.test_churn import CALIBRATED
from tests.scoring.factories import NOON, as_batch, make_purchase

pytestmark = pytest.mark.asyncio
THREE = time(3)


async def ask(database, clock):
    async with database.transaction() as session:
        await schedule.request_nightly_fit(session, at=THREE, clock=clock)


async def fits(database):
    async with database.transaction() as session:
        return list(await session.scalars(select(Fit).order_by(Fit.requested_at)))


async def population(database, clock, *, customers, repeaters):
    events = [
        make_purchase(UUID(int=number + 1), days_ago=days)
        for number in range(customers)
        for days in ((90 + number % 30, 60 - number % 50) if number < repeaters else (40,))
    ]
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)


@pytest.mark.slow
async def test_after_its_time_and_once_a_day_a_fit_is_requested_and_promoted(scoring_database):
    clock = FakeClock(datetime.combine(NOON.date(), time(2, 59), NOON.tzinfo))
    await population(scoring_database, clock, customers=200, repeaters=50)
    await ask(scoring_database, clock)
    assert await fits(scoring_database) == []
    clock.advance(timedelta(minutes=2))
    await ask(scoring_database, clock)
    await ask(scoring_database, clock)
    async with scoring_database.transaction() as session:
        assert await fitting.run_next_fit(session, money=Money(), clock=clock)
    (fit,) = await fits(scoring_database)
    assert (fit.state, fit.scheduled) == ("done", True)
    async with scoring_database.transaction() as session:
        assert await models_repository.in_force_at(session, None) == fit.model_version
    clock.advance(timedelta(days=1))
    await ask(scoring_database, clock)
    assert len(await fits(scoring_database)) == 2


@pytest.mark.parametrize(("customers", "repeaters"), [(0, 0), (199, 60), (200, 49)])
async def test_too_few_customers_are_no_reason_to_learn_and_the_day_records_it(scoring_database, customers, repeaters):
    clock = FakeClock(NOON)
    await population(scoring_database, clock, customers=customers, repeaters=repeaters)
    await ask(scoring_database, clock)
    (fit,) = await fits(scoring_database)
    assert (fit.state, fit.problem) == ("failed", "too_few_customers")


@pytest.mark.slow
async def test_a_calibration_promoted_during_the_nightly_fit_is_preserved(scoring_database):
    clock = FakeClock(NOON)
    await population(scoring_database, clock, customers=200, repeaters=50)
    await ask(scoring_database, clock)

    async def work_off():
        async with scoring_database.transaction() as session:
            await fitting.run_next_fit(session, money=Money(), clock=clock)

    async with scoring_database.transaction() as session:
        stored = await models_repository.in_force(session)
        learned = replace(stored.read(), calibrated=CALIBRATED.calibrated)
        await versions.continue_champion(session, stored, learned, diagnostics={}, clock=clock)
        clock.advance(timedelta(seconds=1))
        nightly = asyncio.create_task(work_off())
        await until_blocked(scoring_database)
    await nightly
    (fit,) = await fits(scoring_database)
    async with scoring_database.transaction() as session:
        model = (await models_repository.in_force(session)).read()
    assert model.version == fit.model_version
    assert model.calibrated == learned.calibrated
