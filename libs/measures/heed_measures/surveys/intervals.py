"""Confidence intervals: Student's t, shares in log-odds, Wilson, and exact ones for unanimous responses."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtri, stdtrit

from heed_measures.errors import InvalidInput

LEVEL = 0.95
ROUNDING = 1e-12


class Bounds(NamedTuple):
    """Lower and upper bound of an interval."""

    low: float
    high: float


class Moments(NamedTuple):
    """What an interval is made of: the estimate, its standard error, degrees of freedom, and the effective size."""

    estimate: float
    se: float
    degrees: int
    effective_n: float


IntervalMethod = Callable[[Moments, float], Bounds]
"""Makes an interval of moments and a level, such as .95."""


def t_interval(moments: Moments, level: float = LEVEL) -> Bounds:
    """Return ``estimate ± t·se``; an error of 0 gives a point. Errors: `InvalidInput` for a level outside 0–1.

    Source: Korn & Graubard 1999 for the degrees of freedom.
    """
    reach = t_quantile(moments.degrees, level) * moments.se if moments.se else 0.0
    return Bounds(moments.estimate - reach, moments.estimate + reach)


def share_interval(moments: Moments, level: float = LEVEL) -> Bounds:
    """Return an interval for a share, symmetric in log-odds; exact (Clopper–Pearson) where all or none are in it.

    Errors: `InvalidInput` for a level outside 0–1.
    Source: as R's `svyciprop(method = "logit")`; Korn & Graubard 1998 for the exact one at the effective size.
    """
    share = moments.estimate
    if not ROUNDING < share < 1 - ROUNDING:
        return _unanimous(round(share), moments.effective_n, level)
    if not moments.se:
        return Bounds(share, share)
    reach = t_quantile(moments.degrees, level) * moments.se / (share * (1 - share))
    return Bounds(float(expit(logit(share) - reach)), float(expit(logit(share) + reach)))


def wilson_interval(moments: Moments, level: float = LEVEL) -> Bounds:
    """Return the score interval of a share at the effective size. Errors: `InvalidInput` for a level outside 0–1.

    Source: Wilson 1927; the effective size in the place of n as in Dean & Pagano 2015.
    """
    n, share = moments.effective_n, moments.estimate
    if not n > 0:
        return Bounds(np.nan, np.nan)
    z = normal_quantile(level)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Bounds(max(float(centre - reach), 0.0), min(float(centre + reach), 1.0))


def t_quantile(degrees: int, level: float) -> float:
    """Return the quantile of Student's t for a two-sided interval, nan without degrees of freedom."""
    _check(level)
    return float(stdtrit(degrees, 0.5 + level / 2)) if degrees > 0 else np.nan


def normal_quantile(level: float) -> float:
    """Return the quantile of the normal distribution for a two-sided interval."""
    _check(level)
    return float(ndtri(0.5 + level / 2))


def _unanimous(share: float, n: float, level: float) -> Bounds:
    _check(level)
    bound = float(betaincinv(1.0, n, level_of_one_side(level))) if n > 0 else np.nan
    return Bounds(0.0, bound) if share == 0 else Bounds(1 - bound, 1.0)


def level_of_one_side(level: float) -> float:
    """Return the level of each bound of a two-sided interval, .975 for .95."""
    return 0.5 + level / 2


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise InvalidInput("A confidence level lies between 0 and 1.")
