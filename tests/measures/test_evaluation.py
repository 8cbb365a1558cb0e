"""Measures of a forecast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import evaluation
from heed_measures.errors import InvalidInput
from tests.examples import examples

few = examples(30)

outcomes = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({happened for _, happened in rows}) == 2
)


@few
@given(outcomes)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    wins = [
        (score > other) + 0.5 * (score == other)
        for score, happened in rows
        for other, other_happened in rows
        if happened and not other_happened
    ]
    found = evaluation.auc([score for score, _ in rows], [happened for _, happened in rows])
    assert found == pytest.approx(sum(wins) / len(wins))


def test_auc_is_refused_when_all_outcomes_are_equal():
    with pytest.raises(InvalidInput):
        evaluation.auc([0.1, 0.2], [True, True])


def test_an_honest_forecast_is_calibrated_in_every_group_and_a_boastful_one_is_not():
    random = np.random.default_rng(1)
    chance = random.uniform(size=50_000)
    happened = random.uniform(size=50_000) < chance
    honest = evaluation.calibration(chance, happened)
    boastful = evaluation.calibration(np.sqrt(chance), happened)
    assert honest.customers.tolist() == [5000] * 10
    assert np.abs(honest.forecast - honest.observed).max() < 0.03
    assert np.abs(boastful.forecast - boastful.observed).max() > 0.15


def test_a_perfect_ranking_captures_the_spend_of_the_best_tenth_first():
    spend = np.arange(100.0)
    assert evaluation.decile_capture(spend, spend)[0] == pytest.approx(sum(range(90, 100)) / 4950)
    assert evaluation.decile_capture(-spend, spend)[0] == pytest.approx(45 / 4950)
    assert evaluation.decile_capture(spend, spend)[-1] == 1
    with pytest.raises(InvalidInput):
        evaluation.decile_capture([1.0], [0.0])
