"""How good a forecast was, once it is known what happened."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class Calibration(NamedTuple):
    """Per group of similar forecasts (g,): customers, mean forecast, share that happened."""

    customers: Integers
    forecast: Floats
    happened: Floats


def auc(score: ArrayLike, happened: ArrayLike) -> float:
    """The probability that somebody to whom it happened had a higher score than somebody to whom it did not.

    Shapes: (n,); equal scores count half. Errors: `InvalidInput` when it happened to all or to none.
    Source: Mann & Whitney 1947.
    """
    # Only who evaluates waits for this import.
    from scipy.stats import rankdata

    yes = np.asarray(happened, dtype=bool)
    positive, negative = int(yes.sum()), int((~yes).sum())
    if positive == 0 or negative == 0:
        raise InvalidInput("It happened to everybody or to nobody: there is nothing to rank.")
    ranks = rankdata(as_floats(score))
    return float((ranks[yes].sum() - positive * (positive + 1) / 2) / (positive * negative))


def brier(probability: ArrayLike, happened: ArrayLike) -> float:
    """Mean squared distance of a forecast probability from what happened, (n,); 0 is perfect. Source: Brier 1950."""
    return float(np.mean((as_floats(probability) - as_floats(happened)) ** 2))


def rmse(forecast: ArrayLike, observed: ArrayLike) -> float:
    """Root of the mean squared error of a forecast, (n,), in its unit. Errors: none. Source: common usage."""
    return float(np.sqrt(np.mean((as_floats(forecast) - as_floats(observed)) ** 2)))


def calibration(probability: ArrayLike, happened: ArrayLike, *, groups: int = 10) -> Calibration:
    """Whether "30 %" means three of ten: customers in groups of equal size by forecast, lowest first.

    Shapes: (n,); at most `groups` groups, none empty. Errors: `InvalidInput` without customers.
    Source: Hosmer & Lemeshow 1980.
    """
    forecast, truth = as_floats(probability), as_floats(happened)
    if len(forecast) == 0:
        raise InvalidInput("There is no customer.")
    parts = [part for part in np.array_split(np.argsort(forecast, kind="stable"), groups) if len(part)]
    return Calibration(
        np.array([len(part) for part in parts]),
        np.array([forecast[part].mean() for part in parts]),
        np.array([truth[part].mean() for part in parts]),
    )


def decile_capture(score: ArrayLike, amount: ArrayLike) -> Floats:
    """The share of a later amount (spend, purchases) that the best 10 %, 20 %, … 100 % by score brought, (10,).

    Shapes: (n,). Errors: `InvalidInput` when the amounts do not add up to more than 0. Source: cumulative gains, common
    usage.
    """
    best_first = np.argsort(-as_floats(score), kind="stable")
    cumulative = np.cumsum(as_floats(amount)[best_first])
    if len(cumulative) == 0 or cumulative[-1] <= 0:
        raise InvalidInput("Nothing was brought by anybody.")
    ends = np.ceil(np.arange(1, 11) * len(cumulative) / 10).astype(int) - 1
    return as_floats(cumulative[ends] / cumulative[-1])


def population_stability(before: ArrayLike, after: ArrayLike, *, groups: int = 10) -> float:
    """How far a score has drifted (PSI): below .1 hardly, above .25 much.

    Shapes: (n,), (m,). Groups are quantiles of `before`; empty groups count as half a customer.
    Errors: `InvalidInput` when either is empty. Source: credit-scoring practice (Siddiqi 2006); the half customer †.
    """
    old, new = as_floats(before), as_floats(after)
    if len(old) == 0 or len(new) == 0:
        raise InvalidInput("Both populations need somebody.")
    edges = np.unique(np.quantile(old, np.arange(1, groups) / groups))
    shares = []
    for population in (old, new):
        counts = np.bincount(np.searchsorted(edges, population, side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts, 0.5) / len(population))
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
