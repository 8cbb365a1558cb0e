"""A customer with a long history has closed days, and the score that the whole ledger gives, to the digit."""

import json
import random
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_scoring import handlers
from heed_scoring.ledger.closed_days import MIN_CLOSED
from heed_scoring.ledger.facts import fold, from_json
from heed_scoring.models.fitting import repository as fits
from heed_scoring.scores import repository, service
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.examples import seeds
from tests.scoring.factories import (
    NOON,
    as_batch,
    make_complaint,
    make_merge,
    make_purchase,
    make_registration,
    make_return,
    make_unmerge,
    received,
)
from tests.scoring.replays import open_shop

pytestmark = pytest.mark.asyncio

ANN, BOB, CAT = CUSTOMERS = [UUID(int=number) for number in (1, 2, 3)]
FACTS = text("SELECT customer_id, facts FROM customer_facts ORDER BY customer_id")
BEFORE_CLOSED_DAYS = "0022"
NUMBERS = ("customer_id", "value", "loyalty", "churn_risk", "lifecycle", "value_at_risk", "complaints", "explanation")


def purchases_of(customer_id, *, days=2 * MIN_CLOSED, until=401):
    """A purchase on each of so many days, the last one so many days ago, and two of last month."""
    return [
        make_purchase(
            customer_id,
            days_ago=ago,
            gross=str(ago),
            currency=("USD", "CNY")[ago % 2],
            categories=("tea", "milk")[: ago % 3],
        )
        for ago in [*range(until, until + days), 30, 9]
    ]


async def process(database, clock, batch):
    async with database.transaction() as session:
        return await handlers.process_batch(session, list(batch), clock=clock)


async def closed_days(database):
    async with database.transaction() as session:
        return {row.customer_id: from_json(row.facts).closed for row in await session.execute(FACTS)}


async def check_scores(database, *, now):
    """The score of now is computed from stored facts, that of a past moment from the rows of the ledger."""
    async with database.transaction() as session:
        for customer_id in CUSTOMERS:
            stored = await service.score_at(session, customer_id=customer_id, at=None, now=now)
            folded = await service.score_at(session, customer_id=customer_id, at=now, now=now)
            assert {name: stored[name] for name in NUMBERS} == {name: folded[name] for name in NUMBERS}


@pytest.mark.parametrize("seed", seeds(12))
async def test_scores_are_those_of_the_whole_ledger_in_any_order_with_returns_and_merges(scoring_database, seed):
    choose, clock = random.Random(seed), FakeClock(NOON)
    bought = [purchase for customer_id in CUSTOMERS for purchase in purchases_of(customer_id, days=80)]
    returned = [make_return(purchase) for purchase in choose.sample(bought, 25)]
    # A return that names another customer than its purchase takes from a day of both of them, once they are one.
    returned += [make_return(one, customer_id=choose.choice(CUSTOMERS)) for one in choose.sample(bought, 5)]
    merges = [
        (make_merge(ANN, BOB), 2),
        (make_merge(BOB, CAT), 2),
        (make_unmerge(ANN, BOB), 3),
        (make_merge(ANN, CAT), 4),
    ]
    events = [received(event) for event in [*bought, *returned, make_complaint(ANN)]]
    events += [received(event, aggversion=version) for event, version in merges]
    choose.shuffle(events)
    events += choose.sample(events, 20)
    await process(scoring_database, clock, as_batch(map(make_registration, CUSTOMERS)))
    while events:
        size = choose.randint(1, 80)
        await process(scoring_database, clock, events[:size])
        events = events[size:]
        clock.advance(timedelta(hours=choose.randint(1, 30)))
        await check_scores(scoring_database, now=clock.now())
    assert None not in (await closed_days(scoring_database)).values()


async def test_a_late_return_opens_the_days_and_they_are_closed_again(scoring_database, clock):
    bought = purchases_of(ANN)
    await process(scoring_database, clock, as_batch(bought))
    before = (await closed_days(scoring_database))[ANN]
    assert len(before.days) == 2 * MIN_CLOSED
    await process(scoring_database, clock, as_batch([make_return(bought[0])]))
    after = (await closed_days(scoring_database))[ANN]
    assert before.days.without([after.days.last + 1]) == after.days
    async with scoring_database.transaction() as session:
        rows = await repository.ledger_rows_until(session, [ANN], at=NOON + timedelta(days=1))
        stored = {row.customer_id: from_json(row.facts) for row in await session.execute(FACTS)}
    whole = fold(rows)
    whole.close_days(NOON.date())
    assert stored[ANN] == whole


async def test_the_daily_refresh_closes_the_days_of_those_who_buy_nothing(scoring_database, clock):
    await process(scoring_database, clock, as_batch(purchases_of(ANN, until=300)))
    assert (await closed_days(scoring_database))[ANN] is None
    clock.advance(timedelta(days=100))
    async with scoring_database.transaction() as session:
        assert await DailyRefresh()(session, clock)
    assert (await closed_days(scoring_database))[ANN].days
    async with scoring_database.transaction() as session:
        score = await service.score_at(session, customer_id=ANN, at=clock.now(), now=clock.now())
        again = await service.score_at(session, customer_id=ANN, at=None, now=clock.now())
    assert {name: score[name] for name in NUMBERS} == {name: again[name] for name in NUMBERS}


async def test_a_clock_that_was_far_ahead_does_no_harm(scoring_database):
    await process(scoring_database, FakeClock(NOON + timedelta(days=900)), as_batch(purchases_of(ANN, until=1)))
    assert (await closed_days(scoring_database))[ANN].days
    for customer_id in (BOB, CAT):
        await process(scoring_database, FakeClock(NOON), as_batch(purchases_of(customer_id)))
    await process(scoring_database, FakeClock(NOON), as_batch([make_purchase(ANN)]))
    now = NOON + timedelta(days=901)  # The rows of Ann are recorded in the future.
    await check_scores(scoring_database, now=now)


async def test_a_fit_on_a_day_long_ago_sees_the_days_of_its_year(scoring_database, clock):
    await process(scoring_database, clock, as_batch(purchases_of(ANN)))
    async with scoring_database.transaction() as session:
        rows = await repository.ledger_rows_until(session, [ANN], at=NOON + timedelta(days=1))
        then = await fits.sample_of_facts(session, size=9, day=NOON.date() - timedelta(days=300))
        (stored,) = await fits.sample_of_facts(session, size=9, day=NOON.date())
    assert list(map(from_json, then)) == [fold(rows)]
    assert from_json(stored).closed is not None


async def test_a_replay_closes_the_same_days(scoring_database, clock):
    shop = await open_shop(scoring_database, clock)
    bought = purchases_of(ANN)
    await shop.deliver(*bought, *purchases_of(BOB), make_return(bought[3]), (make_merge(BOB, ANN), 2))
    clock.advance(timedelta(days=1))
    assert (await shop.replay(swap=True)).identical
    assert all((await closed_days(scoring_database)).values())
    await shop.deliver(make_return(bought[4]))
    assert (await shop.replay()).identical


@pytest_asyncio.fixture
async def migrated(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_scoring")
    database = Database(databases.url(name), pool_size=2)
    yield database
    await database.close()
    await databases.drop(name)


async def test_the_way_back_opens_all_days_and_the_next_event_closes_them(migrated, clock):
    bought = purchases_of(ANN)
    await process(migrated, clock, as_batch([*bought, make_return(bought[2])]))
    url = migrated.url.render_as_string(hide_password=False)
    await migrations.downgrade(url, "heed_scoring", to=BEFORE_CLOSED_DAYS)
    async with migrated.transaction() as session:
        (row,) = await session.execute(FACTS)
        rows = await repository.ledger_rows_until(session, [ANN], at=NOON + timedelta(days=1))
    assert '"closed"' not in row.facts
    assert from_json(row.facts) == fold(rows)
    days = json.loads(row.facts)["category_days"].values()
    assert days
    assert all(isinstance(day, int) for one in days for day in one)
    await migrations.upgrade(url, "heed_scoring")
    await process(migrated, clock, as_batch([make_purchase(ANN)]))
    assert (await closed_days(migrated))[ANN].days
