"""Uncertainty of forecasts: that of the fitted parameters propagated to each customer (delta method)."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from heed_measures.arrays import Floats, as_floats
from heed_measures.beta_geometric import BGParameters
from heed_measures.deterministic_math import exp
from heed_measures.pareto_nbd import ParetoParameters

STEP = 1e-3
EPSILON = 1e-12

Parameters = TypeVar("Parameters", BGParameters, ParetoParameters)


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bound, (n,) each."""

    low: Floats
    high: Floats


def standard_error(forecast: Callable[[Parameters], Floats], parameters: Parameters, covariance: ArrayLike) -> Floats:
    """Return the standard error of each customer's forecast due to the parameters, (n,), in its unit.

    `forecast` takes parameters and returns (n,); `covariance` (4, 4) is that of their logarithms, from the model's
    `covariance`. Eight evaluations. The chance behaviour of a single customer is not included.
    Errors: none. Source: delta method (Cramér 1946), numerical derivatives.
    """
    spread = as_floats(covariance)
    names = [field.name for field in fields(parameters)][: len(spread)]
    slopes = [_slope(forecast, parameters, name) for name in names]
    # Added one by one, so that a row has the same bits alone and among many.
    variance = np.zeros(slopes[0].shape)
    for row, first in enumerate(slopes):
        for column, second in enumerate(slopes):
            variance = variance + first * second * spread[row, column]
    return np.sqrt(np.maximum(variance, 0.0))


def probability_interval(probability: ArrayLike, error: ArrayLike, *, level: float = 0.9) -> Interval:
    """Return an interval for a probability that stays within 0 and 1: symmetric in log-odds.

    Shapes broadcast; `error` as from `standard_error`. Errors: none. Source: delta method on the logit.
    """
    centre = np.clip(as_floats(probability), EPSILON, 1 - EPSILON)
    reach = ndtri(0.5 + level / 2) * as_floats(error) / (centre * (1 - centre))
    return Interval(as_floats(expit(logit(centre) - reach)), as_floats(expit(logit(centre) + reach)))


def amount_interval(amount: ArrayLike, error: ArrayLike, *, level: float = 0.9) -> Interval:
    """Return an interval for a positive amount that stays positive: symmetric in its logarithm.

    Shapes broadcast; `error` as from `standard_error`; an amount of 0 has the interval 0 to 0. Errors: none.
    Source: delta method on the logarithm.
    """
    centre = as_floats(amount)
    relative = as_floats(error) / np.maximum(centre, EPSILON)
    factor = exp(np.minimum(ndtri(0.5 + level / 2) * relative, 50.0))
    return Interval(centre / factor, centre * factor)


def _slope(forecast: Callable[[Parameters], Floats], parameters: Parameters, name: str) -> Floats:
    value = getattr(parameters, name)
    above = forecast(replace(parameters, **{name: value * float(np.exp(STEP))}))
    below = forecast(replace(parameters, **{name: value * float(np.exp(-STEP))}))
    return as_floats((above - below) / (2 * STEP))
