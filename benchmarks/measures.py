"""The mathematics beside `lifetimes`: a million customers fitted and scores. Alone: `python -m benchmarks.measures`."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks import fixtures, report
from heed_measures import churn, gamma_gamma, loyalty, residual_value
from heed_measures.arrays import Floats
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BetaGeometricModel, BGParameters
from heed_measures.gamma_gamma import GammaGammaParameters

CUSTOMERS = fixtures.scaled(1_000_000, at_least=2000)
DAYS = (30, 760)
BATCH = 1 << 16
FITS, SCORINGS = 2, 7
SEED = 7
HORIZON = 90 / 7
FACTORS, SHARE = 6, 0.3

TRUE_PARAMETERS = BGParameters(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)  # BG/NBD of CDNOW
PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)
MARGINS = GammaGammaParameters(p=6.25, q=3.744, v=15.44)
NO, SAT, WEIGHTS = [0, 90, 0, 0], [10, 7, 52, 50], [0.4, 0.25, 0.2, 0.15]


class Customers(NamedTuple):
    """Purchase histories of whole days, margins, indicators (n, 4) with gaps, factors (n, 6) that few have."""

    x: Floats
    tx: Floats
    T: Floats
    m: Floats
    indicators: Floats
    factors: Floats


class Scores(NamedTuple):
    """Results stored for a million customers; the parts of an explanation are computed in batches and dropped."""

    value: Floats
    points: Floats
    risk: Floats


def measure() -> None:
    customers = _draw_customers(np.random.default_rng(SEED))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter

        models = ((BG_NBD, BetaGeoFitter, 0.15), (MBG_NBD, ModifiedBetaGeoFitter, 0.25))
        for model, oracle, at_most in models:
            _compare_fits(model, oracle, customers, at_most=at_most)
        for model, oracle, _ in models:
            _compare_scores(model, oracle, customers)


def _compare_fits(
    model: BetaGeometricModel, oracle: Callable[[], Any], customers: Customers, *, at_most: float
) -> None:
    ours, theirs = [], []
    for _ in range(FITS):
        ours.append(report.spent(partial(model.fit, customers.x, customers.tx, customers.T, penalty=0.0)))
        theirs.append(report.spent(partial(oracle().fit, customers.x, customers.tx, customers.T)))
    report.cost(
        f"fit of a million, {model.name}", ours, theirs, at_most=at_most, reference_is="the same fit of lifetimes"
    )


def _compare_scores(model: BetaGeometricModel, oracle: Callable[[], Any], customers: Customers) -> None:
    fitter = oracle()
    fitter.params_ = {name: getattr(PRIOR, name) for name in ("r", "alpha", "a", "b")}
    n = len(customers.x)
    scores = Scores(np.ones(n), np.ones(n), np.ones(n))
    ours, theirs = [], []
    for _ in range(SCORINGS + 1):
        ours.append(report.spent(partial(_score, model, customers, scores)))
        theirs.append(report.spent(partial(_predict, fitter, customers)))
    report.cost(
        f"a million scored, {model.name}",
        ours[1:],
        theirs[1:],
        at_most=1.5,
        reference_is="expected purchases and P(alive) of lifetimes, same model",
    )


def _score(model: BetaGeometricModel, customers: Customers, scores: Scores) -> None:
    outlook = residual_value.forecast(model, PRIOR, customers.x, customers.tx, customers.T, horizon=HORIZON)
    margin = gamma_gamma.expected_margin(MARGINS, customers.x, customers.m)
    np.multiply(outlook.discounted, margin, out=scores.value)
    for start in range(0, len(customers.x), BATCH):
        rows = slice(start, start + BATCH)
        index = loyalty.loyalty_index(customers.indicators[rows], x_no=NO, x_sat=SAT, weights=WEIGHTS)
        scores.points[rows] = index.points
        scores.risk[rows] = churn.churn_with_attribution(outlook.inactive[rows], customers.factors[rows]).risk


def _predict(fitter: Any, customers: Customers) -> None:  # noqa: ANN401
    fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON, customers.x, customers.tx, customers.T)
    fitter.conditional_probability_alive(customers.x, customers.tx, customers.T)


def _draw_customers(random: np.random.Generator) -> Customers:
    n = CUSTOMERS
    age = random.integers(*DAYS, n) / 7
    x, tx = _draw_purchases(random, age)
    m = random.normal(30, 20, n)
    indicators = np.array([x, np.where(m < 10, np.nan, age - tx), age, m]).T
    factors = random.normal(0, 1, (FACTORS, n)) * (random.uniform(size=(FACTORS, n)) < SHARE)
    return Customers(x, tx, age, m, indicators, factors.T)


def _draw_purchases(random: np.random.Generator, age: Floats) -> tuple[Floats, Floats]:
    """Return purchases of the BG/NBD model: at random, with a dropout after each. Two on one day are one."""
    n = len(age)
    rate, leaving = (
        random.gamma(TRUE_PARAMETERS.r, 1 / TRUE_PARAMETERS.alpha, n),
        random.beta(TRUE_PARAMETERS.a, TRUE_PARAMETERS.b, n),
    )
    x, last, moment, who = np.zeros(n), np.zeros(n), np.zeros(n), np.arange(n)
    while len(who):
        moment[who] += random.exponential(1, len(who)) / rate[who]
        who = who[moment[who] <= age[who]]
        day = np.ceil(moment[who] * 7) / 7
        new = (day > last[who]) & (day <= age[who])
        x[who] += new
        last[who] = np.where(new, day, last[who])
        who = who[random.uniform(size=len(who)) > leaving[who]]
    return x, last


if __name__ == "__main__":
    measure()
