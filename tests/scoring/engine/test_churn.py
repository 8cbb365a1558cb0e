"""What may and may not happen to a churn risk, whatever else is known of the customer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.survey import Answer, Measure
from heed_measures import churn_classifier
from heed_measures.churn_classifier import ClassifierParameters
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import PRIOR, Calibrated, prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.entry import LedgerKind
from heed_scoring.ledger.facts import fold
from tests.examples import examples
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import (
    NOON,
    make_answer,
    make_complaint,
    make_hand_over,
    make_purchase,
    make_response,
    received,
)
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers

TARGET = UUID(int=99)
OPEN = {"received", "accepted", "contacted", "committed"}
SEVERITIES = ["minor", "major", "critical"]
LATER = NOON + timedelta(minutes=1)
LAST_DIGIT = Decimal("0.000001")
CALIBRATED = replace(
    FITTED,
    calibrated=Calibrated(
        PRIOR,
        ClassifierParameters(
            features=tuple(churn_classifier.FEATURES),
            lowest=(-99.0,) * 6,
            highest=(99.0,) * 6,
            centre=(0.0,) * 6,
            scale=(1.0,) * 6,
            weights=(0.8, 0.3, 0.1, -0.4, -0.1, -0.05),
            intercept=-0.5,
            predicted=(0.1, 0.5, 0.9),
            observed=(0.05, 0.6, 0.95),
        ),
    ),
)
models = st.sampled_from([prior(Money()), FITTED, CALIBRATED])


def row_of(event, *, aggversion=1):
    return ledger_rows(received(event, aggversion=aggversion))[0]


def scored(rows, model, *, days=0):
    day = (NOON + timedelta(days=days)).date()
    return score([features(fold(rows), day=day, money=model.money)], model)[0]


def risk(rows, model, *, days=0):
    return Decimal(scored(rows, model, days=days).risk.probability)


def complaint(severity, **state):
    return row_of(make_complaint(CUSTOMER, complaint_id=TARGET, severity=severity, **state), aggversion=50)


def is_open_or_no_complaint(row):
    return row.kind is not LedgerKind.COMPLAINT or row.detail["state"] in OPEN


QUICKLY = {"state": "completed", "completed_at": NOON, "within_target": True}
RESOLVED = {"state": "completed", "completed_at": NOON, "within_target": False}
BREACHED = {"breached": ("resolution",)}
UNRESOLVED = {"state": "declined", "ended_at": NOON}


@given(ledgers(), models, st.sampled_from(SEVERITIES))
@examples(80)
def test_opening_a_complaint_never_lowers_the_risk(rows, model, severity):
    assert risk([*rows, complaint(severity)], model) >= risk(rows, model)


@given(ledgers(), models, st.sampled_from(SEVERITIES))
@examples(80)
def test_a_breach_raises_resolving_lowers_and_resolving_quickly_lowers_more(rows, model, severity):
    states = (QUICKLY, RESOLVED, {}, BREACHED, UNRESOLVED)
    ladder = [risk([*rows, complaint(severity, **state)], model) for state in states]
    assert ladder == sorted(ladder)
    others = [row for row in rows if row.kind is not LedgerKind.COMPLAINT]
    alone = [risk([*others, complaint(severity, **state)], model) for state in states]
    assert alone == sorted(alone)
    assert len(set(alone)) == len(states) or alone[0] > Decimal("0.999")


@given(ledgers(), models, st.integers(0, 300), st.integers(0, 300))
@examples(80)
def test_time_without_a_purchase_raises_the_risk_while_no_complaint_fades(rows, model, days, more):
    waiting = [row for row in rows if is_open_or_no_complaint(row)]
    assert risk(waiting, model, days=days + more) >= risk(waiting, model, days=days) - LAST_DIGIT


@given(ledgers(), models)
@examples(40)
def test_another_account_manager_never_lowers_the_risk(rows, model):
    assert risk([*rows, row_of(make_hand_over(CUSTOMER))], model) >= risk(rows, model)


@given(
    ledgers(),
    models,
    st.sampled_from([Measure.SATISFACTION, Measure.TRUST, Measure.RECOMMENDATION, Measure.REPURCHASE_INTENTION]),
    st.integers(0, 10),
    st.integers(0, 10),
)
@examples(80)
def test_a_better_answer_never_means_a_higher_risk(rows, model, measure, level, other):
    worse, better = (
        risk([*rows, row_of(make_answer(CUSTOMER, measure, level=rating, occurred_at=LATER))], model)
        for rating in sorted((level, other))
    )
    assert better <= worse


MEASURED = [Measure.SATISFACTION, Measure.TRUST, Measure.RECOMMENDATION, Measure.REPURCHASE_INTENTION]
MOST_LEVELS = 5_000
"""Half of the scale: of customers without earlier responses, a worse answer is one of the lower half."""
moments = st.integers(-1, 200).map(lambda ago: NOON - timedelta(days=ago))


def answer_row(measure, item, level, moment):
    """One item of that measure, answered from 0 to 10 000 as the ledger scales it."""
    answer = Answer(item=item, measure=measure, lowest=0, highest=10_000, value=level)
    return row_of(make_response(CUSTOMER, answers=(answer,), occurred_at=moment))


def levels_of(rows, measure):
    levels = [row.detail["levels"].get(measure.value, {}) for row in rows if row.kind is LedgerKind.RESPONSE]
    return [level for items in levels for level in items.values()]


items = st.sampled_from(["one", "two", "three"])
histories = st.lists(
    st.builds(answer_row, st.sampled_from(MEASURED), items, st.integers(0, 10_000), moments), min_size=1, max_size=8
)


@given(ledgers(), histories, models, st.sampled_from(MEASURED), items, moments, st.data())
@examples(150)
def test_a_worse_answer_of_any_day_and_item_never_lowers_the_risk(rows, answers, model, measure, item, moment, data):
    known = [*rows, *answers]
    others = [one for one in MEASURED if one is not Measure.SATISFACTION]
    felt = [measure] if measure is Measure.SATISFACTION else others
    worst = min([MOST_LEVELS, *(level for one in felt for level in levels_of(known, one))])
    worse = answer_row(measure, item, data.draw(st.integers(0, worst)), moment)
    assert risk([*known, worse], model) >= risk(known, model)


@given(ledgers(), histories, models, st.sampled_from(MEASURED), items, st.integers(0, 10_000))
@examples(80)
def test_an_older_answer_that_comes_late_never_lowers_the_risk(rows, answers, model, measure, item, level):
    last = answer_row(measure, item, 7_000, LATER)
    older = answer_row(measure, item, level, NOON - timedelta(days=400))
    known = [*rows, *answers, last]
    assert risk([*known, older], model) >= risk(known, model)


@given(ledgers(), models, st.integers(0, 10))
@examples(40)
def test_a_switching_barrier_never_raises_the_risk(rows, model, level):
    barrier = make_answer(CUSTOMER, Measure.SWITCHING_BARRIER, about="switching_cost", level=level, occurred_at=NOON)
    others = [row for row in rows if row.kind is not LedgerKind.RESPONSE]
    assert risk([*others, row_of(barrier)], model) <= risk(others, model)


@given(ledgers(), models)
@examples(80)
def test_whatever_is_known_the_lines_add_up_to_the_risk_as_printed(rows, model):
    result = scored(rows, model)
    lines = [Decimal(line.contribution) for line in result.explanation().factors() if line.score == "churn_risk"]
    assert sum(lines) == Decimal(result.risk.probability)


@given(ledgers(), models, st.sampled_from(SEVERITIES), st.booleans())
@examples(80)
def test_the_forecast_of_an_open_complaint_is_the_risk_once_it_came_to_pass(rows, model, severity, breached):
    before = scored([*rows, complaint(severity, **(BREACHED if breached else {}))], model)
    (forecast,) = [one for one in before.saved if one.complaint_id == str(TARGET)]
    quickly, unresolved = (risk([*rows, complaint(severity, **state)], model) for state in (QUICKLY, UNRESOLVED))
    assert (Decimal(forecast.risk_if_resolved_quickly), Decimal(forecast.risk_if_unresolved)) == (quickly, unresolved)
    exact = max(Decimal(before.value.potential), Decimal(0)) * (unresolved - quickly)
    assert Decimal(forecast.expected_value_saved) == round(exact, 2) >= 0


@given(ledgers(), models)
@examples(40)
def test_only_open_complaints_put_something_at_stake(rows, model):
    newest = {}
    for row in rows:
        if row.kind is LedgerKind.COMPLAINT:
            newest[row.detail["complaint_id"]] = row.detail
    opened = {key for key, state in newest.items() if state["state"] in OPEN}
    assert {one.complaint_id for one in scored(rows, model).saved} == opened


@given(st.lists(ledgers(), min_size=2, max_size=12))
@examples(20)
def test_whatever_is_known_of_others_a_customer_has_the_score_that_they_have_alone(histories):
    seen = [features(fold(rows), day=NOON.date(), money=Money()) for rows in histories]
    assert score(seen, FITTED) == [score([one], FITTED)[0] for one in seen]


def test_the_silence_of_a_customer_who_bought_every_week_is_a_reason_to_show():
    weekly = [row_of(make_purchase(CUSTOMER, days_ago=ago)) for ago in (100, 93, 86, 79, 72)]
    (line,) = [line for line in scored(weekly, FITTED).explanation().factors() if line.factor == "rhythm"]
    assert line.seen == ("72", "7")
    assert 0 < Decimal(line.contribution) < Decimal("0.1")
    fresh = [*weekly, row_of(make_purchase(CUSTOMER))]
    assert not [line for line in scored(fresh, FITTED).explanation().factors() if line.factor == "rhythm"]


def test_the_same_answer_again_changes_nothing():
    responses = [
        row_of(make_answer(CUSTOMER, Measure.SATISFACTION, level=level, occurred_at=NOON - timedelta(days=ago)))
        for level, ago in ((9, 30), (3, 20), (3, 10))
    ]
    assert risk(responses, FITTED) == risk(responses[:2], FITTED) > risk(responses[:1], FITTED)
