"""Minimum of evidence: what may be reported as a change, a difference or a pattern, and what is too little.

One rule for all reports: where nothing happens, a report raises an alarm in at most one of twenty (`ALPHA`), however
many numbers it compares; and below a handful of events (`MIN_EVENTS`) nothing is reported at all.
"""

from math import ceil, log

import numpy as np
from scipy.special import bdtr, gammaln

from heed_measures.errors import InvalidInput

ALPHA = 0.05
"""Chance of a false alarm in a report in which nothing happens."""
MIN_EVENTS = 5
"""Fewer events are no evidence: below five expected ones the usual approximations fail (Cochran 1954), and a sixth
complaint beside five is no trend."""
TIE = 1 + 1e-9
"""Probabilities closer than that are equal: they differ by rounding."""


def enough(events: int) -> bool:
    """Return whether so many events may carry a statement about their pattern."""
    return events >= MIN_EVENTS


def tail_probability(comparisons: int, *, alpha: float = ALPHA) -> float:
    """Return the probability that each of so many comparisons may take up in one tail of two (Bonferroni).

    Errors: `InvalidInput` unless there is a comparison.
    """
    if comparisons < 1:
        raise InvalidInput("There is at least one comparison.")
    return alpha / comparisons / 2


def run_length(periods: int, side: float, *, alpha: float) -> int:
    """Return how many in a row on one side of the expected count chance reaches with probability `alpha` at most.

    `side` is the probability of that side in one period. Of n periods (1 + (n − L)(1 − side))·side^L bounds the
    probability of a run of L. Errors: `InvalidInput` unless 0 < side < 1 and alpha > 0.
    """
    if not (0 < side < 1 and alpha > 0):
        raise InvalidInput("A side has a probability between 0 and 1.")
    length = max(ceil(log(alpha) / log(side)), 1)
    while length <= periods and (1 + (periods - length) * (1 - side)) * side**length > alpha:
        length += 1
    return length


def counts_differ(first: int, second: int, *, comparisons: int = 1) -> bool:
    """Return whether two counts of the same exposure differ beyond chance (exact binomial test, two-sided).

    Errors: `InvalidInput` for counts below 0 or no comparison.
    """
    if min(first, second) < 0:
        raise InvalidInput("Counts are at least 0.")
    both, less = first + second, min(first, second)
    return enough(both) and float(bdtr(less, both, 0.5)) < tail_probability(comparisons)


def shares_differ(first: tuple[int, int], second: tuple[int, int], *, comparisons: int = 1) -> bool:
    """Return whether two shares, each (count, of), differ beyond chance (Fisher's exact test, two-sided).

    Errors: `InvalidInput` unless 0 <= count <= of for both, and there is a comparison.
    """
    (count, of), (other, other_of) = first, second
    if not (0 <= count <= of and 0 <= other <= other_of):
        raise InvalidInput("A share is a part of a whole.")
    if not (enough(of + other_of) and of and other_of):
        return False
    successes = count + other
    possible = np.arange(max(0, successes - other_of), min(of, successes) + 1)
    weights = _log_choose(of, possible) + _log_choose(other_of, successes - possible)
    probabilities = np.exp(weights - weights.max())
    at_least_as_odd = probabilities <= probabilities[count - possible[0]] * TIE
    return float(probabilities[at_least_as_odd].sum() / probabilities.sum()) < 2 * tail_probability(comparisons)


def _log_choose(of: int, count: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float64]:
    return np.asarray(gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1), dtype=np.float64)
