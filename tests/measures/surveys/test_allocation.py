from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys.allocation import optimal, proportional, variance_of_mean

strata = st.lists(
    st.tuples(st.integers(min_value=0, max_value=400), st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0])),
    min_size=1,
    max_size=7,
)
SMALL = st.lists(
    st.tuples(st.integers(min_value=1, max_value=6), st.sampled_from([0.5, 1.0, 2.0, 5.0])), min_size=2, max_size=3
)


def split(rows):
    return np.array([size for size, _ in rows]), np.array([deviation for _, deviation in rows])


@given(rows=strata, total=st.integers(min_value=0, max_value=1500), minimum=st.integers(min_value=0, max_value=3))
def test_every_allocation_sums_to_the_size_within_its_strata(rows, total, minimum):
    sizes, deviations = split(rows)
    floor = np.minimum(sizes, minimum)
    assume(floor.sum() <= min(total, sizes.sum()))
    assume(total >= (sizes > 0).sum())
    for found in (proportional(sizes, total, minimum=minimum), optimal(sizes, deviations, total, minimum=minimum)):
        assert found.sum() == min(total, sizes.sum())
        assert ((found >= floor) & (found <= sizes)).all()


@given(rows=strata, total=st.integers(min_value=20, max_value=1500))
def test_the_optimal_allocation_is_never_less_precise_than_the_proportional(rows, total):
    sizes, deviations = split(rows)
    assume(np.minimum(sizes, 2).sum() <= min(total, sizes.sum()))
    best = variance_of_mean(sizes, deviations, optimal(sizes, deviations, total))
    assert best <= variance_of_mean(sizes, deviations, proportional(sizes, total)) * (1 + 1e-12)


@given(rows=SMALL, total=st.integers(min_value=3, max_value=12))
def test_no_other_allocation_in_whole_numbers_is_more_precise(rows, total):
    sizes, deviations = split(rows)
    assume(len(sizes) <= total <= sizes.sum())
    found = variance_of_mean(sizes, deviations, optimal(sizes, deviations, total, minimum=1))
    others = [
        variance_of_mean(sizes, deviations, other)
        for other in product(*(range(1, size + 1) for size in sizes))
        if sum(other) == total
    ]
    assert others
    assert found <= min(others) * (1 + 1e-12)


def test_a_proportional_allocation_gives_equal_weights_but_for_rounding():
    assert proportional([5000, 3000, 2000], 100).tolist() == [50, 30, 20]
    assert proportional([5000, 3000, 2001], 7).tolist() == [3, 2, 2]
    assert proportional([10_000, 3], 100).tolist() == [98, 2]


def test_the_optimal_allocation_follows_size_times_deviation():
    assert optimal([1000, 1000], [1.0, 3.0], 100).tolist() == [25, 75]
    assert optimal([1000, 20], [1.0, 1000.0], 100).tolist() == [80, 20]


def test_strata_that_do_not_vary_are_allocated_in_proportion():
    assert optimal([300, 100], [0.0, 0.0], 40).tolist() == [30, 10]


def test_a_stratum_that_varies_without_a_member_makes_the_mean_infinitely_uncertain():
    assert variance_of_mean([10, 10], [1.0, 1.0], [5, 0]) == float("inf")
    assert variance_of_mean([10, 10], [1.0, 0.0], [10, 0]) == 0


@pytest.mark.parametrize(
    ("sizes", "deviations", "total"),
    [([10, 10], [1, 1], 3), ([10, -1], [1, 1], 5), ([10, 10], [1, float("nan")], 5), ([10, 10], [1], 5)],
)
def test_impossible_allocations_are_refused(sizes, deviations, total):
    with pytest.raises(InvalidInput):
        optimal(sizes, deviations, total)


def test_a_hundred_thousand_members_of_a_thousand_strata_are_allocated_at_once():
    generator = np.random.default_rng(1)
    sizes = generator.integers(10, 2000, 1000)
    deviations = generator.random(1000)
    found = optimal(sizes, deviations, 100_000)
    assert found.sum() == 100_000
    ideal = sizes * deviations / (sizes * deviations).sum() * 100_000
    inside = (found > 2) & (found < sizes)
    assert np.corrcoef(found[inside], ideal[inside])[0, 1] > 0.999
