"""Groups within strata: scipy's test for one stratum, van Elteren's formula and chance itself for several."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kruskal

from heed_measures.errors import InvalidInput
from heed_measures.rank_tests import stratified_rank_test

cases = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 3)), min_size=8, max_size=60)


def columns(found):
    return tuple(np.array(column) for column in zip(*found, strict=True))


@given(cases)
def test_of_one_kind_of_complaint_it_is_the_test_of_kruskal_and_wallis(found):
    values, group, _ = columns(found)
    samples = [values[group == number] for number in np.unique(group)]
    if len(samples) < 2 or len(np.unique(values)) < 2:
        return
    oracle = kruskal(*samples)
    test = stratified_rank_test(values, group, np.zeros(len(values), dtype=int))
    assert test.statistic == pytest.approx(oracle.statistic, abs=1e-9)
    assert (test.degrees, test.p) == (len(samples) - 1, pytest.approx(oracle.pvalue, abs=1e-9))
    assert test.effect == pytest.approx(oracle.statistic / (len(values) - 1), abs=1e-9)


def test_of_two_groups_it_is_van_elterens():
    random = np.random.default_rng(7)
    stratum, group = random.integers(0, 4, 80), random.integers(0, 2, 80)
    values = random.permutation(80) + 10.5 * group
    difference = variance = 0.0
    for number in range(4):
        here = stratum == number
        ranks = values[here].argsort().argsort() + 1
        n, first = here.sum(), (group[here] == 0).sum()
        difference += ranks[group[here] == 0].sum() / (n + 1) - first / 2
        variance += first * (n - first) / (12 * (n + 1))
    assert stratified_rank_test(values, group, stratum).statistic == pytest.approx(difference**2 / variance)


def test_the_p_value_is_that_of_a_permutation_test():
    random = np.random.default_rng(3)
    stratum, group = random.integers(0, 3, 120), random.integers(0, 3, 120)
    values = random.gamma(2.0, 1 + stratum + 0.5 * group)
    found = stratified_rank_test(values, group, stratum)
    by_chance = []
    for _ in range(1500):
        shuffled = group.copy()
        for number in range(3):
            shuffled[stratum == number] = random.permutation(group[stratum == number])
        by_chance.append(stratified_rank_test(values, shuffled, stratum).statistic >= found.statistic)
    assert found.p == pytest.approx(np.mean(by_chance), abs=0.03)


@given(cases, st.randoms())
def test_the_order_of_the_cases_and_the_scale_do_not_matter(found, random):
    other = found.copy()
    random.shuffle(other)
    values, group, stratum = columns(other)
    one, two = stratified_rank_test(*columns(found)), stratified_rank_test(np.exp(values / 3.0), group, stratum)
    assert one[:5] == pytest.approx(two[:5])
    assert one.percentile == pytest.approx(two.percentile, nan_ok=True)


@given(cases)
def test_an_effect_is_a_share_and_strata_balance_out(found):
    test = stratified_rank_test(*columns(found))
    assert 0 <= test.effect <= 1
    assert 0 <= test.p <= 1
    compared = test.sizes > 0
    if compared.any():
        assert np.average(test.percentile[compared], weights=test.sizes[compared]) == pytest.approx(0.5)


def test_a_difference_between_kinds_of_complaints_is_not_one_between_groups():
    stratum = np.repeat([0, 1], 20)
    group = np.concatenate([np.tile([0, 0, 0, 1], 5), np.tile([0, 1, 1, 1], 5)])
    values = 100 * stratum + np.tile(np.arange(4), 10)[np.argsort(np.tile(np.arange(4), 10), kind="stable")]
    naive = kruskal(values[group == 0], values[group == 1]).pvalue
    values = 100.0 * stratum + np.random.default_rng(1).normal(size=40)
    assert naive < 0.05 < stratified_rank_test(values, group, stratum).p


def test_where_the_group_alone_decides_the_effect_is_whole():
    test = stratified_rank_test([1, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 1], [0] * 6)
    assert (test.effect, test.percentile.tolist()) == (pytest.approx(1.0), [pytest.approx(0.25), pytest.approx(0.75)])


@pytest.mark.parametrize("found", [[], [(1, 0, 0), (2, 0, 0)], [(1, 0, 0), (1, 1, 0)], [(1, 0, 0), (2, 1, 1)]])
def test_without_comparable_groups_the_p_value_is_1(found):
    test = stratified_rank_test(*(columns(found) if found else ([], [], [])))
    assert (test.statistic, test.p, test.effect, test.compared) == (0.0, 1.0, 0.0, 0)


@pytest.mark.parametrize("found", [([1.0], [0], []), ([float("nan")], [0], [0]), ([1.0], [-1], [0])])
def test_impossible_values_and_groups_are_refused(found):
    with pytest.raises(InvalidInput):
        stratified_rank_test(*found)


def test_groups_further_apart_are_surer():
    stratum, group = np.zeros(40, dtype=int), np.tile([0, 1], 20)
    noise = np.random.default_rng(5).normal(size=40)
    sure = [stratified_rank_test(noise + apart * group, group, stratum).p for apart in (0, 1, 2, 4)]
    assert all(one > two for one, two in pairwise(sure))
