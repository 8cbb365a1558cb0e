"""Uplift of a treatment: the success rate with it, less the success rate without."""

from math import sqrt
from typing import NamedTuple

from scipy.special import ndtri

from heed_measures.errors import InvalidInput


class Uplift(NamedTuple):
    """The difference of two shares and the bounds of its interval, each between -1 and 1."""

    difference: float
    low: float
    high: float


def wilson(successes: int, trials: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share: low and high.

    Errors: `InvalidInput` unless 0 <= successes <= trials, trials > 0 and 0 < level < 1. Source: Wilson 1927.
    """
    if not (0 <= successes <= trials and trials > 0 and 0 < level < 1):
        raise InvalidInput("There must be a trial, no more successes than trials, and a level between 0 and 1.")
    z = float(ndtri(0.5 + level / 2))
    share = successes / trials
    centre = share + z * z / (2 * trials)
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((centre - reach) / scale, 0.0), min((centre + reach) / scale, 1.0)


def uplift(treated: tuple[int, int], untreated: tuple[int, int], *, level: float = 0.95) -> Uplift:
    """Return the share of the treated less that of the untreated, with an interval that is valid for small arms too.

    Each arm as (successes, trials). Errors: those of `wilson`.
    Source: Newcombe 1998, method 10 (hybrid of two score intervals, no continuity correction).
    """
    low_treated, high_treated = wilson(*treated, level=level)
    low_untreated, high_untreated = wilson(*untreated, level=level)
    with_it, without_it = treated[0] / treated[1], untreated[0] / untreated[1]
    below = sqrt((with_it - low_treated) ** 2 + (high_untreated - without_it) ** 2)
    above = sqrt((high_treated - with_it) ** 2 + (without_it - low_untreated) ** 2)
    difference = with_it - without_it
    return Uplift(difference, max(difference - below, -1.0), min(difference + above, 1.0))
