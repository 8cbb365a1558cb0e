"""The lesser churn factors: zero where nothing is known, and never punishing improvement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import churn, churn_factors

RAISING = [churn_factors.returns, churn_factors.rhythm, churn_factors.hand_overs]
LOWERING = [churn_factors.attitude, churn_factors.barriers]
FALLING = [churn_factors.satisfaction_trend]
named = {"ids": lambda factor: factor.__name__}


@pytest.mark.parametrize("factor", RAISING + LOWERING + FALLING, **named)
def test_an_unknown_factor_has_no_effect(factor):
    assert factor([np.nan]).tolist() == [0.0]


@pytest.mark.parametrize("factor", RAISING, **named)
@given(levels=st.tuples(st.floats(-5, 200), st.floats(-5, 200)))
def test_a_worse_factor_never_lowers_the_risk(factor, levels):
    assert factor(min(levels)) <= factor(max(levels))
    assert factor(0.0) == 0 < factor(100.0)


@pytest.mark.parametrize("factor", LOWERING, **named)
@given(levels=st.tuples(st.floats(-5, 200), st.floats(-5, 200)))
def test_more_goodwill_never_raises_the_risk(factor, levels):
    assert factor(min(levels)) >= factor(max(levels))
    assert factor(100.0) < 0


@given(st.floats(-5, 200), st.floats(-5, 200))
def test_a_fall_of_satisfaction_raises_the_risk_and_a_rise_leaves_it(one, other):
    trend = churn_factors.satisfaction_trend
    assert trend(min(one, other)) >= trend(max(one, other)) >= 0
    assert trend([-1.0, -0.5, 0.0, 0.5]).tolist() == [0.8, 0.4, 0.0, 0.0]


@pytest.mark.parametrize("factor", RAISING + LOWERING + FALLING, **named)
def test_no_lesser_factor_outweighs_an_unresolved_minor_complaint(factor):
    unresolved = churn.complaint_weights()[0, churn.STATES.index("unresolved")]
    assert np.abs(factor([-1e9, -1.0, 0.0, 1.0, 1e9])).max() < unresolved


def test_a_rhythm_counts_only_from_where_it_is_broken():
    assert churn_factors.rhythm([1.0, 2.0, 4.0, 8.0, 64.0]) == pytest.approx([0, 0, 0.25, 0.5, 0.5])
