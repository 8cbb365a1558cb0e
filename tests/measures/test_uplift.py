"""Differences of shares as Newcombe 1998 prints them (table II, method 10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.uplift import uplift, wilson


@pytest.mark.parametrize(
    ("treated", "untreated", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_published_intervals(treated, untreated, low, high):
    found = uplift(treated, untreated)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.difference == pytest.approx(treated[0] / treated[1] - untreated[0] / untreated[1])


arms = st.integers(1, 500).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@given(arms, arms)
def test_the_interval_holds_the_difference_and_changes_its_sign_with_the_arms(treated, untreated):
    there, back = uplift(treated, untreated), uplift(untreated, treated)
    assert -1 <= there.low <= there.difference + 1e-12
    assert there.difference - 1e-12 <= there.high <= 1
    assert there.low == pytest.approx(-back.high)
    assert there.high == pytest.approx(-back.low)


@given(arms)
def test_a_surer_interval_is_wider(arm):
    narrow, wide = wilson(*arm, level=0.8), wilson(*arm, level=0.99)
    assert wide[0] <= narrow[0] + 1e-12
    assert narrow[1] <= wide[1] + 1e-12


@pytest.mark.parametrize(("successes", "trials", "level"), [(0, 0, 0.9), (2, 1, 0.9), (-1, 1, 0.9), (1, 1, 1.0)])
def test_impossible_counts_are_refused(successes, trials, level):
    with pytest.raises(InvalidInput):
        wilson(successes, trials, level=level)
