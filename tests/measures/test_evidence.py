"""What is too little evidence, and what chance does not explain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact

from heed_measures.errors import InvalidInput
from heed_measures.evidence import ALPHA, MIN_EVENTS, counts_differ, run_length, shares_differ, tail_probability

counts = st.integers(0, 60)
shares = st.tuples(counts, counts).map(lambda pair: (min(pair), max(pair)))


@given(counts, counts)
def test_counts_differ_as_in_the_exact_test_and_never_below_a_handful(first, second):
    expected = first + second >= MIN_EVENTS and binomtest(first, first + second).pvalue < ALPHA
    assert counts_differ(first, second) == counts_differ(second, first) == expected


@given(shares, shares)
def test_shares_differ_as_in_fishers_test_and_never_of_a_handful(first, second):
    (count, of), (other, other_of) = first, second
    is_significant = fisher_exact([[count, of - count], [other, other_of - other]]).pvalue < ALPHA
    expected = bool(of and other_of) and of + other_of >= MIN_EVENTS and is_significant
    assert shares_differ(first, second) == shares_differ(second, first) == expected


@given(shares, shares, st.integers(1, 50))
def test_what_differs_among_many_differs_alone(first, second, comparisons):
    assert shares_differ(first, second) >= shares_differ(first, second, comparisons=comparisons)


@given(st.integers(8, 200), st.floats(0.05, 0.95), st.floats(0.0001, 0.05))
def test_a_run_is_as_long_as_its_probability_needs_and_no_longer(periods, side, alpha):
    length = run_length(periods, side, alpha=alpha)

    def bound(run):
        return (1 + max(periods - run, 0) * (1 - side)) * side**run

    assert bound(length) <= alpha * (1 + 1e-9)
    assert length == 1 or bound(length - 1) > alpha * (1 - 1e-9)


def test_one_customer_lost_is_no_leak_and_six_of_six_are_one():
    assert not counts_differ(1, 0)
    assert not counts_differ(5, 0)
    assert counts_differ(6, 0)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: counts_differ(-1, 3),
        lambda: shares_differ((3, 2), (1, 2)),
        lambda: tail_probability(0),
        lambda: run_length(9, 1.0, alpha=0.05),
    ],
)
def test_what_cannot_be_is_refused(refused):
    with pytest.raises(InvalidInput):
        refused()
