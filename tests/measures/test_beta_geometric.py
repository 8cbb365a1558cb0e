"""BG/NBD and MBG/NBD: the published numbers on CDNOW, and what must hold for any customer."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import roots_jacobi

from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from heed_measures.errors import InvalidInput, NoRepeatedPurchase
from heed_measures.evaluation import auc, brier, rmse
from tests.examples import examples
from tests.measures import cdnow
from tests.measures.optima import assert_same_optimum

few = examples(30)

MODELS = [BG_NBD, MBG_NBD]
PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)
HOLDOUT = 39
names = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
rates = st.floats(0.05, 8)
parameters = st.builds(BGParameters, r=rates, alpha=st.floats(0.5, 60), a=rates, b=rates)


@st.composite
def customers(draw):
    age = draw(st.floats(0.2, 300))
    x = draw(st.integers(0, 80))
    tx = age * draw(st.floats(0.01, 1)) if x else 0.0
    return float(x), tx, age


@cache
def fitted(model, cohort=cdnow.sample, penalty=0.0):
    seen = cohort()
    return model.fit(seen.x, seen.tx, seen.T, penalty=penalty)


@pytest.mark.parametrize(
    ("model", "expected", "log_likelihood"),
    [
        (BG_NBD, (0.24259, 4.4136, 0.79292, 2.42591), -9582.4292),
        (MBG_NBD, (0.52484, 6.18309, 0.89136, 1.61400), -9582.1357),
    ],
)
def test_the_fit_finds_the_published_parameters_of_cdnow(model, expected, log_likelihood):
    found = fitted(model)
    assert_same_optimum(model, found, BGParameters(*expected), cdnow.sample())
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=5e-5)
    assert (found.n, found.repeaters, found.converged) == (2357, 946, True)
    cohort = cdnow.sample()
    assert model.log_likelihood(found, cohort.x, cohort.tx, cohort.T) == pytest.approx(found.log_likelihood)


@names
def test_the_weak_prior_hardly_moves_a_cohort_of_thousands(model):
    free, held = fitted(model), fitted(model, penalty=1.0)
    assert held.log_likelihood == pytest.approx(free.log_likelihood, abs=0.01)
    assert (held.r, held.alpha, held.a, held.b) == pytest.approx((free.r, free.alpha, free.a, free.b), rel=0.025)
    seen = cdnow.sample()
    forecasts = [model.expected_purchases(one, HOLDOUT, seen.x, seen.tx, seen.T).sum() for one in (free, held)]
    assert forecasts[1] == pytest.approx(forecasts[0], rel=0.01)


def test_the_customer_of_the_paper_is_expected_to_buy_26_times_in_the_next_year():
    found = fitted(BG_NBD)
    # The page gives 25.75659, .9688523 and 1.444004, computed at parameters a little off the maximum.
    assert BG_NBD.expected_purchases(found, 52, 26, 30 + 6 / 7, 31) == pytest.approx(25.75659, rel=5e-5)
    assert BG_NBD.probability_alive(found, 26, 30 + 6 / 7, 31) == pytest.approx(0.9688523, rel=5e-6)
    assert BG_NBD.expected_purchases_new(found, 52) == pytest.approx(1.444004, rel=1e-5)


@pytest.mark.parametrize(
    ("model", "cohort", "by_expectation"),
    [
        (BG_NBD, cdnow.sample, 0.7725),
        (MBG_NBD, cdnow.sample, 0.7728),
        pytest.param(BG_NBD, cdnow.master, 0.7630, marks=pytest.mark.repeated),
        pytest.param(MBG_NBD, cdnow.master, 0.7651, marks=pytest.mark.repeated),
    ],
)
def test_expected_purchases_rank_who_buys_in_the_holdout(model, cohort, by_expectation):
    seen = cohort()
    expected = model.expected_purchases(fitted(model, cohort), HOLDOUT, seen.x, seen.tx, seen.T)
    assert auc(expected, seen.holdout_days > 0) == pytest.approx(by_expectation, abs=6e-5)


@pytest.mark.parametrize(("model", "by_risk", "error"), [(BG_NBD, 0.7466, 0.1654), (MBG_NBD, 0.7547, 0.1661)])
def test_the_risk_ranks_and_measures_who_stays_away_in_the_holdout(model, by_risk, error):
    seen = cdnow.master()
    risk = model.probability_inactive(fitted(model, cdnow.master), HOLDOUT, seen.x, seen.tx, seen.T)
    stayed_away = seen.holdout_days == 0
    assert auc(risk, stayed_away) == pytest.approx(by_risk, abs=6e-5)
    assert brier(risk, stayed_away) == pytest.approx(error, abs=6e-5)


@pytest.mark.parametrize(("model", "error"), [(BG_NBD, 1.608), (MBG_NBD, 1.607)])
def test_the_forecast_of_the_holdout_beats_same_as_before(model, error):
    seen = cdnow.sample()
    expected = model.expected_purchases(fitted(model), HOLDOUT, seen.x, seen.tx, seen.T)
    assert rmse(expected, seen.holdout_days) == pytest.approx(error, abs=6e-4)
    assert rmse(seen.x, seen.holdout_days) == pytest.approx(1.971, abs=6e-4)


def test_alive_is_no_churn_score_in_bg_nbd_because_every_one_time_buyer_is_alive():
    seen = cdnow.sample()
    alive = BG_NBD.probability_alive(fitted(BG_NBD), seen.x, seen.tx, seen.T)
    assert (alive[seen.x == 0] == 1).all()
    assert auc(alive, seen.holdout_days > 0) == pytest.approx(0.316, abs=6e-4)


@names
@few
@given(given=parameters, who=customers(), t=st.floats(0.01, 200))
def test_the_probability_of_no_purchase_is_the_ratio_of_two_likelihoods(model, given, who, t):
    x, tx, age = who
    later = model.log_likelihood(given, [x], [tx], [age + t])
    now = model.log_likelihood(given, [x], [tx], [age])
    assert model.probability_inactive(given, t, x, tx, age) == pytest.approx(np.exp(later - now), rel=1e-7, abs=1e-12)


@names
@few
@given(given=parameters, who=customers(), t=st.floats(0.01, 200), more=st.floats(0.01, 50))
def test_time_without_a_purchase_raises_the_risk_and_lowers_the_expectation(model, given, who, t, more):
    x, tx, age = who
    now, later = [
        (model.probability_inactive(given, t, x, tx, day), model.expected_purchases(given, t, x, tx, day))
        for day in (age, age + more)
    ]
    assert later[0] >= now[0] - 1e-12
    assert later[1] <= now[1] * (1 + 1e-7)


@names
@few
@given(given=parameters, who=customers(), t=st.floats(0.1, 30))
def test_the_expectation_is_the_mean_over_all_chances_to_leave(model, given, who, t):
    # Who is alive at T has p ~ Beta(a, b + k) and buys (1 − (1 + p·t/(alpha + T))^−(r + x))/p times in t, on average.
    x, _, age = who
    k = x + (model is MBG_NBD)
    places, weights = roots_jacobi(150, given.b + k - 1, given.a - 1)
    p = (1 + places) / 2
    bought = -np.expm1(-(given.r + x) * np.log1p(p * t / (given.alpha + age))) / p
    expected = (weights * bought).sum() / weights.sum()
    assert model.expected_if_alive(given, t, x, age) == pytest.approx(expected, rel=1e-6)


@names
@pytest.mark.parametrize("a", [1.0, 1 - 1e-9, 1 + 1e-8])
def test_the_expectation_has_no_gap_where_its_formula_divides_by_nothing(model, a):
    beside = [BGParameters(0.5, 6.0, value, 1.6) for value in (a - 1e-4, a, a + 1e-4)]
    low, at, high = (float(model.expected_purchases(one, 12, 3, 20, 30)) for one in beside)
    assert at == pytest.approx((low + high) / 2, rel=1e-5)


def test_the_expectation_has_no_gap_where_a_and_b_add_up_to_one():
    beside = [BGParameters(0.5, 6.0, 0.4, value) for value in (0.6 - 1e-4, 0.6, 0.6 + 1e-4)]
    low, at, high = (float(BG_NBD.expected_purchases(one, 12, 0, 0, 30)) for one in beside)
    assert at == pytest.approx((low + high) / 2, rel=1e-4)


@names
def test_the_fit_is_refused_without_repeaters(model):
    with pytest.raises(NoRepeatedPurchase):
        model.fit([0, 0], [0, 0], [10, 20])


@names
@pytest.mark.parametrize(
    ("x", "tx", "age"),
    [
        ([1], [5], [4]),
        ([0], [1], [4]),
        ([2], [0], [4]),
        ([-1], [1], [4]),
        ([1], [float("nan")], [4]),
        ([1, 2], [1], [4, 5]),
        ([], [], []),
    ],
    ids=["after today", "last without any", "any without last", "negative", "nan", "lengths differ", "no customer"],
)
def test_impossible_histories_are_refused(model, x, tx, age):
    with pytest.raises(InvalidInput):
        model.fit(x, tx, age)


@names
@pytest.mark.parametrize(
    ("x", "tx", "age"),
    [
        ([3], [10.0], [12.0]),
        ([2] * 50, [9.0] * 50, [20.0] * 50),
        ([1], [0.5], [0.5]),
        ([200] * 3, [30.0] * 3, [31.0] * 3),
        ([0] * 99 + [1], [0.0] * 99 + [0.5], [20.0] * 100),
    ],
    ids=["one customer", "all the same", "just bought", "heavy buyers", "one who came back"],
)
def test_odd_cohorts_give_finite_numbers(model, x, tx, age):
    found = model.fit(x, tx, age)
    numbers = [
        model.expected_purchases(found, 12, x, tx, age),
        model.probability_inactive(found, 12, x, tx, age),
        model.probability_alive(found, x, tx, age),
    ]
    assert found.converged
    assert np.isfinite(numbers).all()


@names
def test_a_fit_takes_equal_customers_together_without_changing_the_result(model):
    seen = cdnow.sample()
    twice = model.fit(np.tile(seen.x, 2), np.tile(seen.tx, 2), np.tile(seen.T, 2), penalty=0.0)
    once = fitted(model)
    assert_same_optimum(model, twice, once, seen)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)
