"""What a fit makes of a shop that sells in several currencies, and of one to which everything came back."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from heed_common.clock import FakeClock
from heed_measures.errors import MeasureError
from heed_scoring import handlers
from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import fitting
from heed_scoring.models.versions import repository as models_repository
from tests.scoring.factories import NOON, as_batch, make_purchase, make_return

pytestmark = pytest.mark.asyncio

TODAY = NOON.date()
RATE = Decimal("1.25")
EUROS = Money("USD", {"EUR": str(RATE)})
LATER = FakeClock(NOON + timedelta(hours=1))
CUSTOMERS = [UUID(int=number) for number in range(1, 41)]


def visits():
    """A shop of forty: who, how many days ago, how many dollars."""
    random = np.random.default_rng(8)
    for number, customer in enumerate(CUSTOMERS):
        for days in random.choice(300, 1 + number % 4, replace=False).tolist():
            yield customer, days, Decimal(int(random.integers(10, 200)) * 5)


def in_two_currencies():
    """The same shop; what every second customer pays is written in euros, the dollars being what they are worth."""
    for place, (customer, days, dollars) in enumerate(visits()):
        foreign = place % 2 == 1
        gross = str(dollars / RATE if foreign else dollars)
        yield make_purchase(customer, days_ago=days, gross=gross, currency="EUR" if foreign else "USD")


async def fit(database, events, *, money):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=LATER)
    rates = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    async with database.transaction() as session:
        histories = await models_repository.purchase_histories(session, until=TODAY, rates=rates)
    return fitting.fit_model("mbg_nbd", histories, TODAY, 1.0, money)


def back(purchases):
    return [make_return(bought) for bought in purchases]


async def test_a_shop_in_two_currencies_teaches_what_it_would_in_one(scoring_database):
    purchases = list(in_two_currencies())
    mixed = await fit(scoring_database, purchases, money=EUROS)
    again = [make_purchase(who, days_ago=days, gross=str(dollars)) for who, days, dollars in visits()]
    single = await fit(scoring_database, [*back(purchases), *again], money=Money("USD"))
    assert mixed.diagnostics == single.diagnostics
    assert mixed.diagnostics["converged"]
    assert mixed.diagnostics["customers"] == len(CUSTOMERS)
    assert mixed.model.purchase == single.model.purchase
    assert mixed.model.margin == single.model.margin


async def test_what_has_no_rate_still_counts_as_a_visit_but_not_as_money(scoring_database):
    purchases = list(in_two_currencies())
    known = await fit(scoring_database, purchases, money=EUROS)
    unknown = await fit(scoring_database, [], money=Money("USD"))
    assert unknown.model.purchase == known.model.purchase
    assert unknown.model.margin.population_mean < known.model.margin.population_mean


async def test_a_shop_to_which_everything_came_back_teaches_nothing_and_the_fit_has_the_reason(scoring_database):
    purchases = list(in_two_currencies())
    with pytest.raises(MeasureError) as refusal:
        await fit(scoring_database, [*purchases, *back(purchases)], money=EUROS)
    assert refusal.value.code == "nobody_repeated"


async def test_a_shop_without_a_repeated_purchase_teaches_nothing_and_the_fit_has_the_reason(scoring_database):
    with pytest.raises(MeasureError) as refusal:
        await fit(scoring_database, [make_purchase(who) for who in CUSTOMERS], money=EUROS)
    assert refusal.value.code == "nobody_repeated"
