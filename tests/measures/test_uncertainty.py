"""Intervals: as wide as the fit is unsure, and never outside what is possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import pareto_nbd, uncertainty
from heed_measures.beta_geometric import BG_NBD, MBG_NBD
from tests.examples import examples
from tests.measures import cdnow
from tests.measures.test_beta_geometric import HOLDOUT, fitted

few = examples(30)

WHO = (np.array([0.0, 2.0, 10.0]), np.array([0.0, 20.0, 30.0]), np.array([35.0, 35.0, 35.0]))


def risk_errors(model, x, tx, age):
    found = model.fit(x, tx, age)
    spread = model.covariance(found, x, tx, age)
    return uncertainty.standard_error(
        lambda parameters: model.probability_inactive(parameters, HOLDOUT, *WHO), found, spread
    )


@pytest.mark.slow
@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD, pareto_nbd], ids=["bg", "mbg", "pareto"])
def test_a_tenth_of_the_customers_leaves_three_times_the_uncertainty(model):
    seen = cdnow.sample()
    some = slice(0, None, 10)
    all_of_them = risk_errors(model, seen.x, seen.tx, seen.T)
    a_tenth = risk_errors(model, seen.x[some], seen.tx[some], seen.T[some])
    assert (all_of_them > 0).all()
    assert (a_tenth / all_of_them > 1.5).all()


@pytest.mark.repeated
@pytest.mark.slow
def test_the_delta_method_is_as_wide_as_refitting_resampled_customers():
    seen, random = cdnow.sample(), np.random.default_rng(11)
    n, risks = len(seen.x), []
    for _ in range(80):
        some = random.integers(0, n, n)
        found = MBG_NBD.fit(seen.x[some], seen.tx[some], seen.T[some])
        risks.append(MBG_NBD.probability_inactive(found, HOLDOUT, *WHO))
    assert risk_errors(MBG_NBD, seen.x, seen.tx, seen.T) == pytest.approx(np.std(risks, axis=0), rel=0.35)


@few
@given(st.floats(0, 1), st.floats(0, 10))
def test_the_interval_of_a_probability_holds_it_and_stays_one(probability, error):
    found = uncertainty.probability_interval(probability, error)
    assert 0 <= found.low <= probability + 1e-9
    assert probability - 1e-9 <= found.high <= 1


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_interval_of_an_amount_holds_it_and_stays_positive(amount, error):
    found = uncertainty.amount_interval(amount, error)
    assert 0 <= found.low <= amount * (1 + 1e-12)
    assert amount * (1 - 1e-12) <= found.high < np.inf


def test_a_small_error_gives_the_textbook_interval():
    found = uncertainty.probability_interval(0.4, 0.001, level=0.95)
    assert (found.low, found.high) == pytest.approx((0.4 - 0.00196, 0.4 + 0.00196), abs=1e-5)
    money = uncertainty.amount_interval(100.0, 0.5, level=0.95)
    assert (money.low, money.high) == pytest.approx((100 - 0.98, 100 + 0.98), abs=0.01)


def test_a_customer_alone_has_the_same_error_as_among_many():
    found = fitted(MBG_NBD)
    seen = cdnow.sample()
    spread = MBG_NBD.covariance(found, seen.x, seen.tx, seen.T)

    def errors(rows):
        who = (seen.x[rows], seen.tx[rows], seen.T[rows])
        return uncertainty.standard_error(
            lambda parameters: MBG_NBD.expected_purchases(parameters, HOLDOUT, *who), found, spread
        )

    assert errors(slice(None))[17:18].tobytes() == errors(slice(17, 18)).tobytes()
