"""Net promoter score, satisfied share (top boxes) and effort score."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Integers, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys import intervals
from heed_measures.surveys.categories import Categories, ShareTable
from heed_measures.surveys.design import ADJUSTED, Design, Estimate
from heed_measures.surveys.intervals import LEVEL, Bounds, Moments

MIN_PROMOTER, MAX_DETRACTOR, MAX_RECOMMENDATION = 9, 6, 10
NET = np.array([-100.0, 0.0, 100.0])
"""What a detractor, a passive and a promoter add to the score."""
MIN_FOR_NORMAL = 30
MIN_OUTSIDE_LARGEST = 5
"""With fewer responses outside the largest class the score is at an extreme of its scale. †"""
ADDED, ADDED_AT_ENDS = 3.0, 0.75


@dataclass(frozen=True, slots=True)
class NetPromoter:
    """The score from −100 to 100, and its three classes: unweighted counts and shares."""

    nps: Estimate
    detractors: int
    passives: int
    promoters: int
    shares: tuple[Estimate, Estimate, Estimate]


def classes_of_recommendation(values: ArrayLike) -> Integers:
    """Return 0 for detractors (0–6), 1 for passives (7–8), 2 for promoters (9–10), −1 without response (nan).

    Shape (n,). Errors: `InvalidInput` for other values. Source: Reichheld 2003.
    """
    column = as_floats(values)
    missing = np.isnan(column)
    if not (missing | ((column >= 0) & (column <= MAX_RECOMMENDATION))).all():
        raise InvalidInput("A recommendation is a number from 0 to 10.")
    found = 1 + (column >= MIN_PROMOTER).astype(np.int64) - (column <= MAX_DETRACTOR)
    return np.where(missing, -1, found)


def net_promoter(values: ArrayLike, design: Design, *, level: float = LEVEL) -> NetPromoter:
    """Return the score of all responses, shape (n,), nan without response. Errors and source: as `score_of`."""
    table = Categories(design).shares(classes_of_recommendation(values), 3)
    return score_of(table, level=level)


def score_of(table: ShareTable, group: int = 0, *, level: float = LEVEL) -> NetPromoter:
    """Return the score ``100·(promoters − detractors)`` of a domain from the shares of its three classes.

    With fewer than 30 responses, or fewer than five outside the largest class, the interval is the adjusted one: three
    responses are added to the effective number, ¾ promoters and ¾ detractors. As that draws it to the middle, it is
    extended to the score where this is outside.
    Errors: `InvalidInput` for other than three classes. Source: Reichheld 2003; Rocks 2016 for the adjusted interval.
    """
    counts = table.counts[group].tolist()
    is_extreme = sum(counts) - max(counts) < MIN_OUTSIDE_LARGEST
    is_adjusted = bool(sum(counts)) and (sum(counts) < MIN_FOR_NORMAL or is_extreme)
    detracting, _, promoting = table.shares[group].tolist()
    method = _adjusted(promoting, detracting) if is_adjusted else intervals.t_interval
    nps = table.combine(group, NET, level=level, interval=method)
    if is_adjusted:
        nps = replace(nps, warnings=(*nps.warnings, ADJUSTED))
    shares = tuple(table.estimate(group, category, level=level) for category in range(3))
    return NetPromoter(nps, counts[0], counts[1], counts[2], (shares[0], shares[1], shares[2]))


def top_share(table: ShareTable, group: int = 0, *, top: int = 2, level: float = LEVEL) -> Estimate:
    """Return the share of the `top` highest categories in a domain, 0–1, with Wilson's interval: CSAT, or easy effort.

    The interval is that of the effective number of responses. Errors: `InvalidInput` for a `top` outside the table.
    Source: common usage (top-2-box); Wilson 1927.
    """
    categories = table.shares.shape[1]
    if not 0 < top < categories:
        raise InvalidInput("The top boxes must be some of the categories.")
    factors = (np.arange(categories) >= categories - top).astype(np.float64)
    return table.combine(group, factors, level=level, interval=intervals.wilson_interval)


def mean_category(table: ShareTable, group: int = 0, *, lowest: float = 1.0, level: float = LEVEL) -> Estimate:
    """Return the mean of a scale from its categories, the first being `lowest`: an effort score (CES).

    Errors: none. Source: Dixon, Freeman & Toman 2010 for the effort score.
    """
    return table.combine(group, lowest + np.arange(table.shares.shape[1]), level=level)


def _adjusted(promoting: float, detracting: float) -> Callable[[Moments, float], Bounds]:
    def interval(moments: Moments, level: float) -> Bounds:
        n = moments.effective_n
        high, low = ((n * share + ADDED_AT_ENDS) / (n + ADDED) for share in (promoting, detracting))
        error = np.sqrt((high + low - (high - low) ** 2) / (n + ADDED))
        reach = intervals.normal_quantile(level) * error
        score, middle = 100 * (promoting - detracting), 100 * float(high - low)
        bounds = middle - 100 * float(reach), middle + 100 * float(reach)
        return Bounds(max(min(bounds[0], score), -100.0), min(max(bounds[1], score), 100.0))

    return interval
