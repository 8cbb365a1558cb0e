"""A fit ends with a model or with a reason, and never stops the worker."""

from uuid import uuid4

import pytest

from heed_scoring import handlers
from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import fitting
from tests.scoring.factories import make_purchase, received

pytestmark = pytest.mark.asyncio

DOLLARS = Money("USD")


async def ask_and_work_off(resources, **overrides):
    request = {"algorithm": "mbg_nbd", "observed_until": None, "penalty": 1.0, "promote": False} | overrides
    now = resources.clock.now()
    async with resources.database.transaction() as session:
        requested = await fitting.request_fit(session, now=now, **request)
    async with resources.database.transaction() as session:
        assert await fitting.run_next_fit(session, money=DOLLARS, clock=resources.clock)
    async with resources.database.transaction() as session:
        return await session.get(fitting.Fit, requested.id)


async def test_a_fit_that_fails_unexpectedly_ends_and_is_not_retried_for_ever(resources, caplog):
    purchase = received(make_purchase(uuid4()))
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, [purchase], clock=resources.clock)
    fit = await ask_and_work_off(resources, algorithm="of another release")
    assert (fit.state, fit.problem) == ("failed", "internal_error")
    assert "a fit failed" in caplog.text
    async with resources.database.transaction() as session:
        assert not await fitting.run_next_fit(session, money=DOLLARS, clock=resources.clock)


@pytest.mark.slow
async def test_a_fit_without_purchases_fails_with_the_reason(resources):
    fit = await ask_and_work_off(resources)
    assert (fit.state, fit.problem) == ("failed", "nobody_repeated")
