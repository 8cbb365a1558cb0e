"""Loyalty is behaviour and attitude, each of what is known; the class needs both."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.customer import ReferralRecorded
from heed_common.contracts.survey import Answer, Measure
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.loyalty.judgements import DEFAULT_JUDGEMENTS, DEFAULT_WEIGHTS
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from tests.examples import examples
from tests.scoring.engine.test_score import CUSTOMER, seen
from tests.scoring.factories import NOON, make_purchase, make_response, make_return

REGULAR = [make_purchase(CUSTOMER, days_ago=ago, categories=("tea",)) for ago in range(0, 800, 90)]
ONCE = [make_purchase(CUSTOMER, days_ago=300)]
UNASKED = {"satisfaction", "recommendation", "effort"}


def answers(**levels):
    """Answers on a scale from 1 to 5, by measure."""
    return make_response(
        CUSTOMER,
        answers=tuple(
            Answer(item=measure, measure=Measure(measure), lowest=1, highest=5, value=level)
            for measure, level in levels.items()
        ),
    )


def referral():
    return ReferralRecorded(customer_id=CUSTOMER, referral_id=uuid4(), occurred_at=NOON)


def loyal(*events, judged=DEFAULT_WEIGHTS):
    """The loyalty of the customer, and its lines."""
    result = score([seen(*events)], replace(prior(Money()), loyalty=judged))[0]
    return result.loyalty, {part.factor: part for part in result.explanation().factors() if part.score == "loyalty"}


def index(*events, judged=DEFAULT_WEIGHTS):
    return Decimal(loyal(*events, judged=judged)[0].points)


@pytest.mark.parametrize(
    ("bought", "satisfaction", "named"),
    [(REGULAR, 5, "true"), (REGULAR, 1, "spurious"), (ONCE, 5, "latent"), (ONCE, 1, "none"), (REGULAR, None, None)],
)
def test_the_class_needs_behaviour_and_attitude(bought, satisfaction, named):
    response = [answers(satisfaction=satisfaction)] if satisfaction else []
    assert loyal(*bought, *response)[0].loyalty_class == named


def test_the_cut_offs_of_the_model_decide_what_is_high():
    strict = replace(DEFAULT_WEIGHTS, attitude_cut=90.0)
    response = answers(satisfaction=4)
    assert loyal(*REGULAR, response)[0].loyalty_class == "true"
    assert loyal(*REGULAR, response, judged=strict)[0].loyalty_class == "spurious"


def test_all_that_is_known_is_a_line_and_nothing_else():
    _, lines = loyal(*REGULAR, referral(), answers(recommendation=5, effort=4))
    assert set(lines) == {*judgements.LEVELS["behaviour"], "recommendation", "effort"}
    assert lines["cross_buying"].seen == ("1",)
    assert all(line.evidence for line in lines.values())
    _, unnamed = loyal(make_purchase(CUSTOMER, days_ago=20))
    assert set(unnamed) == {*judgements.LEVELS["behaviour"]} - {"cross_buying"}


def test_coverage_is_the_weight_of_what_is_known():
    assert loyal(*REGULAR)[0].coverage == "0.75"
    response = answers(satisfaction=4, recommendation=4, effort=4)
    assert loyal(*REGULAR, response)[0].coverage == "1.0"
    assert loyal(answers(satisfaction=4))[0].coverage == "0.16"
    assert loyal()[0].points is None


def test_what_is_not_known_of_a_side_leaves_its_weight_to_that_side():
    acts, feels = DEFAULT_WEIGHTS.weights["behaviour"], DEFAULT_WEIGHTS.weights["attitude"]
    known = loyal(*REGULAR, answers(satisfaction=4))[0]
    assert Decimal(known.attitude) == 75
    expected = float(known.behaviour) * acts + 75 * feels
    assert float(known.points) == pytest.approx(expected, abs=0.011)


@pytest.mark.parametrize("measure", sorted(UNASKED))
def test_a_better_answer_never_lowers_the_index(measure):
    found = [index(*REGULAR, answers(**{measure: level})) for level in range(1, 6)]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_referrals_and_further_categories_raise_it_and_returns_lower_it():
    before = index(*REGULAR)
    assert index(*REGULAR, referral()) > before
    assert index(*REGULAR[:-1], make_purchase(CUSTOMER, days_ago=720, categories=("tea", "milk"))) > before
    assert index(*REGULAR, *(make_return(bought) for bought in REGULAR[:4])) < before


@given(st.integers(1, 9), st.integers(1, 5))
@examples(20)
def test_the_more_a_side_is_judged_to_count_the_closer_the_index_comes_to_it(times, satisfaction):
    events = [*REGULAR, answers(satisfaction=satisfaction)]
    behaviour = Decimal(loyal(*events)[0].behaviour)
    apart = [
        abs(
            index(
                *events,
                judged=judgements.weights_from_judgements(
                    DEFAULT_JUDGEMENTS | {"loyalty": (ratio,)}, attitude_cut=60, behaviour_cut=60
                ),
            )
            - behaviour
        )
        for ratio in (1 / times, 1, times)
    ]
    assert apart == sorted(apart, reverse=True)
