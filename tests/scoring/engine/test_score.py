from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.gamma_gamma import GammaGammaParameters
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import PRIOR, Model, Population, ReferenceYear, from_json, prior, to_json
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from tests.examples import examples
from tests.scoring.factories import NOON, make_complaint, make_purchase, make_response, received

CUSTOMER = UUID(int=1)
STANDARD = ReferenceYear(current=200.0, gross_profit=220.0, purchase_days=4.0, service_cost=10.0)
MANY = Population(2357, 946, STANDARD)
FITTED = Model("bg_nbd", PRIOR, GammaGammaParameters(6.2, 3.7, 15.4), Money(), population=MANY)


def seen(*events, money=None, on=NOON):
    rows = [ledger_rows(received(event, aggversion=place + 1))[0] for place, event in enumerate(events)]
    return features(fold(rows), day=on.date(), money=money or Money())


def risk(*events, on=NOON):
    return Decimal(score([seen(*events, on=on)], prior(Money()))[0].risk.probability)


def steps(states, severity="major", complaint_id=None):
    """The risk of one customer with one complaint in each of these states."""
    complaint_id = complaint_id or uuid4()
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100)]
    return [
        risk(*bought, make_complaint(CUSTOMER, complaint_id=complaint_id, severity=severity, **state))
        for state in states
    ]


@pytest.mark.parametrize("severity", ["minor", "major", "critical"])
def test_the_ladder_quick_resolution_resolution_open_breached_unresolved(severity):
    done = {"state": "completed", "completed_at": NOON}
    ladder = steps(
        [
            done | {"within_target": True},
            done | {"within_target": False},
            {},
            {"breached": ("resolution",)},
            {"state": "declined", "ended_at": NOON},
        ],
        severity,
    )
    assert ladder == sorted(ladder)
    assert len(set(ladder)) == 5


def test_opening_a_complaint_never_lowers_the_risk():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100)]
    heavy = make_complaint(CUSTOMER, severity="critical")
    assert risk(*bought, heavy, make_complaint(CUSTOMER, severity="minor")) == risk(*bought, heavy)
    assert risk(*bought, make_complaint(CUSTOMER, severity="minor")) > risk(*bought)


def test_time_without_a_purchase_raises_the_risk():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100)]
    risks = [risk(*bought, on=NOON + timedelta(days=days)) for days in range(0, 400, 20)]
    assert risks == sorted(risks)


def test_an_old_solved_complaint_fades():
    bought = make_purchase(CUSTOMER, days_ago=10)
    solved = make_complaint(CUSTOMER, state="completed", completed_at=NOON - timedelta(days=1))
    base = risk(bought, on=NOON + timedelta(days=720))
    fresh, old = risk(bought, solved) - risk(bought), risk(bought, solved, on=NOON + timedelta(days=720)) - base
    assert fresh > old > 0


@given(
    st.lists(st.integers(0, 600), max_size=12),
    st.sampled_from(["minor", "major", "critical", None]),
    st.one_of(st.none(), st.integers(1, 5)),
)
@examples(60)
def test_the_factors_of_each_score_add_up_to_it_as_printed(days, severity, level):
    events = [make_purchase(CUSTOMER, days_ago=ago, gross="17.77") for ago in days]
    events += [make_complaint(CUSTOMER, severity=severity)] if severity else []
    events += [make_response(CUSTOMER, level=level)] if level else []
    for model in (prior(Money()), FITTED):
        result = score([seen(*events)], model)[0]
        printed = {
            "value": result.value.amount,
            "loyalty": result.loyalty.points,
            "churn_risk": result.risk.probability,
        }
        for name, total in printed.items():
            parts = [Decimal(part.contribution) for part in result.explanation().factors() if part.score == name]
            assert sum(parts, Decimal(0)) == Decimal(total or 0)
        assert Decimal(result.value.amount) == Decimal(result.value.current) + Decimal(result.value.potential)


def test_a_customer_scored_alone_gets_the_score_of_the_same_customer_among_many():
    customers = [
        seen(*(make_purchase(CUSTOMER, days_ago=(n * 37 + k * 61) % 700, gross=str(n + 1)) for k in range(n % 7)))
        for n in range(300)
    ]
    together = score(customers, FITTED)
    assert [score([customer], FITTED)[0] for customer in customers] == together


def test_amounts_of_another_currency_count_at_its_rate():
    bought = make_purchase(CUSTOMER, currency="EUR", gross="100")
    result = score([seen(bought, money=Money("USD", {"EUR": "1.10"}))], prior(Money("USD", {"EUR": "1.10"})))[0]
    assert result.value.current == "44.00"


def test_a_yen_has_no_cents():
    bought = make_purchase(CUSTOMER, currency="JPY", gross="1001")
    result = score([seen(bought, money=Money("JPY"))], prior(Money("JPY")))[0]
    assert result.value.current == "400"
    assert result.value.amount.isdecimal()


def test_a_model_stored_as_json_is_the_same_model_and_other_parameters_have_another_name():
    assert from_json(to_json(FITTED)).version == FITTED.version
    assert prior(Money()).version == "prior-1"
    assert len({FITTED.version, prior(Money()).version, prior(Money("EUR")).version}) == 3
