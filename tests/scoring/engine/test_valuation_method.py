"""Current and potential value, each directly or from indicators: four situations, named by `method`."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.customer import ReferralRecorded
from heed_common.contracts.survey import Measure
from heed_measures import ahp
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Population, prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.engine.value import indicators
from heed_scoring.ledger.facts import fold
from tests.examples import examples
from tests.scoring.engine.test_score import CUSTOMER, FITTED, MANY, STANDARD, seen
from tests.scoring.factories import NOON, make_purchase, make_response
from tests.scoring.ledger.test_facts import ledgers

FEW = replace(FITTED, population=Population(40, 20, STANDARD))
BEFORE_ANY_FIT = prior(Money())
KNOWN = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100, 20)]
FOREIGN = [make_purchase(CUSTOMER, days_ago=ago, currency="EUR") for ago in (200, 100, 20, 10)]
GUESSED = [make_purchase(CUSTOMER, days_ago=30, margin_estimated=True)]


def value(model, *events):
    result = score([seen(*events)], model)[0]
    return result.value, {part.factor: part for part in result.explanation().factors() if part.score == "value"}


def referral():
    return ReferralRecorded(customer_id=CUSTOMER, referral_id=uuid4(), occurred_at=NOON)


@pytest.mark.parametrize(
    ("model", "events", "method"),
    [
        (FITTED, KNOWN, "direct/direct"),
        (FEW, KNOWN, "direct/indicators"),
        (FITTED, FOREIGN, "indicators/direct"),
        (FEW, FOREIGN, "indicators/indicators"),
        (FITTED, GUESSED, "direct_default_margin/direct"),
        (BEFORE_ANY_FIT, GUESSED, "direct_default_margin/indicators"),
        (BEFORE_ANY_FIT, KNOWN, "direct/indicators"),
        (BEFORE_ANY_FIT, FOREIGN, "direct/indicators"),
        (FITTED, [make_response(CUSTOMER)], "no_purchase/none"),
        (FEW, [make_response(CUSTOMER)], "no_purchase/none"),
    ],
)
def test_completeness_and_number_of_customers_choose_the_situation(model, events, method):
    assert value(model, *events)[0].method == method


def test_half_of_the_purchases_in_known_currencies_are_enough():
    assert value(FITTED, *KNOWN, *FOREIGN[:3])[0].method == "direct/direct"
    assert value(FITTED, *KNOWN, *FOREIGN)[0].method == "indicators/direct"


@pytest.mark.parametrize(("customers", "repeaters", "many"), [(200, 50, True), (199, 50, False), (200, 49, False)])
def test_many_are_200_of_whom_50_came_back(customers, repeaters, many):
    model = replace(FITTED, population=replace(MANY, customers=customers, repeaters=repeaters))
    assert value(model, *KNOWN)[0].method == f"direct/{'direct' if many else 'indicators'}"


def test_of_the_last_years_profit_as_much_is_expected_as_loyalty_trust_and_referrals_have_of_100_points():
    contents = [make_response(CUSTOMER, level=5), referral(), referral()]
    result = score([seen(*KNOWN, *contents)], FEW)[0]
    index = Decimal(result.loyalty.points)
    expected = (
        Decimal(120)
        * Decimal(str(indicators.YEAR_AHEAD_DISCOUNT))
        * (
            (index * Decimal("0.581552") + Decimal(100) * Decimal("0.308996") + Decimal(100) * Decimal("0.109452"))
            / 100
        )
    )
    assert abs(Decimal(result.value.potential) - expected) < Decimal("0.01")


def test_without_answers_trust_is_no_line_and_its_weight_goes_to_the_others():
    _, lines = value(FEW, *KNOWN)
    assert "indicator_trust" not in lines
    assert lines["indicator_referrals"].contribution == "0.00"
    _, with_response = value(FEW, *KNOWN, make_response(CUSTOMER, level=4))
    assert with_response["indicator_trust"].seen == ("0.75",)
    assert with_response["indicator_trust"].evidence


def test_a_customer_like_the_upper_fifth_is_worth_what_it_is_worth():
    model = replace(FITTED, population=replace(MANY, standard=replace(STANDARD, purchase_days=len(FOREIGN))))
    worth, lines = value(model, *FOREIGN)
    assert worth.current == "200.00"
    assert set(lines) >= {"indicator_purchase_volume", "indicator_service_cost"}
    assert "indicator_gross_profit" not in lines


def test_half_the_volume_is_half_the_points_of_volume_and_no_volume_is_nothing():
    weights = indicators.CURRENT_WEIGHTS
    of_volume = weights[1] / (weights[1] + weights[2])
    _, half = value(FITTED, *FOREIGN[:2])
    assert float(half["indicator_purchase_volume"].contribution) == pytest.approx(200 * of_volume / 2, abs=0.01)
    old = [make_purchase(CUSTOMER, days_ago=500, currency="EUR")]
    assert value(FITTED, *old)[0].current == "0.00"


@given(ledgers(), st.sampled_from([FEW, BEFORE_ANY_FIT, FITTED]))
@examples(60)
def test_in_every_situation_the_lines_add_up_to_the_value_and_nothing_is_without_a_number(rows, model):
    rows = [row._replace(currency="EUR") if row.currency and row.gross % 3 == 0 else row for row in rows]
    result = score([features(fold(rows), day=NOON.date(), money=model.money)], model)[0]
    lines = [Decimal(part.contribution) for part in result.explanation().factors() if part.score == "value"]
    assert sum(lines, Decimal(0)) == Decimal(result.value.amount)
    assert Decimal(result.value.current) + Decimal(result.value.potential) == Decimal(result.value.amount)


def test_one_row_alone_is_worth_the_same_in_every_situation():
    customers = [
        seen(
            *(
                make_purchase(CUSTOMER, days_ago=(n * 37 + k * 61) % 500, currency="EUR" if k % 3 < n % 4 else "USD")
                for k in range(n % 6)
            ),
            *([make_response(CUSTOMER, level=1 + n % 5)] if n % 2 else []),
        )
        for n in range(120)
    ]
    for model in (FEW, FITTED):
        assert [score([customer], model)[0] for customer in customers] == score(customers, model)


@pytest.mark.parametrize(
    ("weights", "judged"),
    [(indicators.CURRENT_WEIGHTS, (2, 3, 2)), (indicators.POTENTIAL_WEIGHTS, (2, 5, 3))],
)
def test_the_weights_of_the_indicators_are_those_of_their_judgements(weights, judged):
    found = ahp.weights(ahp.matrix_from_upper(judged, 3)).weights
    assert np.round(found, 6).tolist() == list(weights)


def test_trust_combines_answers_on_trust_satisfaction_and_recommendation():
    assert set(indicators.TRUST_MEASURES) == {Measure.TRUST, Measure.SATISFACTION, Measure.RECOMMENDATION}
    assert np.isnan(indicators.trust(seen(*KNOWN)))
    assert indicators.trust(seen(make_response(CUSTOMER, level=4))) == 0.75
