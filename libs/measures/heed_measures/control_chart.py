"""Control chart of counts: limits that chance alone would rarely exceed, however many charts are read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import pdtr, pdtrik

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.evidence import ALPHA, MIN_EVENTS, enough, run_length, tail_probability

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


def control_chart(counts: ArrayLike, exposure: ArrayLike, *, series: int = 1) -> ControlChart | None:
    """Return limits for counts of periods of unequal length; None if they are too few.

    Shapes (n,), in the order of time; `exposure` in any unit, such as days, above 0; `series` is the number of charts
    that are read together. Too few are less than `MIN_PERIODS` periods or `MIN_EVENTS` events. The centre is the rate
    of all periods. Limits leave out `TAIL_PROBABILITY` in both tails of Poisson's distribution, or less where many
    numbers are compared: those of all series together raise a false alarm with probability `ALPHA` at most, half of
    it by the limits and half by runs. Where the periods differ more from their neighbours than Poisson's counts do,
    the variance is scaled up by that. A count below `MIN_EVENTS` is never `above`. `shifted` marks the last of so
    many periods in a row on one side of the median rate as chance alone does not explain, `RUN_LENGTH` at least.
    Errors: `InvalidInput` for counts below 0, an exposure of 0, different lengths or no series.
    Source: Shewhart 1931 (u-chart); Laney 2002 for the spread between neighbours; Nelson 1984 for runs; scaling
    Poisson's quantiles by the dispersion is †.
    """
    count, size = as_floats(counts), as_floats(exposure)
    if count.shape != size.shape or not ((count >= 0).all() and (size > 0).all()):
        raise InvalidInput("Counts must be at least 0, each with an exposure above 0.")
    tail = min(TAIL_PROBABILITY / 2, tail_probability(max(len(count), 1) * series, alpha=ALPHA / 2))
    if len(count) < MIN_PERIODS or not enough(int(count.sum())):
        return None
    expected = size * (count.sum() / size.sum())
    dispersion = _dispersion(count, expected)
    scaled = expected / dispersion
    low = _poisson_quantile(tail, scaled) * dispersion
    high = _poisson_quantile(1 - tail, scaled) * dispersion
    above = (count > high) & (count >= MIN_EVENTS)
    return ControlChart(expected, low, high, above, count < low, _runs(count, size, series=series), dispersion)


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


def _runs(count: Floats, size: Floats, *, series: int) -> np.typing.NDArray[np.bool_]:
    """Mark where a run on one side of the median rate is longer than chance makes it.

    A single surge moves the mean, not the median: the ordinary periods before it are no run.
    """
    needed = max(run_length(len(count), 0.5, alpha=tail_probability(series, alpha=ALPHA / 2)), RUN_LENGTH)
    length, side = 0, 0.0
    marks = np.zeros(len(count), dtype=bool)
    for index, here in enumerate(np.sign(count - size * np.median(count / size)).tolist()):
        length = length + 1 if here == side and here else int(here != 0)
        side = here
        marks[index] = length >= needed
    return marks
