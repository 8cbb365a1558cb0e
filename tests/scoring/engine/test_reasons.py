"""Why a customer would leave, what makes them stay, and the stage of its lifecycle."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import DefectionReason, Measure, RetentionMotive, SwitchingBarrier
from heed_scoring.engine import lifecycle
from heed_scoring.engine.features.features import features
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from heed_scoring.scores import publication, score_document
from tests.examples import examples
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import (
    NOON,
    make_answer,
    make_complaint,
    make_hand_over,
    make_purchase,
    make_response,
    make_return,
    received,
)
from tests.scoring.ledger.test_facts import CUSTOMER, ledgers

BOUGHT = make_purchase(CUSTOMER, days_ago=5)


def scored(*events, days=0):
    rows = [ledger_rows(received(event, aggversion=place + 1))[0] for place, event in enumerate(events)]
    day = (NOON + timedelta(days=days)).date()
    return score([features(fold(rows), day=day, money=Money())], FITTED)[0]


def stage(*days_ago, days=0):
    return scored(*(make_purchase(CUSTOMER, days_ago=ago) for ago in days_ago), days=days).lifecycle


def response_about(measure, about, level):
    return make_answer(CUSTOMER, measure, about=about, level=level)


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ("product", "product"),
        ("product.broken", "product"),
        ("billing", "price"),
        ("delivery", "service"),
        ("staff.rude", "service"),
        ("other", "service"),
    ],
)
def test_the_category_of_an_open_complaint_is_the_reason(category, reason):
    assert scored(BOUGHT, make_complaint(CUSTOMER, category=category)).risk.reason == reason


@pytest.mark.parametrize(
    ("returned_for", "reason"),
    [
        ("faulty", "product"),
        ("wrong_item", "service"),
        ("late", "service"),
        ("not_wanted", "own_change"),
        ("other", "unknown"),
    ],
)
def test_the_reason_of_a_return_is_the_reason(returned_for, reason):
    returned = make_return(make_purchase(CUSTOMER), reason=ReturnReason(returned_for))
    assert scored(BOUGHT, make_purchase(CUSTOMER), returned).risk.reason == reason


def test_a_corrected_entry_is_no_reason():
    returned = make_return(make_purchase(CUSTOMER), reason=ReturnReason.CORRECTION)
    assert scored(BOUGHT, make_purchase(CUSTOMER), returned).risk.reason == "unknown"


def test_the_factor_that_raises_the_risk_most_is_the_reason():
    annoyed = make_complaint(CUSTOMER, category="billing", severity="critical")
    assert scored(BOUGHT, make_hand_over(CUSTOMER)).risk.reason == "service"
    assert scored(BOUGHT, make_response(CUSTOMER, level=1)).risk.reason == "service"
    assert scored(BOUGHT, make_hand_over(CUSTOMER), annoyed).risk.reason == "price"


def test_nothing_is_claimed_where_nothing_raises_the_risk():
    assert scored(BOUGHT).risk.reason == "unknown"
    assert scored(BOUGHT, make_response(CUSTOMER, level=5)).risk.reason == "unknown"


def test_the_reason_that_the_customer_names_comes_first():
    reasons = {"competitor": 9, "price": 7}
    responses = [response_about(Measure.DEFECTION_REASON, reason, level) for reason, level in reasons.items()]
    assert scored(BOUGHT, make_complaint(CUSTOMER, category="product"), *responses).risk.reason == "competitor"
    half = response_about(Measure.DEFECTION_REASON, "competitor", 5)
    assert scored(BOUGHT, make_complaint(CUSTOMER, category="product"), half).risk.reason == "product"


def test_motives_and_barriers_are_those_that_weigh_more_than_half_the_strongest_first():
    risk = scored(
        response_about(Measure.RETENTION_MOTIVE, "customer_surplus", 6),
        response_about(Measure.RETENTION_MOTIVE, "attachment", 8),
        response_about(Measure.SWITCHING_BARRIER, "sunk_cost", 5),
        response_about(Measure.SWITCHING_BARRIER, "termination_barrier", 10),
    ).risk
    assert risk.motives == ("attachment", "customer_surplus")
    assert risk.barriers == ("termination_barrier",)


def test_trust_means_attachment_unless_a_response_denies_it():
    trust = make_answer(CUSTOMER, Measure.TRUST, level=9)
    assert scored(trust).risk.motives == ("attachment",)
    assert scored(trust, response_about(Measure.RETENTION_MOTIVE, "attachment", 1)).risk.motives == ()
    assert scored(make_answer(CUSTOMER, Measure.TRUST, level=6)).risk.motives == ()


@given(ledgers())
@examples(80)
def test_every_code_is_one_of_the_taxonomy(rows):
    result = score([features(fold(rows), day=NOON.date(), money=Money())], FITTED)[0]
    assert result.risk.reason in set(DefectionReason)
    assert set(result.risk.motives) <= set(RetentionMotive)
    assert set(result.risk.barriers) <= set(SwitchingBarrier)
    assert result.lifecycle.stage in lifecycle.STAGES
    assert result.lifecycle.reason in lifecycle.REASONS


def test_a_relation_is_explored_formed_stable_and_declines():
    assert stage() == ("exploration", "not_bought_yet")
    assert stage(40) == ("exploration", "bought_once")
    assert stage(40, 20) == ("formation", "comes_back")
    assert stage(240, 160, 80, 0) == ("stability", "comes_back_steadily")
    assert stage(240, 160, 80, 0, days=160) == ("stability", "comes_back_steadily")
    assert stage(240, 160, 80, 0, days=161) == ("decline", "rhythm_broken")
    assert stage(0, days=365) == ("exploration", "bought_once")
    assert stage(0, days=366) == ("decline", "silent_for_a_year")


def test_three_quick_purchases_are_no_stable_relation_yet():
    assert stage(9, 6, 3, 0).stage == "formation"


@given(st.sets(st.integers(0, 700), max_size=6), st.integers(0, 500), st.integers(0, 500))
@examples(80)
def test_a_relation_in_decline_does_not_recover_by_waiting(ago, days, more):
    if stage(*ago, days=days).stage == "decline":
        assert stage(*ago, days=days + more).stage == "decline"


def test_a_purchase_ends_the_decline():
    assert stage(200, 190, 180).stage == "decline"
    assert stage(200, 190, 180, 0).stage == "stability"


def test_a_customer_filed_under_by_mistake_has_no_complaint_of_theirs():
    moved = make_complaint(UUID(int=2), former_customer_ids=(CUSTOMER,))
    rows = [row for row in ledger_rows(received(moved)) if row.customer_id == CUSTOMER]
    assert features(fold(rows), day=NOON.date(), money=Money()).complaints == []


def test_a_new_stage_is_published_however_little_the_numbers_moved():
    def on(days):
        return scored(*(make_purchase(CUSTOMER, days_ago=ago) for ago in (240, 160, 80, 0)), days=days)

    published = score_document.serialize_numbers(on(160))
    assert publication.is_significant_change(published, on(161))
    assert not publication.is_significant_change(published, on(159))
    assert not publication.is_significant_change(score_document.serialize_numbers(on(161)), on(162))
