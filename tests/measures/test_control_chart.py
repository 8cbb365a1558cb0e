"""What chance does to counts, and what it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from heed_measures.control_chart import control_chart
from heed_measures.errors import InvalidInput
from heed_measures.evidence import MIN_EVENTS


def test_limits_of_even_counts_are_poissons():
    chart = control_chart([9] * 12, [7] * 12)
    assert chart.dispersion == 1
    assert (chart.low[0], chart.expected[0], chart.high[0]) == (
        poisson.ppf(0.0125 / 12, 9), 9, poisson.ppf(1 - 0.0125 / 12, 9),
    )  # fmt: skip
    assert not (chart.above | chart.below | chart.shifted).any()


def test_a_week_out_of_the_ordinary_is_marked_and_no_other():
    chart = control_chart([10, 9, 11, 10, 9, 10, 31, 10, 11, 9, 10, 10], [7] * 12, series=5)
    assert chart.above.nonzero()[0].tolist() == [6]
    assert not chart.below.any()


def test_a_long_month_may_have_more():
    chart = control_chart([28, 31, 30, 31, 30, 31, 31, 30], [28, 31, 30, 31, 30, 31, 31, 30])
    assert chart.expected.tolist() == pytest.approx([28, 31, 30, 31, 30, 31, 31, 30])
    assert chart.high[1] > chart.high[0]


def test_counts_that_always_jump_have_wider_limits():
    even, jumping = (control_chart(counts, [1] * 12) for counts in ([20] * 12, [5, 35] * 6))
    assert jumping.dispersion > 1
    assert jumping.high[0] > even.high[0]
    assert not jumping.above.any()


def test_a_long_run_on_one_side_is_a_shift():
    chart = control_chart([8] * 14 + [12] * 14, [1] * 28)
    assert chart.shifted.nonzero()[0].tolist() == [9, 10, 11, 12, 13, 23, 24, 25, 26, 27]
    assert not chart.above.any()
    assert not control_chart([8] * 14 + [12] * 14, [1] * 28, series=50).shifted.any()


def test_weeks_without_a_rare_complaint_are_no_shift():
    assert not control_chart([1, *[0] * 9, 1, *[0] * 9, 1, 1, 1], [7] * 23).shifted.any()


def test_ordinary_weeks_before_a_surge_are_no_shift():
    ordinary = [50, 46, 53, 49, 47, 52, 51, 48] * 3
    chart = control_chart([*ordinary, 190, 185], [7] * 26, series=7)
    assert chart.above.nonzero()[0].tolist() == [24, 25]
    assert (np.array(ordinary) < chart.expected[0]).all()
    assert not chart.shifted.any()


def test_four_are_no_alarm_and_five_may_be_one():
    four, five = (control_chart([*[0] * 30, 1, 1, burst], [7] * 33) for burst in (4, 5))
    assert not four.above.any()
    assert five.above.nonzero()[0].tolist() == [32]


def false_alarms(mean, periods, series, *, reports):
    """Return the share of reports of so many charts, in which nothing happens, that raise an alarm."""
    random, found = np.random.default_rng(11), 0
    for _ in range(reports):
        charts = (control_chart(random.poisson(mean, periods), np.ones(periods), series=series) for _ in range(series))
        found += any(chart is not None and (chart.above | chart.below | chart.shifted).any() for chart in charts)
    return found / reports


@pytest.mark.parametrize(("mean", "periods", "series"), [(0.4, 30, 4), (12, 26, 4), (1, 52, 2)])
def test_chance_alone_seldom_raises_an_alarm_however_many_charts_are_read(mean, periods, series, repetitions):
    reports = repetitions(quick=60, full=600)
    assert false_alarms(mean, periods, series, reports=reports) <= 0.05 + 3 * (0.05 * 0.95 / reports) ** 0.5


@given(st.lists(st.integers(0, 60), min_size=8, max_size=30))
def test_expected_counts_add_up_to_the_observed_counts(counts):
    chart = control_chart(counts, [1] * len(counts))
    if sum(counts) < MIN_EVENTS:
        assert chart is None
        return
    assert chart.expected.sum() == pytest.approx(sum(counts))
    assert (chart.low <= chart.expected).all()
    assert (chart.expected <= chart.high).all()


def test_few_periods_have_no_limits():
    assert control_chart([3] * 7, [1] * 7) is None


@pytest.mark.parametrize(("counts", "exposure"), [([-1], [1]), ([1], [0]), ([1, 2], [1])])
def test_counts_that_cannot_be_are_refused(counts, exposure):
    with pytest.raises(InvalidInput):
        control_chart(counts, exposure)
