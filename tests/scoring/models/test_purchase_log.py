"""The ledger as a back-test reads it: what was known by a day, and what happened after."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from heed_common.clock import FakeClock
from heed_common.contracts.customer import ReturnReason
from heed_scoring import handlers
from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import purchase_log
from heed_scoring.models.versions import repository as models_repository
from tests.scoring.factories import NOON, as_batch, make_merge, make_purchase, make_registration, make_return

pytestmark = pytest.mark.asyncio

UNTIL = (NOON - timedelta(days=60)).date()
BEFORE, AFTER = NOON - timedelta(days=61), NOON - timedelta(days=10)
"""Moments at which scoring may learn of something."""


async def learn(database, at, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(at))


async def read(database, *, days=60, money=Money()):  # noqa: B008 - frozen
    """Customer's number, days before NOON, margin."""
    async with database.transaction() as session:
        log = await purchase_log.read(session, until=UNTIL, days=days, money=money)
    today = NOON.date().toordinal()
    return sorted(zip(log.customer.tolist(), (today - log.day).tolist(), log.amount.tolist(), strict=True))


async def test_an_empty_shop_has_an_empty_log(scoring_database):
    assert await read(scoring_database) == []


async def test_purchases_of_a_day_are_one_and_those_after_the_last_day_are_none(scoring_database):
    first, second = UUID(int=1), UUID(int=2)
    bought = [(first, 100), (first, 100), (first, 20), (second, 70), (second, 0)]
    purchases = [make_purchase(customer, days_ago=days) for customer, days in bought]
    registrations = [make_registration(customer) for customer in (first, second)]
    await learn(scoring_database, NOON, *registrations, *purchases)
    assert await read(scoring_database, days=59) == [(1, 20, 40.0), (1, 100, 80.0), (2, 70, 40.0)]
    assert (2, 0, 40.0) in await read(scoring_database, days=60)


async def test_who_is_one_customer_now_is_one_in_the_log(scoring_database):
    duplicate, survivor = UUID(int=1), UUID(int=2)
    purchases = [make_purchase(customer, days_ago=days) for customer, days in [(duplicate, 100), (survivor, 100)]]
    await learn(scoring_database, BEFORE, *purchases, make_purchase(survivor, days_ago=20))
    assert await read(scoring_database) == [(1, 100, 40.0), (2, 20, 40.0), (2, 100, 40.0)]
    await learn(scoring_database, AFTER, make_merge(duplicate, survivor))
    assert await read(scoring_database) == [(1, 20, 40.0), (1, 100, 80.0)]


async def test_a_foreign_margin_is_worth_its_rate_and_nothing_without_one(scoring_database):
    purchase = make_purchase(uuid4(), days_ago=80, currency="EUR")
    await learn(scoring_database, NOON, purchase)
    assert await read(scoring_database, money=Money("USD", {"EUR": "1.25"})) == [(1, 80, 50.0)]
    assert await read(scoring_database) == [(1, 80, 0.0)]


async def test_what_came_back_after_the_day_was_a_purchase_on_that_day(scoring_database):
    purchase = make_purchase(uuid4(), days_ago=80)
    await learn(scoring_database, BEFORE, purchase)
    before = await read(scoring_database)
    await learn(scoring_database, AFTER, make_return(purchase))
    assert await read(scoring_database) == before == [(1, 80, 40.0)]
    async with scoring_database.transaction() as session:
        naive = await models_repository.purchase_histories(session, until=UNTIL, rates={"USD": Decimal(1)})
    assert naive == [], "the histories of a fit know what came later, so they are no base for a back-test"


@pytest.mark.parametrize(
    ("bought", "returned", "reason"),
    [
        (BEFORE, BEFORE + timedelta(hours=1), ReturnReason.FAULTY),
        (BEFORE, AFTER, ReturnReason.CORRECTION),
        (AFTER, AFTER + timedelta(hours=1), ReturnReason.FAULTY),
    ],
    ids=["known by the day", "never bought", "imported with its past"],
)
async def test_what_came_back_before_or_never_was_is_no_purchase(scoring_database, bought, returned, reason):
    purchase = make_purchase(uuid4(), days_ago=80)
    await learn(scoring_database, bought, purchase)
    await learn(scoring_database, returned, make_return(purchase, reason=reason))
    assert await read(scoring_database) == []


async def test_after_the_day_a_purchase_that_came_back_is_none(scoring_database):
    bought, returned = (make_purchase(UUID(int=1), days_ago=days) for days in (30, 20))
    await learn(scoring_database, AFTER, bought, returned, make_return(returned))
    assert await read(scoring_database) == [(1, 30, 40.0)]


async def test_a_part_that_came_back_in_time_lowers_the_margin(scoring_database):
    purchase = make_purchase(uuid4(), days_ago=80, units=Decimal(2))
    await learn(scoring_database, BEFORE, purchase, make_return(purchase, units=Decimal(1), margin=Decimal(15)))
    assert await read(scoring_database) == [(1, 80, 25.0)]


async def test_the_first_moment_after_the_day_is_after_it(scoring_database):
    midnight = datetime.combine(UNTIL + timedelta(days=1), datetime.min.time(), UTC)
    purchases = [make_purchase(UUID(int=number), days_ago=80) for number in (1, 2)]
    await learn(scoring_database, BEFORE, *purchases)
    await learn(scoring_database, midnight - timedelta(microseconds=1), make_return(purchases[0]))
    await learn(scoring_database, midnight, make_return(purchases[1]))
    assert await read(scoring_database) == [(1, 80, 40.0)]
