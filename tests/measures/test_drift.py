"""A stable population raises no alarm, a drifting one does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import drift, evaluation
from heed_measures.errors import InvalidInput

CUSTOMERS = 5000


def risks(seed, *, moved=0.0):
    return 1 / (1 + np.exp(-np.random.default_rng(seed).normal(moved, 1, CUSTOMERS)))


def shift(before, after):
    frozen = drift.fit_reference(before)
    return drift.population_stability_index(frozen.shares, drift.histogram(frozen.borders, after))


def test_the_same_kind_of_customers_a_month_later_is_no_shift_and_others_are():
    assert shift(risks(1), risks(2)) < 0.02
    assert 0.02 < shift(risks(1), risks(2, moved=0.3)) < drift.PSI_ALERT
    assert shift(risks(1), risks(2, moved=1.0)) > drift.PSI_ALERT


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_every_value_is_in_one_group_and_a_population_has_no_shift_against_itself(values):
    frozen = drift.fit_reference(values)
    assert sum(frozen.shares) == pytest.approx(1)
    assert drift.histogram(frozen.borders, values).sum() == len(values)
    assert shift(values, values) == pytest.approx(0, abs=1e-12)


def test_customers_who_are_all_alike_can_be_watched_too():
    assert shift([0.8] * 100, [0.8] * 100) == 0
    assert shift([0.8] * 100, [0.2] * 100) > drift.PSI_ALERT


def test_forecasts_that_come_true_have_hardly_a_gap_and_those_that_do_not_have_one():
    predicted = risks(3)
    happened = np.random.default_rng(4).uniform(size=CUSTOMERS) < predicted
    assert drift.expected_calibration_error(evaluation.calibration(predicted, happened)) < 0.03
    assert drift.expected_calibration_error(evaluation.calibration(predicted / 2, happened)) > drift.CALIBRATION_ALERT
    # A mean that is right does not hide groups that are wrong.
    assert drift.expected_calibration_error(evaluation.calibration(1 - predicted, happened)) > drift.CALIBRATION_ALERT


def test_a_reference_without_customers_is_refused():
    for call in (
        lambda: drift.fit_reference([]),
        lambda: drift.population_stability_index([0.5, 0.5], [0, 0]),
        lambda: drift.population_stability_index([0.5, 0.5], [1.0]),
        lambda: drift.expected_calibration_error(
            evaluation.Calibration(np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros(1))
        ),
    ):
        with pytest.raises(InvalidInput):
            call()
