"""RFM, rhythm, market basket, retention, segments: the figures of the whole portfolio."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import basket, retention, rfm, rhythm, segmentation
from heed_measures.beta_geometric import MBG_NBD
from heed_measures.errors import InvalidInput
from heed_measures.evaluation import auc
from tests.examples import examples
from tests.measures import cdnow
from tests.measures.test_beta_geometric import HOLDOUT, fitted

few = examples(30)

numbers = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=60)
lines = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=80)


@few
@given(numbers)
def test_equal_customers_get_equal_rfm_scores_and_better_ones_never_lower(values):
    found = rfm.scores(rfm.cut_offs(values, values, values), values, values, values)
    order = np.argsort(values)
    for score, sign in ((found.recency, -1), (found.frequency, 1), (found.money, 1)):
        assert set(score.tolist()) <= {1, 2, 3, 4, 5}
        assert (sign * np.diff(score[order]) >= 0).all()
        assert (np.diff(score[order])[np.diff(np.array(values)[order]) == 0] == 0).all()


def test_quintiles_are_closed_on_the_right():
    values = np.arange(1.0, 12.0)
    found = rfm.scores(rfm.cut_offs(values, values, values), values, values, values)
    assert found.money.tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found.recency.tolist() == [5, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_a_frozen_rfm_score_does_not_depend_on_who_else_is_scored():
    seen = cdnow.sample()
    frozen = rfm.cut_offs(seen.T - seen.tx, seen.x, seen.m)
    together = rfm.scores(frozen, seen.T - seen.tx, seen.x, seen.m)
    alone = rfm.scores(frozen, seen.T[7] - seen.tx[7], seen.x[7], seen.m[7])
    assert [int(score[7]) for score in together] == [int(score) for score in alone]


def test_an_rfm_score_needs_numbers():
    with pytest.raises(InvalidInput):
        rfm.cut_offs([], [], [])
    with pytest.raises(InvalidInput):
        rfm.scores(rfm.cut_offs([1], [1], [1]), np.nan, 1, 1)


def test_a_rhythm_is_broken_when_the_gap_outgrows_the_own_interval():
    assert rhythm.gap_ratio(4, 20, 35) == 3.0
    assert np.isnan(rhythm.gap_ratio(0, 0, 35))
    assert rhythm.is_broken([4, 4, 1, 0], [20, 20, 5, 0], [35, 29, 40, 40]).tolist() == [True, False, False, False]


@pytest.mark.repeated
def test_the_gap_ranks_who_stays_away_but_worse_than_the_model():
    seen = cdnow.master()
    repeated = seen.x > 0
    stayed_away = (seen.holdout_days == 0)[repeated]
    risk = MBG_NBD.probability_inactive(fitted(MBG_NBD, cdnow.master), HOLDOUT, seen.x, seen.tx, seen.T)
    by_gap = auc(rhythm.gap_ratio(seen.x, seen.tx, seen.T)[repeated], stayed_away)
    assert by_gap == pytest.approx(0.6673, abs=6e-5)
    assert auc(risk[repeated], stayed_away) == pytest.approx(0.7221, abs=6e-5)


@few
@given(lines)
def test_pair_rules_count_as_a_patient_person_would(bought):
    baskets = {}
    for number, product in bought:
        baskets.setdefault(number, set()).add(product)
    size = max((number for number, _ in bought), default=-1) + 1
    having = Counter(product for products in baskets.values() for product in products)
    pairs = Counter(pair for products in baskets.values() for pair in combinations(sorted(products), 2))
    expected = {}
    for (one, other), count in pairs.items():
        for first, then in ((one, other), (other, one)):
            lift = count * size / having[first] / having[then]
            expected[first, then] = (count, count / size, count / having[first], lift)
    found = basket.pair_rules([n for n, _ in bought], [p for _, p in bought], min_baskets=1)
    seen = {(int(row[0]), int(row[1])): row[2:] for row in zip(*found, strict=True)}
    assert seen.keys() == expected.keys()
    assert all(seen[pair] == pytest.approx(expected[pair]) for pair in expected)
    assert (np.diff(found.lift) <= 1e-9).all()


def test_rare_pairs_are_left_out_and_impossible_lines_refused():
    assert len(basket.pair_rules([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 2]).antecedent) == 2
    with pytest.raises(InvalidInput):
        basket.pair_rules([0, -1], [0, 1])
    with pytest.raises(InvalidInput):
        basket.pair_rules([0, 2], [0, 1], baskets=2)


def test_baskets_without_any_of_the_products_count_for_the_support():
    known, all_of_them = (basket.pair_rules([0, 0], [0, 1], min_baskets=1, baskets=size) for size in (1, 4))
    assert (known.support.tolist(), all_of_them.support.tolist()) == ([1.0, 1.0], [0.25, 0.25])
    assert (known.lift.tolist(), all_of_them.lift.tolist()) == ([1.0, 1.0], [4.0, 4.0])


def test_who_loses_a_hundred_and_wins_a_hundred_has_a_leaky_bucket():
    bucket = retention.leaky_bucket(start=1000, end=1000, new=100, value_each=50.0, cost_each=80.0)
    assert (bucket.lost, bucket.won, bucket.net) == (100, 100, 0)
    assert (bucket.value_lost, bucket.cost_of_winning) == (5000.0, 8000.0)
    assert retention.retention_rate(1000, 1000, 100) == 0.9


@pytest.mark.parametrize(("start", "end", "new"), [(0, 5, 5), (10, 25, 5), (10, 4, 5), (10, 5, -1)])
def test_counts_that_cannot_be_are_refused(start, end, new):
    with pytest.raises(InvalidInput):
        retention.retention_rate(start, end, new)


def test_cohorts_show_who_came_back_and_nothing_about_the_future():
    table = retention.cohort_retention([0, 0, 1], [0, 1, 1, 1, 2, 2], [0, 0, 0, 2, 0, 2], periods=3)
    assert table[0] == pytest.approx([1, 0.5, 0.5])
    assert table[1, :2] == pytest.approx([1, 1])
    assert np.isnan(table[1, 2])
    assert np.isnan(table[2]).all()
    with pytest.raises(InvalidInput):
        retention.cohort_retention([1], [0], [0], periods=2)


def test_those_who_bought_once_are_split_off_before_groups_are_looked_for():
    seen = cdnow.sample()
    found = segmentation.coordinates(seen.T - seen.tx, seen.x, seen.m * seen.x)
    assert int(found.repeated.sum()) == len(found.standard) == 946
    assert found.standard.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.standard.std(axis=0) == pytest.approx([1, 1, 1])
    assert segmentation.coordinates([3.0, 4.0], [0, 0], [0, 0]).standard.shape == (0, 3)


def test_the_distinguishing_feature_of_a_group_is_the_largest_difference():
    random = np.random.default_rng(5)
    members = np.arange(2000) < 400
    values = random.normal(size=(2000, 3))
    values[members, 1] += 1.5
    values[:, 2] = 7
    far = segmentation.standardized_differences(values, members)
    assert far[1] == pytest.approx(1.5, abs=0.15)
    assert abs(far[0]) < 0.15
    assert far[2] == 0
    with pytest.raises(InvalidInput):
        segmentation.standardized_differences(values, np.ones(2000, dtype=bool))


customers = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9), st.integers(-5, 900)), max_size=40)


@few
@given(customers, st.randoms())
def test_clusters_are_the_same_whatever_the_order_of_the_customers(bought, random):
    shuffled = random.sample(bought, len(bought))
    columns, others = (np.array(rows, dtype=float).reshape(-1, 3).T for rows in (bought, shuffled))
    assert segmentation.clusters(*columns) == segmentation.clusters(*others)


@few
@given(customers)
def test_a_customer_alone_lies_in_the_cluster_that_it_lies_in_among_others(bought):
    columns = np.array(bought, dtype=float).reshape(-1, 3).T
    frozen = segmentation.clusters(*columns)
    together = segmentation.assign(frozen, *columns).tolist()
    assert together == [int(segmentation.assign(frozen, [r], [f], [m])[0]) for r, f, m in bought]
    assert all(
        (place == segmentation.ONE_TIME_BUYERS) == (f == 0) for place, (_, f, _) in zip(together, bought, strict=True)
    )
    assert max(together, default=0) <= len(frozen.centres) <= 4


def test_clusters_of_the_music_shop_are_ordered_by_the_money_that_they_bring():
    seen = cdnow.sample()
    recency, money = seen.T - seen.tx, seen.x * np.nan_to_num(seen.m)
    frozen = segmentation.clusters(recency, seen.x, money)
    centres = np.expm1(np.array(frozen.centres) * frozen.spread + frozen.mean)
    assert (np.diff(centres[:, 2]) > 0).all()
    places = segmentation.assign(frozen, recency, seen.x, money)
    assert (places == segmentation.ONE_TIME_BUYERS).sum() == (seen.x == 0).sum() == 1411
    typical = np.expm1(np.log1p(np.column_stack([recency, seen.x, money]))[places == 4].mean(axis=0))
    assert typical == pytest.approx(centres[3], rel=1e-6)


def test_one_time_buyers_need_no_cluster():
    frozen = segmentation.clusters([3.0, 5.0], [0, 0], [0, 0])
    assert frozen.centres == ()
    assert segmentation.assign(frozen, [3.0, 2.0], [0, 2], [0, 9]).tolist() == [0, 1]
    with pytest.raises(InvalidInput):
        segmentation.clusters([1.0], [1], [1], count=0)


def test_counted_cohorts_give_the_table_of_the_customers():
    first, active, owner = [0, 0, 1], [0, 1, 0, 2, 1, 2], [0, 0, 1, 1, 2, 2]
    by_customer = retention.cohort_retention(first, active, owner, periods=3)
    counted = retention.retention_matrix([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [2, 1, 1, 1, 1], periods=3)
    assert np.array_equal(by_customer, counted, equal_nan=True)
    with pytest.raises(InvalidInput):
        retention.retention_matrix([1], [2], [1], periods=3)
