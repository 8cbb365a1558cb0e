"""Promotion while events arrive: no batch sees half of it, and no batch delays it for long."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from heed_common.clock import FakeClock
from heed_scoring import handlers
from heed_scoring.engine.loyalty.judgements import DEFAULT_JUDGEMENTS, weights_from_judgements
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as versions
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.scoring.factories import NOON, make_purchase, received

pytestmark = pytest.mark.asyncio
BLINK_SECONDS = 0.2
LENIENT = weights_from_judgements(DEFAULT_JUDGEMENTS, attitude_cut=50, behaviour_cut=50)


async def promote(session, clock):
    """Other cut-offs of loyalty: the smallest new model there is."""
    await models_repository.lock_champion(session)
    stored = await models_repository.in_force(session)
    renewed = replace(stored.read(), loyalty=LENIENT)
    return (await versions.continue_champion(session, stored, renewed, diagnostics={}, clock=clock)).version


async def in_its_own_transaction(database, work):
    async with database.transaction() as session:
        return await work(session)


async def speaking(session):
    return (await models_repository.champion(session)).version


async def test_a_batch_that_waits_for_a_promotion_is_scored_by_the_new_model(scoring_database):
    clock = FakeClock(NOON)
    bought = received(make_purchase(uuid4()))
    async with scoring_database.transaction() as session:
        version = await promote(session, clock)
        batch, swept, read = (
            asyncio.create_task(in_its_own_transaction(scoring_database, work))
            for work in (
                lambda late: handlers.process_batch(late, [bought], clock=clock),
                lambda late: DailyRefresh()(late, clock),
                speaking,
            )
        )
        await asyncio.sleep(BLINK_SECONDS)
        assert not any(task.done() for task in (batch, swept, read))
    assert await batch == 1
    assert await read == version
    await swept


async def test_batches_without_end_do_not_delay_a_promotion(scoring_database):
    clock = FakeClock(NOON)
    async with scoring_database.transaction() as earlier:
        await speaking(earlier)
        promoted = asyncio.create_task(in_its_own_transaction(scoring_database, lambda late: promote(late, clock)))
        await asyncio.sleep(BLINK_SECONDS)
        later = asyncio.create_task(in_its_own_transaction(scoring_database, speaking))
        await asyncio.sleep(BLINK_SECONDS)
        assert not promoted.done()
        assert not later.done()
    assert await later == await promoted
