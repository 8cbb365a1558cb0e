"""A merge that is faster than an event of its member, and many of both at once: no survivor has a stale score."""

import asyncio
import random
from uuid import uuid4

import pytest

from heed_scoring import handlers
from heed_scoring.identities import repository
from heed_scoring.identities.alias_graph import Aliases
from heed_scoring.identities.locked_batch import LockedBatch
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, service
from heed_scoring.scores.publication import Publication
from tests.common.broker_fixtures import bus
from tests.examples import seeds
from tests.faults.merges import computed, consume, overtake, score_document, scored, take_in, until_committed
from tests.scoring.factories import as_batch, make_merge, make_purchase, make_unmerge, received

pytestmark = pytest.mark.asyncio
__all__ = ["bus"]

ROUNDS, AT_ONCE = 6, 6


async def two(database, clock):
    duplicate, survivor = uuid4(), uuid4()
    await take_in(database, clock, *as_batch([make_purchase(duplicate, days_ago=9), make_purchase(survivor)]))
    return duplicate, survivor


async def believe(database, clock, event):
    """As a batch would be taken in that believes what it read of merges before it had the locks."""
    rows = handlers.ledger_rows(received(event))
    async with database.transaction() as session:
        model, _, days = await models_repository.champion(session)
        states = await repository.lock_customers(session, [row.customer_id for row in rows])
        alone = LockedBatch(states, Aliases(), set())
        now = clock.now()
        publication, today = Publication(model.version), days.day_of(now)
        timed = [(row, alone.timestamp(row, now)) for row in rows]
        await bulk_repository.insert_ledger_rows(session, timed)
        service._score_events(publication, timed, alone, model=model, today=today, now=now)
        await bulk_repository.update_customers(session, alone.changed(), day=today, model_version=model.version)
        await publication.flush(session, now=now)


async def test_a_batch_that_a_merge_overtook_is_done_again_and_moves_the_survivor(scoring_database, bus, clock):
    duplicate, survivor = await two(scoring_database, clock)
    bought = make_purchase(duplicate, gross="500")
    merged = received(make_merge(duplicate, survivor), aggversion=2)
    await overtake(scoring_database, clock, consume(scoring_database, bus, clock, (bought, 1)), merged)
    current = await score_document(scoring_database, survivor)
    assert current["caused_by"]["type"] == "heed.purchase.recorded.v1"
    assert await scored(scoring_database) == {survivor: current["value"]["amount"]}


async def test_a_batch_that_did_not_look_again_would_leave_the_survivor_a_stale_score(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    bought = make_purchase(duplicate, gross="500")
    merged = received(make_merge(duplicate, survivor), aggversion=2)
    await overtake(scoring_database, clock, believe(scoring_database, clock, bought), merged)
    current = await score_document(scoring_database, survivor)
    assert (await scored(scoring_database))[survivor] != current["value"]["amount"]


async def storm(database, clock, *, seed):
    """Batches of merges, un-merges and purchases of five people at once, looked at after each round."""
    chance, people = random.Random(seed), [uuid4() for _ in range(5)]
    versions = dict.fromkeys(people, 1)
    await take_in(database, clock, *as_batch([make_purchase(customer_id) for customer_id in people]))
    for _ in range(ROUNDS):
        batches = []
        for _ in range(AT_ONCE):
            one, other = chance.sample(people, 2)
            versions[one] += 1
            link = chance.choice([make_merge, make_merge, make_unmerge])(one, other)
            bought = [make_purchase(chance.choice(people), days_ago=chance.randint(0, 99)) for _ in range(2)]
            batches.append([*as_batch(bought), received(link, aggversion=versions[one])])
        await asyncio.gather(*(until_committed(database, clock, *batch) for batch in batches))
        assert await scored(database) == await computed(database, people)


@pytest.mark.parametrize("seed", range(4))
async def test_merges_and_purchases_at_once_end_as_if_one_had_come_after_the_other(scoring_database, clock, seed):
    await storm(scoring_database, clock, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(40, quick=0))
async def test_they_do_so_in_every_storm(scoring_database, clock, seed):
    await storm(scoring_database, clock, seed=100 + seed)
