"""Whether a count is out of the ordinary: limits within which chance alone would keep it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import pdtr, pdtrik

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

OUTSIDE = 0.0027
"""What lies beyond three standard deviations of a normal variable."""
FEWEST = 8
"""With fewer points the spread between them tells nothing, and limits would be guessed."""
RUN = 8
MOVING_RANGE = 1.128
"""What two standard normal values lie apart on average (d2)."""


class ControlChart(NamedTuple):
    """`expected`, `low` and `high` (n,) in counts; `above`, `below` and `shifted` (n,) mark what is unusual.

    `dispersion` says how many times as far as Poisson's the counts spread, at least 1.
    """

    expected: Floats
    low: Floats
    high: Floats
    above: np.typing.NDArray[np.bool_]
    below: np.typing.NDArray[np.bool_]
    shifted: np.typing.NDArray[np.bool_]
    dispersion: float


def control_chart(counts: ArrayLike, exposure: ArrayLike) -> ControlChart | None:
    """Limits for counts of periods that are not equally long; none from fewer than `FEWEST` periods.

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
        raise InvalidInput("Needed: counts of at least 0, each with an exposure above 0.")
    if len(count) < FEWEST or not count.any():
        return None
    expected = size * (count.sum() / size.sum())
    dispersion = _dispersion(count, expected)
    scaled = expected / dispersion
    low = _poisson_quantile(OUTSIDE / 2, scaled) * dispersion
    high = _poisson_quantile(1 - OUTSIDE / 2, scaled) * dispersion
    return ControlChart(expected, low, high, count > high, count < low, _shifted(count - expected), dispersion)


def _poisson_quantile(q: float, mean: Floats) -> Floats:
    """The smallest count with a distribution function of at least `q`; without scipy.stats, whose import takes long."""
    count = np.ceil(pdtrik(q, mean))
    lower = np.maximum(count - 1, 0.0)
    return as_floats(np.where(pdtr(lower, mean) >= q, lower, count))


def _dispersion(count: Floats, expected: Floats) -> float:
    apart = np.abs(np.diff((count - expected) / np.sqrt(expected)))
    return max(float(apart.mean() / MOVING_RANGE) ** 2, 1.0)


def _shifted(difference: Floats) -> np.typing.NDArray[np.bool_]:
    length, side = 0, 0.0
    marks = np.zeros(len(difference), dtype=bool)
    for place, here in enumerate(np.sign(difference).tolist()):
        length = length + 1 if here == side and here else int(here != 0)
        side = here
        marks[place] = length >= RUN
    return marks
