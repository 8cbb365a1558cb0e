"""Quality of forecasts against observed outcomes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class Calibration(NamedTuple):
    """Per group of similar forecasts (g,): customers, mean forecast, observed share."""

    customers: Integers
    forecast: Floats
    observed: Floats


def auc(score: ArrayLike, observed: ArrayLike) -> float:
    """Return the probability that a positive outcome has a higher score than a negative one (ROC AUC).

    Shapes: (n,); equal scores count half. Errors: `InvalidInput` when all outcomes are equal.
    Source: Mann & Whitney 1947.
    """
    scores, yes = as_floats(score), np.asarray(observed, dtype=bool)
    positive, negative = scores[yes], np.sort(scores[~yes])
    if len(positive) == 0 or len(negative) == 0:
        raise InvalidInput("All outcomes are equal: there is nothing to rank.")
    lower, not_higher = (np.searchsorted(negative, positive, side) for side in ("left", "right"))
    return float((lower.sum() + not_higher.sum()) / (2 * len(positive) * len(negative)))


def brier(probability: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean squared error of a probability (n,); 0 is perfect. Errors: none. Source: Brier 1950."""
    return float(np.mean((as_floats(probability) - as_floats(observed)) ** 2))


def rmse(forecast: ArrayLike, observed: ArrayLike) -> float:
    """Return the root of the mean squared error of a forecast (n,), in its unit. Errors: none. Source: common usage."""
    return float(np.sqrt(np.mean((as_floats(forecast) - as_floats(observed)) ** 2)))


def calibration(probability: ArrayLike, observed: ArrayLike, *, groups: int = 10) -> Calibration:
    """Return forecast and observed share of customers in groups of equal size by forecast, lowest first.

    Shapes: (n,); at most `groups` groups, none empty. Errors: `InvalidInput` without customers.
    Source: Hosmer & Lemeshow 1980.
    """
    forecast, truth = as_floats(probability), as_floats(observed)
    if len(forecast) == 0:
        raise InvalidInput("There is no customer.")
    parts = [part for part in np.array_split(np.argsort(forecast, kind="stable"), groups) if len(part)]
    return Calibration(
        np.array([len(part) for part in parts]),
        np.array([forecast[part].mean() for part in parts]),
        np.array([truth[part].mean() for part in parts]),
    )


def decile_capture(score: ArrayLike, amount: ArrayLike) -> Floats:
    """Return the share of a later amount (spend, purchases) from the best 10 %, 20 %, … 100 % by score, (10,).

    Shapes: (n,). Errors: `InvalidInput` when the amounts do not add up to more than 0. Source: cumulative gains, common
    usage.
    """
    best_first = np.argsort(-as_floats(score), kind="stable")
    cumulative = np.cumsum(as_floats(amount)[best_first])
    if len(cumulative) == 0 or cumulative[-1] <= 0:
        raise InvalidInput("The amounts do not add up to more than 0.")
    ends = np.ceil(np.arange(1, 11) * len(cumulative) / 10).astype(int) - 1
    return as_floats(cumulative[ends] / cumulative[-1])
