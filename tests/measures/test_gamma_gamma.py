"""Gamma-Gamma: the value of a purchase."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import gamma_gamma
from heed_measures.errors import InvalidInput, NoRepeatedPurchase
from heed_measures.gamma_gamma import GammaGammaParameters
from tests.measures import cdnow

CDNOW = GammaGammaParameters(p=6.25, q=3.744, v=15.44)
money = st.floats(-500, 500)


def test_the_fit_finds_the_published_parameters_of_cdnow():
    seen = cdnow.sample()
    found = gamma_gamma.fit(seen.x, seen.m, penalty=0.0)
    # The page's p, q, v are a little off the maximum: their log-likelihood is lower in the sixth decimal.
    assert (found.p, found.q, found.v) == pytest.approx((6.2488, 3.7446, 15.4477), rel=3e-4)
    assert (found.n, found.excluded, found.converged) == (946, 0, True)
    assert found.log_likelihood == pytest.approx(-4055.917695, abs=1e-6)
    assert found.population_mean == pytest.approx(35.170, abs=1e-3)


def test_without_repeats_the_margin_is_the_population_mean_whatever_the_own_margin():
    margins = gamma_gamma.expected_margin(CDNOW, [0, 0, 0], [np.nan, -5.0, 80.0])
    assert margins == pytest.approx(CDNOW.population_mean)


@given(x=st.integers(1, 500), m=money)
def test_the_expectation_lies_between_the_population_and_the_customer(x, m):
    low, high = sorted((CDNOW.population_mean, m))
    assert low - 1e-9 <= gamma_gamma.expected_margin(CDNOW, x, m) <= high + 1e-9


@given(x=st.integers(1, 500), m=money, more=st.floats(0.01, 100))
def test_a_better_margin_is_never_worth_less_not_even_below_zero(x, m, more):
    assert gamma_gamma.expected_margin(CDNOW, x, m + more) > gamma_gamma.expected_margin(CDNOW, x, m)


def test_customers_who_only_cost_are_left_out_of_the_fit_and_counted():
    x, m = [2, 3, 4, 1, 2, 0], [10.0, 12.0, 30.0, -4.0, 0.0, -1.0]
    found, without = gamma_gamma.fit(x, m), gamma_gamma.fit(x[:3], m[:3])
    assert (found.n, found.excluded) == (3, 2)
    assert (found.p, found.q, found.v) == (without.p, without.q, without.v)
    assert gamma_gamma.expected_margin(found, 50, -4.0) < 0


@pytest.mark.parametrize(("x", "m"), [([0, 0], [0, 0]), ([1, 2], [-1, 0]), ([], [])])
def test_the_fit_is_refused_without_repeats_of_a_positive_margin(x, m):
    with pytest.raises(NoRepeatedPurchase):
        gamma_gamma.fit(x, m)


@pytest.mark.parametrize(("x", "m"), [([1, 2], [1]), ([-1], [4.0]), ([1], [np.inf])])
def test_impossible_margins_are_refused(x, m):
    with pytest.raises(InvalidInput):
        gamma_gamma.fit(x, m)


@pytest.mark.parametrize(("x", "m"), [([1], [5.0]), ([3] * 40, [9.99] * 40), ([1, 1], [1e-4, 1e6])])
def test_odd_cohorts_give_finite_margins(x, m):
    found = gamma_gamma.fit(x, m)
    assert found.converged
    assert np.isfinite(gamma_gamma.expected_margin(found, [0, *x], [0, *m])).all()
