"""Control chart of counts: limits that chance alone would rarely exceed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import pdtr, pdtrik

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

TAIL_PROBABILITY = 0.0027
"""Probability beyond three standard deviations of a normal variable."""
MIN_PERIODS = 8
"""With fewer points their spread is not informative, and limits would be guesses."""
RUN_LENGTH = 8
MOVING_RANGE_D2 = 1.128
"""Expected distance of two standard normal values (d2)."""


class ControlChart(NamedTuple):
    """`expected`, `low` and `high` (n,) in counts; `above`, `below` and `shifted` (n,) mark unusual periods.

    `dispersion` is the variance of the counts relative to Poisson's, at least 1.
    """

    expected: Floats
    low: Floats
    high: Floats
    above: np.typing.NDArray[np.bool_]
    below: np.typing.NDArray[np.bool_]
    shifted: np.typing.NDArray[np.bool_]
    dispersion: float


def control_chart(counts: ArrayLike, exposure: ArrayLike) -> ControlChart | None:
    """Return limits for counts of periods of unequal length; None with fewer than `MIN_PERIODS` periods.

    Shapes (n,), in the order of time; `exposure` in any unit, such as days, above 0. The centre is the rate of all
    periods. Limits leave out `OUTSIDE` in both tails of Poisson's distribution; where the periods differ more from
    their neighbours than Poisson's counts do, its variance is scaled up by that. `shifted` marks the last of `RUN` or
    more periods in a row on one side of the centre.
    Errors: `InvalidInput` for counts below 0, an exposure of 0 or different lengths.
    Source: Shewhart 1931 (u-chart); Laney 2002 for the spread between neighbours; Nelson 1984 for runs; scaling
    Poisson's quantiles by the dispersion is †.
    """
    count, size = as_floats(counts), as_floats(exposure)
    if count.shape != size.shape or not ((count >= 0).all() and (size > 0).all()):
        raise InvalidInput("Counts must be at least 0, each with an exposure above 0.")
    if len(count) < MIN_PERIODS or not count.any():
        return None
    expected = size * (count.sum() / size.sum())
    dispersion = _dispersion(count, expected)
    scaled = expected / dispersion
    low = _poisson_quantile(TAIL_PROBABILITY / 2, scaled) * dispersion
    high = _poisson_quantile(1 - TAIL_PROBABILITY / 2, scaled) * dispersion
    return ControlChart(expected, low, high, count > high, count < low, _runs(count - expected), dispersion)


def _poisson_quantile(q: float, mean: Floats) -> Floats:
    """Return the smallest count with a distribution function of at least `q`.

    Not by scipy.stats, whose import is slow.
    """
    count = np.ceil(pdtrik(q, mean))
    lower = np.maximum(count - 1, 0.0)
    return as_floats(np.where(pdtr(lower, mean) >= q, lower, count))


def _dispersion(count: Floats, expected: Floats) -> float:
    apart = np.abs(np.diff((count - expected) / np.sqrt(expected)))
    return max(float(apart.mean() / MOVING_RANGE_D2) ** 2, 1.0)


def _runs(difference: Floats) -> np.typing.NDArray[np.bool_]:
    length, side = 0, 0.0
    marks = np.zeros(len(difference), dtype=bool)
    for index, here in enumerate(np.sign(difference).tolist()):
        length = length + 1 if here == side and here else int(here != 0)
        side = here
        marks[index] = length >= RUN_LENGTH
    return marks
