"""Cohorts are small in practice: a fit must never run away, whatever thirty customers happen to be there."""

import numpy as np
import pytest

from heed_measures import gamma_gamma, pareto_nbd, residual_value
from heed_measures.beta_geometric import BG_NBD, MBG_NBD
from heed_measures.errors import NoRepeatedPurchase
from tests.measures import cdnow


def spread(parameters):
    return [getattr(parameters, name) for name in ("r", "alpha", "a", "b", "s", "beta") if hasattr(parameters, name)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [30, 100, 200])
@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD, pareto_nbd], ids=["bg", "mbg", "pareto"])
def test_small_cohorts_are_fitted_without_a_runaway(model, size, repetitions):
    seen, random = cdnow.sample(), np.random.default_rng(size)
    for _ in range(repetitions(quick=15, full=200)):
        some = random.choice(len(seen.x), size, replace=False)
        x, tx, age, m = seen.x[some], seen.tx[some], seen.T[some], seen.m[some]
        found = model.fit(x, tx, age)
        assert found.converged
        assert max(spread(found)) < 200
        assert min(spread(found)) > 0.02
        margins = gamma_gamma.fit(x, m)
        assert margins.converged
        value = residual_value.discounted_residual(
            residual_value.discounted_purchases(model, found, x, tx, age), gamma_gamma.expected_margin(margins, x, m)
        )
        risk = model.probability_inactive(found, 90 / 7, x, tx, age)
        assert np.isfinite(value).all()
        assert ((risk >= 0) & (risk <= 1)).all()


def test_a_small_cohort_that_sent_everything_back_has_a_rhythm_but_no_margins_to_learn():
    seen, random = cdnow.sample(), np.random.default_rng(3)
    some = random.choice(len(seen.x), 30, replace=False)
    margins = gamma_gamma.GammaGammaParameters(p=6.25, q=3.744, v=15.44)
    with pytest.raises(NoRepeatedPurchase):
        gamma_gamma.fit(seen.x[some], -seen.m[some])
    expected = gamma_gamma.expected_margin(margins, seen.x[some], -seen.m[some])
    assert np.isfinite(expected).all()
    assert (expected <= margins.population_mean).all()


@pytest.mark.slow
def test_without_the_prior_they_would_run_away(repetitions):
    seen, random = cdnow.sample(), np.random.default_rng(30)
    away, times = 0, repetitions(quick=40, full=200)
    for _ in range(times):
        some = random.choice(len(seen.x), 30, replace=False)
        free = BG_NBD.fit(seen.x[some], seen.tx[some], seen.T[some], penalty=0.0)
        away += not free.converged or max(spread(free)) > 200
    assert away > times / 5
