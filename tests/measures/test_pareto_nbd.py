"""Pareto/NBD: the published numbers on CDNOW, and its integral."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from heed_measures import pareto_nbd
from heed_measures.errors import InvalidInput, NoRepeatedPurchase
from heed_measures.evaluation import auc, brier, rmse
from heed_measures.pareto_nbd import ParetoParameters
from tests.examples import examples
from tests.measures import cdnow
from tests.measures.optima import assert_same_optimum
from tests.measures.test_beta_geometric import HOLDOUT, customers, fitted

few = examples(30)

shapes, scales = st.floats(0.1, 4), st.floats(0.5, 60)
parameters = st.builds(ParetoParameters, r=shapes, alpha=scales, s=shapes, beta=scales)


def test_the_fit_finds_the_published_parameters_of_cdnow():
    found = fitted(pareto_nbd)
    published = ParetoParameters(r=0.55328, alpha=10.5777, s=0.60624, beta=11.6687)
    assert_same_optimum(pareto_nbd, found, published, cdnow.sample())
    assert found.log_likelihood == pytest.approx(-9594.9762, abs=5e-5)
    assert (found.n, found.repeaters, found.converged) == (2357, 946, True)
    assert pareto_nbd.expected_purchases_new(found, 52) == pytest.approx(1.473434, abs=5e-6)


@pytest.mark.parametrize(
    ("cohort", "by_expectation"),
    [(cdnow.sample, 0.7787), pytest.param(cdnow.master, 0.7687, marks=pytest.mark.repeated)],
)
def test_expected_purchases_rank_who_buys_in_the_holdout(cohort, by_expectation):
    seen = cohort()
    expected = pareto_nbd.expected_purchases(fitted(pareto_nbd, cohort), HOLDOUT, seen.x, seen.tx, seen.T)
    assert auc(expected, seen.holdout_days > 0) == pytest.approx(by_expectation, abs=6e-5)


@pytest.mark.repeated
def test_the_forecast_and_the_risk_of_the_holdout_are_as_good_as_published():
    seen, all_seen = cdnow.sample(), cdnow.master()
    expected = pareto_nbd.expected_purchases(fitted(pareto_nbd), HOLDOUT, seen.x, seen.tx, seen.T)
    assert rmse(expected, seen.holdout_days) == pytest.approx(1.603, abs=6e-4)
    found = fitted(pareto_nbd, cdnow.master)
    risk = pareto_nbd.probability_inactive(found, HOLDOUT, all_seen.x, all_seen.tx, all_seen.T)
    assert auc(risk, all_seen.holdout_days == 0) == pytest.approx(0.7627, abs=6e-5)
    assert brier(risk, all_seen.holdout_days == 0) == pytest.approx(0.1656, abs=6e-5)


def closed_form_alive(given, x, tx, age):
    """Schmittlein, Morrison & Colombo's P(alive) by two hypergeometric functions (the larger scale first)."""
    size, s, least, most = given.r + x, given.s, min(given.alpha, given.beta), max(given.alpha, given.beta)
    second = s + 1 if given.alpha >= given.beta else size

    def term(moment):
        series = hyp2f1(size + s, second, size + s + 1, (most - least) / (most + moment))
        return series * ((given.alpha + age) / (most + moment)) ** size * ((given.beta + age) / (most + moment)) ** s

    return 1 / (1 + s / (size + s) * (term(tx) - term(age)))


@given(given=parameters, who=customers())
def test_the_quadrature_agrees_with_the_closed_form_where_that_can_be_computed(given, who):
    x, tx, age = who
    if x <= 20:
        expected = closed_form_alive(given, x, tx, age)
        assert pareto_nbd.probability_alive(given, x, tx, age) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@few
@given(given=parameters, who=customers(), t=st.floats(0.01, 200))
def test_the_probability_of_no_purchase_is_the_ratio_of_two_likelihoods(given, who, t):
    x, tx, age = who
    later = pareto_nbd.log_likelihood(given, [x], [tx], [age + t])
    now = pareto_nbd.log_likelihood(given, [x], [tx], [age])
    risk = pareto_nbd.probability_inactive(given, t, x, tx, age)
    assert risk == pytest.approx(np.exp(later - now), rel=1e-7, abs=1e-12)


@few
@given(given=parameters, who=customers(), t=st.floats(0.01, 200), more=st.floats(0.01, 50))
def test_time_without_a_purchase_only_raises_the_risk_and_lowers_who_is_alive(given, who, t, more):
    x, tx, age = who
    now, later = [
        (
            pareto_nbd.probability_inactive(given, t, x, tx, day),
            pareto_nbd.probability_alive(given, x, tx, day),
        )
        for day in (age, age + more)
    ]
    assert later[0] >= now[0] - 1e-9
    assert later[1] <= now[1] + 1e-9


@pytest.mark.parametrize("s", [1.0, 1 + 1e-9, 1 - 1e-9, 1 + 2e-5])
def test_the_expectation_has_no_gap_where_its_formula_divides_by_nothing(s):
    beside = [ParetoParameters(0.5, 6.0, value, 9.0) for value in (s - 1e-4, s, s + 1e-4)]
    low, at, high = (float(pareto_nbd.expected_purchases(one, 12, 3, 20, 30)) for one in beside)
    assert at == pytest.approx((low + high) / 2, rel=1e-7)


def test_a_fit_on_impossible_data_is_refused():
    with pytest.raises(NoRepeatedPurchase):
        pareto_nbd.fit([0, 0], [0, 0], [10, 20])
    with pytest.raises(InvalidInput):
        pareto_nbd.fit([1], [5], [4])


def test_a_heavy_buyer_and_a_single_one_can_be_fitted_alone():
    for x, tx, age in (([200] * 3, [30.0] * 3, [31.0] * 3), ([1], [0.5], [0.5])):
        found = pareto_nbd.fit(x, tx, age)
        assert found.converged
        assert np.isfinite(pareto_nbd.expected_purchases(found, 12, x, tx, age)).all()
