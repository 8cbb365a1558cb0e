"""Churn risk: complaint weights, satisfaction, log-odds and their attribution."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import churn
from tests.examples import examples

few = examples(30)

WEIGHTS = churn.complaint_weights()
probabilities = st.floats(1e-6, 1 - 1e-6)
factors = st.lists(st.floats(-8, 8), min_size=1, max_size=6)
satisfactions = st.floats(0, 1)


def weight(severity, state):
    return WEIGHTS[churn.SEVERITIES.index(severity), churn.STATES.index(state)]


def test_the_starting_weights_are_those_of_the_survey():
    minor, major, critical = WEIGHTS
    assert major == pytest.approx([0.714, 1.392, 1.795, 1.996, 2.197, 2.629], abs=6e-4)
    assert minor == pytest.approx([0, 1.049, 1.300, 1.426, 1.552, 1.738], abs=6e-4)
    assert critical == pytest.approx(1.25 * major)


@pytest.mark.parametrize("severity", churn.SEVERITIES)
def test_every_step_that_helps_the_customer_lowers_the_weight(severity):
    ladder = ["resolved_quickly", "resolved", "open", "breached", "unresolved", "silent"]
    weights = [weight(severity, state) for state in ladder]
    assert weights[0] >= 0
    assert all(lower < higher for lower, higher in pairwise(weights))


def test_a_more_severe_complaint_never_weighs_less():
    assert (np.diff(WEIGHTS, axis=0) > 0).all()


def test_the_weight_of_an_ended_complaint_halves_in_180_days_and_that_of_an_open_one_does_not():
    assert churn.decay_weight([2.0, 2.0, 2.0, 2.0], [0, 180, 360, np.nan]) == pytest.approx([2.0, 1.0, 0.5, 2.0])
    assert churn.decay_weight(2.0, 0) == 2.0


@given(satisfactions, satisfactions)
def test_more_satisfaction_never_raises_the_risk(one, other):
    low, high = sorted((one, other))
    assert churn.satisfaction_contribution(high) <= churn.satisfaction_contribution(low)


def test_satisfaction_lowers_the_risk_only_near_completeness_and_unknown_has_no_effect():
    steps = churn.satisfaction_contribution([0, 0.25, 0.5, 0.75, 1.0])
    falls = -np.diff(steps)
    assert falls[-1] > 2 * falls[:-1].max()
    assert steps[3] == 0
    assert np.exp(-2 * steps[4]) == pytest.approx(6)
    assert churn.satisfaction_contribution(np.nan) == 0


@given(probabilities, factors)
def test_contributions_move_the_log_odds_and_nothing_else(base, contributions):
    risk = churn.log_odds_to_probability([base], [contributions])[0]
    odds = base / (1 - base) * np.exp(sum(contributions))
    assert risk == pytest.approx(odds / (1 + odds), rel=1e-9)


@few
@given(st.one_of(probabilities, st.sampled_from([0.0, 1.0])), factors)
def test_attributed_parts_add_up_to_the_move_of_the_probability(base, contributions):
    parts = churn.attribute_probability([base], [contributions])
    risk = churn.log_odds_to_probability([base], [contributions])[0]
    assert parts.sum() == pytest.approx(risk - base, abs=1e-12)
    assert (np.sign(parts[0]) * np.sign(contributions) >= 0).all()


@given(probabilities, factors, st.floats(0.001, 8))
def test_the_attribution_is_the_closed_form_of_the_page(base, contributions, at_least):
    contributions = [*contributions, at_least]
    total = sum(contributions)
    if abs(total) > 1e-3:
        risk = churn.log_odds_to_probability([base], [contributions])[0]
        expected = [part * (risk - base) / total for part in contributions]
        assert churn.attribute_probability([base], [contributions])[0] == pytest.approx(expected, rel=1e-6, abs=1e-10)


@given(probabilities, st.floats(-4, 4), st.floats(-1e-9, 1e-9))
def test_opposite_factors_share_by_the_slope_at_the_base(base, factor, rest):
    parts = churn.attribute_probability([base], [[factor, rest - factor]])[0]
    assert parts == pytest.approx([factor * base * (1 - base), -factor * base * (1 - base)], abs=1e-8)


@few
@given(probabilities, st.lists(st.floats(-8, 8), min_size=2, max_size=6), st.randoms())
def test_no_factor_is_favoured_by_its_position(base, contributions, random):
    order = random.sample(range(len(contributions)), len(contributions))
    straight = churn.attribute_probability([base], [contributions])[0]
    shuffled = churn.attribute_probability([base], [[contributions[place] for place in order]])[0]
    assert shuffled == pytest.approx(straight[order], rel=1e-9, abs=1e-12)


@given(probabilities, factors, st.floats(0, 5))
def test_a_heavier_complaint_never_lowers_the_risk(base, contributions, heavier):
    lighter = churn.log_odds_to_probability([base], [contributions])[0]
    contributions[0] += heavier
    assert churn.log_odds_to_probability([base], [contributions])[0] >= lighter - 1e-12
