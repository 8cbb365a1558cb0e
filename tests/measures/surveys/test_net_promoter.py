import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from heed_measures.errors import InvalidInput
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.design import ADJUSTED, Design
from heed_measures.surveys.estimators import mean
from heed_measures.surveys.net_promoter import mean_category, net_promoter, top_share
from tests.measures.surveys import designs


def test_the_published_score():
    values = np.repeat([9, 8, 3], [291, 476, 395])
    found = net_promoter(values, Design.simple(1162))
    assert round(found.nps.estimate, 2) == -8.95
    assert round(found.nps.high - found.nps.estimate, 2) == 4.39
    assert (found.promoters, found.passives, found.detractors) == (291, 476, 395)
    assert found.nps.warnings == ()


@given(seed=designs.seeds)
def test_the_error_is_that_of_a_mean_of_minus_100_0_and_100(seed):
    random = np.random.default_rng(seed)
    design = designs.stratified(random, n=120)
    values = random.integers(0, 11, 120)
    found = net_promoter(values, design)
    expected = mean(np.where(values >= 9, 100, np.where(values <= 6, -100, 0)), design)
    assert found.nps.estimate == pytest.approx(expected.estimate)
    assert found.nps.se == pytest.approx(expected.se)


@given(values=st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_intervals_stay_on_the_scale_and_hold_the_score(values):
    found = net_promoter(np.array(values, dtype=float), Design.simple(len(values))).nps
    if len(values) < 30:
        assert ADJUSTED in found.warnings
        assert -100 <= found.low < found.high <= 100
        assert found.low <= found.estimate <= found.high
    elif not np.isnan(found.se):
        assert found.low <= found.estimate <= found.high


def test_the_adjusted_interval_is_never_empty_where_all_agree():
    found = net_promoter([10.0] * 200, Design.simple(200)).nps
    assert found.se == 0
    assert ADJUSTED in found.warnings
    assert found.low < 100 == found.high


def test_adjusted_intervals_of_small_samples_cover_better_than_plain_ones():
    random = np.random.default_rng(1)
    truth, hits, plain_hits = 100 * (0.85 - 0.05), 0, 0
    for _ in range(500):
        values = random.choice([3.0, 7.0, 10.0], 12, p=[0.05, 0.1, 0.85])
        found = net_promoter(values, Design.simple(12)).nps
        plain = mean(np.select([values > 8, values < 7], [100, -100], 0), Design.simple(12))
        hits += found.low <= truth <= found.high
        plain_hits += plain.low <= truth <= plain.high
    assert hits / 500 > 0.93 > plain_hits / 500


@given(satisfied=st.integers(0, 80), others=st.integers(0, 80))
def test_the_satisfied_share_has_wilson_s_interval(satisfied, others):
    n = satisfied + others
    if not n:
        return
    codes = np.repeat([4, 2], [satisfied, others])
    found = top_share(Categories(Design.simple(n)).shares(codes, 5))
    wilson = binomtest(satisfied, n).proportion_ci(0.95, method="wilson")
    assert found.estimate == satisfied / n
    if n > 1:
        assert (found.low, found.high) == (pytest.approx(wilson.low, abs=1e-9), pytest.approx(wilson.high, abs=1e-9))


def test_the_effort_score_is_the_mean_of_its_scale():
    table = Categories(Design.simple(4)).shares(np.array([0, 3, 6, 6]), 7)
    assert mean_category(table).estimate == pytest.approx((1 + 4 + 7 + 7) / 4)
    assert mean_category(table).se == pytest.approx(mean([1, 4, 7, 7], Design.simple(4)).se)


def test_recommendations_off_the_scale_and_boxes_outside_the_table_are_refused():
    with pytest.raises(InvalidInput):
        net_promoter([11.0], Design.simple(1))
    with pytest.raises(InvalidInput):
        top_share(Categories(Design.simple(1)).shares(np.array([0]), 5), top=5)
