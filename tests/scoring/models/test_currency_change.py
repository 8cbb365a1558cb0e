"""Amounts learned by a fit are converted when the currency changes, or dropped without a rate."""

from dataclasses import replace
from decimal import Decimal

import pytest

from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.models.fitting.currency_change import convert
from heed_scoring.models.fitting.fitting import _tiers
from tests.scoring.engine.test_score import CUSTOMER, FITTED, seen
from tests.scoring.factories import make_purchase

TIERED = replace(FITTED, tiers={"A": "250.00", "B": "60.00"})
EUROS = Money("EUR", {"USD": "0.5"})
BOUGHT = [make_purchase(CUSTOMER, days_ago=ago) for ago in (300, 200, 100, 20)]
UNRATED = [make_purchase(CUSTOMER, days_ago=ago, currency="CHF") for ago in (300, 200, 100, 20)]


def value(model, *events):
    return score([seen(*events, money=model.money)], model)[0].value


@pytest.mark.parametrize("events", [BOUGHT, UNRATED])
def test_at_a_known_rate_everybody_is_worth_the_same_in_the_other_currency(events):
    before, after = value(TIERED, *events), value(convert(TIERED, EUROS), *events)
    assert abs(Decimal(after.amount) * 2 - Decimal(before.amount)) <= Decimal("0.03")
    assert (after.tier, after.method) == (before.tier, before.method)


def test_without_a_rate_nothing_is_taken_for_an_amount_in_the_other_currency():
    model = convert(TIERED, Money("EUR"))
    assert model.tiers == {"A": "1000", "B": "300"}
    assert value(model, make_purchase(CUSTOMER, currency="EUR", days_ago=20)).method == "direct/indicators"
    assert model.purchase == TIERED.purchase


def test_before_any_fit_the_tiers_are_those_of_the_new_currency():
    assert convert(prior(Money()), Money("JPY")).tiers == {"A": "150000", "B": "45000"}
    assert prior(Money("CNY")).tiers == {"A": "7000", "B": "2100"}


def test_a_database_in_yen_preserves_the_tiers_of_an_earlier_release():
    earlier = replace(prior(Money("JPY")), tiers={"A": "1000", "B": "300"})
    rated = convert(earlier, Money("JPY", {"USD": "150"}))
    assert rated.tiers == earlier.tiers
    fitted_on_few = replace(prior(Money("JPY")), purchase=FITTED.purchase, margin=FITTED.margin)
    assert _tiers(fitted_on_few, rated) == earlier.tiers
    assert _tiers(fitted_on_few, convert(earlier, Money("EUR"))) == fitted_on_few.tiers


def test_other_rates_or_costs_leave_what_was_learnt_as_it_is():
    rated = Money("USD", {"EUR": "1.2"}, complaint_cost="3")
    assert convert(TIERED, rated) == replace(TIERED, money=rated)
    assert convert(prior(Money()), EUROS) == prior(EUROS)
