"""How long it takes, with those who still wait: scipy's censored distribution and a published study as oracles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from heed_measures import survival
from heed_measures.errors import InvalidInput

# Freireich et al. 1963, 21 patients under 6-mercaptopurine: weeks of remission, + where it still lasted.
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
LASTED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def remission():
    ends = [True] * len(REMISSION)
    for weeks in LASTED:
        ends[max(place for place, week in enumerate(REMISSION) if week == weeks and ends[place])] = False
    return REMISSION, ends


def test_the_published_curve_and_median_of_the_remission_study():
    curve = survival.kaplan_meier(*remission())
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert np.round(curve.waiting, 4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    median = survival.quantile(curve, 0.5)
    # On this scale the textbooks print 23 weeks, from 13 on, without an upper end.
    assert (median.time, median.low, median.high) == (23, 13, None)


waits = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@given(waits.filter(lambda found: any(happened for _, happened in found)))
def test_it_agrees_with_scipy(found):
    took, happened = (np.array(column) for column in zip(*found, strict=True))
    curve = survival.kaplan_meier(took, happened)
    oracle = ecdf(CensoredData.right_censored(took.astype(float), ~happened)).sf
    assert curve.waiting == pytest.approx(oracle.evaluate(curve.times))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.sampled_from([0.25, 0.5, 0.9]))
def test_without_censoring_it_is_the_quantile_of_the_times(took, share):
    curve = survival.kaplan_meier(took, [True] * len(took))
    assert survival.quantile(curve, share).time == np.quantile(took, share, method="inverted_cdf")


@given(waits, st.randoms())
def test_the_order_of_the_cases_does_not_matter(found, random):
    other = found.copy()
    random.shuffle(other)
    one, two = (survival.kaplan_meier(*zip(*cases, strict=True)) for cases in (found, other))
    assert [column.tolist() for column in one] == [column.tolist() for column in two]


@given(waits)
def test_who_still_waits_never_makes_it_quicker(found):
    took, happened = zip(*found, strict=True)
    alone = survival.quantile(survival.kaplan_meier(took, happened), 0.5).time
    longer = survival.quantile(survival.kaplan_meier([*took, 1000], [*happened, False]), 0.5).time
    assert longer is None or (alone is not None and longer >= alone)


def test_as_long_as_more_than_half_wait_there_is_no_median():
    assert survival.quantile(survival.kaplan_meier([1, 5, 5], [True, False, False]), 0.5) == (None, 1.0, None)
    assert survival.quantile(survival.kaplan_meier([], []), 0.5) == (None, None, None)


@pytest.mark.parametrize(("took", "happened"), [([-1], [True]), ([float("nan")], [True]), ([1, 2], [True])])
def test_impossible_durations_are_refused(took, happened):
    with pytest.raises(InvalidInput):
        survival.kaplan_meier(took, happened)
