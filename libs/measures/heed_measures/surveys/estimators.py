"""Means, totals, shares, ratios, differences and combinations with the errors of the sampling design.

A domain is a mask, never a subset of the rows: responses outside it still belong to the design. A missing value (nan)
puts its response outside the domain of that item.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys import intervals
from heed_measures.surveys.design import NO_DEGREES, NO_VARIATION, SINGLE_CLUSTER, Booleans, Design, Estimate
from heed_measures.surveys.intervals import LEVEL, IntervalMethod, Moments
from heed_measures.surveys.variance import covariance, degrees_of_freedom

ROUNDING = 1e-12
"""Relative to an estimate: an error below it is rounding."""


def mean(values: ArrayLike, design: Design, *, domain: Booleans | None = None, level: float = LEVEL) -> Estimate:
    """Return the population mean of `values` (n,), with a t interval.

    Errors: `InvalidInput` for other shapes. Source: Särndal, Swensson & Wretman 1992, 5.7 (a ratio of totals).
    """
    return ratio(values, np.ones(design.n), design, domain=domain, level=level)


def share(values: ArrayLike, design: Design, *, domain: Booleans | None = None, level: float = LEVEL) -> Estimate:
    """Return the share of the population with `values` (n,) 1 and not 0, 0–1; its interval is symmetric in log-odds.

    Where all or none have it, the interval is the exact binomial one of the effective size of the weights.
    Errors: `InvalidInput` for other shapes or other values. Source: as `mean`; R's `svyciprop`.
    """
    column = as_floats(values)
    if not (np.isnan(column) | (column == 0) | (column == 1)).all():
        raise InvalidInput("A share is of values 0 and 1.")
    return ratio(column, np.ones(design.n), design, domain=domain, level=level, interval=intervals.share_interval)


def total(values: ArrayLike, design: Design, *, domain: Booleans | None = None, level: float = LEVEL) -> Estimate:
    """Return the population total of `values` (n,) ``Σ w·y``, meaningful where weights count population members.

    Errors: `InvalidInput` for other shapes. Source: Horvitz & Thompson 1952.
    """
    column = _column(values, design)
    inside = ~np.isnan(column) if domain is None else ~np.isnan(column) & domain
    scores = np.where(inside, column, 0.0)
    simple = _simple_variance(scores, design.weights)
    point = float(design.weights @ scores)
    return linearised(point, scores, np.arange(design.n), design, simple=simple, n=int(inside.sum()), level=level)


def ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    design: Design,
    *,
    domain: Booleans | None = None,
    level: float = LEVEL,
    interval: IntervalMethod = intervals.t_interval,
) -> Estimate:
    """Return ``Σ w·y / Σ w·x`` of `numerator` and `denominator` (n,); nan where the denominator is 0.

    Errors: `InvalidInput` for other shapes. Source: Särndal, Swensson & Wretman 1992, 5.6.
    """
    y, x = _column(numerator, design), _column(denominator, design)
    rows = _rows(~(np.isnan(y) | np.isnan(x)), domain)
    point, scores = _ratio_scores(y[rows], x[rows], design.weights[rows])
    simple = _simple_variance(scores, design.weights[rows])
    return linearised(point, scores, rows, design, simple=simple, n=len(rows), level=level, interval=interval)


def difference(
    values: ArrayLike,
    design: Design,
    *,
    first: Booleans,
    second: Booleans,
    coefficients: ArrayLike | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Return the mean of `values` (n,) in domain `first` less that in `second`; their covariance counts.

    Of `values` (n, p) with `coefficients` (p,) it is the difference of two indices. Two waves are two domains of one
    design: a cluster of the same label is the same unit in both, unless the design is `nested_in` its waves.
    Errors: `InvalidInput` for other shapes. Source: Kish 1965, 4.4.
    """
    table = as_floats(values)
    table = table[:, np.newaxis] if table.ndim == 1 else table
    factors = np.ones(table.shape[1]) if coefficients is None else as_floats(coefficients)
    left, right = (_combination(table, factors, design, domain) for domain in (first, second))
    scores = left.scores - right.scores
    rows = np.union1d(left.rows, right.rows)
    return linearised(
        left.point - right.point,
        scores[rows],
        rows,
        design,
        simple=left.simple + right.simple,
        n=len(left.rows) + len(right.rows),
        level=level,
    )


def bounds_of_difference(first: Estimate, second: Estimate) -> intervals.Bounds:
    """Return the interval of `first` less `second`, of independent samples, from their own intervals.

    Where a share or a score is near its end, its interval is not symmetric and its error may be 0: Student's interval
    of the difference would be too short. Errors: none.
    Source: Newcombe 1998, method 10, for shares with Wilson's interval; Zou & Donner 2008 in general.
    """
    change = first.estimate - second.estimate
    below = np.hypot(first.estimate - first.low, second.high - second.estimate)
    above = np.hypot(first.high - first.estimate, second.estimate - second.low)
    return intervals.Bounds(float(change - below), float(change + above))


def linear_combination(
    values: ArrayLike,
    coefficients: ArrayLike,
    design: Design,
    *,
    domain: Booleans | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Return ``Σ a_j·mean_j`` of the columns of `values` (n, p) with `coefficients` (p,): an index, or a gap.

    The mean of each item is that of those who responded to it; `n` counts the responses to any.
    Errors: `InvalidInput` for other shapes. Source: as `mean`; the covariances between items count.
    """
    found = _combination(as_floats(values), as_floats(coefficients), design, domain)
    n = len(found.rows)
    return linearised(found.point, found.scores[found.rows], found.rows, design, simple=found.simple, n=n, level=level)


class _Combination(NamedTuple):
    """Point, linearised scores of all responses (n,), the rows that count (m,), and the variance of simple sampling."""

    point: float
    scores: Floats
    rows: Integers
    simple: float


def _combination(table: Floats, factors: Floats, design: Design, domain: Booleans | None) -> _Combination:
    if table.ndim != 2 or factors.shape != table.shape[1:] or len(table) != design.n:
        raise InvalidInput("A combination needs one coefficient for each column, and a row for each response.")
    point, scores, present = 0.0, np.zeros(design.n), np.zeros(design.n, dtype=np.bool_)
    for column, factor in zip(table.T, factors.tolist(), strict=True):
        rows = _rows(~np.isnan(column), domain)
        part, parts = _ratio_scores(column[rows], np.ones(len(rows)), design.weights[rows])
        point += factor * part
        scores[rows] += factor * parts
        present[rows] = True
    rows = np.flatnonzero(present)
    return _Combination(point, scores, rows, _simple_variance(scores[rows], design.weights[rows]))


def linearised(
    point: float,
    scores: Floats,
    rows: Integers,
    design: Design,
    *,
    simple: float,
    n: int,
    level: float = LEVEL,
    interval: IntervalMethod = intervals.t_interval,
) -> Estimate:
    """Return the estimate `point` with the variance of its linearised `scores` u (m,) of the responses `rows` (m,).

    `simple` is the variance of a simple random sample with replacement, the base of the design effect.
    Errors: none. Source: Taylor linearisation (Woodruff 1971).
    """
    if not n or not np.isfinite(point):
        return _no_estimate(n, design)
    variance = float(covariance((scores * design.weights[rows])[np.newaxis], design, rows)[0, 0])
    degrees = degrees_of_freedom(design, rows)
    kish = effective_size(design.weights[rows])
    return assemble(
        point, variance, simple=simple, n=n, kish=kish, degrees=degrees, design=design, level=level, interval=interval
    )


def assemble(
    point: float,
    variance: float,
    *,
    simple: float,
    n: int,
    kish: float,
    degrees: int,
    design: Design,
    level: float = LEVEL,
    interval: IntervalMethod = intervals.t_interval,
) -> Estimate:
    """Return the estimate of a variance by design and the one of a simple random sample; `kish` as `effective_size`."""
    if not n or not np.isfinite(point):
        return _no_estimate(n, design)
    # Equal values leave a spread of a few bits, which is no variation.
    negligible = (ROUNDING * point) ** 2
    variance, simple = (0.0 if part <= negligible else part for part in (variance, simple))
    warnings = [SINGLE_CLUSTER] if design.has_single_cluster else []
    se = float(np.sqrt(variance))
    if degrees == 0:
        warnings.append(NO_DEGREES)
        se = float("nan")
    if not simple:
        warnings.append(NO_VARIATION)
    effect = variance / simple if simple > 0 else float("nan")
    effective_n = n / effect if effect > 0 and np.isfinite(se) else kish if not simple else float(n)
    low, high = interval(Moments(point, se, degrees, effective_n), level)
    return Estimate(point, se, low, high, n, effective_n, max(degrees, 0), design.description, effect, tuple(warnings))


def _no_estimate(n: int, design: Design) -> Estimate:
    nan = float("nan")
    return Estimate(nan, nan, nan, nan, n, float(n), 0, design.description)


def effective_size(weights: ArrayLike) -> float:
    """Return ``(Σw)²/Σw²``: the size of a simple random sample that unequal weights are worth; 0 without responses.

    Errors: none. Source: Kish 1965, 11.7.
    """
    column = as_floats(weights)
    squares = float(column @ column)
    return float(column.sum()) ** 2 / squares if squares else 0.0


def _ratio_scores(y: Floats, x: Floats, weights: Floats) -> tuple[float, Floats]:
    """Return the ratio and its linearised scores ``(y − R·x)/Σwx`` (m,)."""
    below = float(weights @ x)
    if not below:
        return float("nan"), np.zeros(len(y))
    point = float(weights @ y) / below
    return point, (y - point * x) / below


def _simple_variance(scores: Floats, weights: Floats) -> float:
    """Return the variance of the estimate with these scores (m,) in a simple random sample of the same size."""
    n, size = len(scores), float(weights.sum())
    if n < 2 or not size:
        return 0.0
    centred = scores - float(weights @ scores) / size
    return size * float(weights @ (centred * centred)) / (n - 1)


def _column(values: ArrayLike, design: Design) -> Floats:
    column = as_floats(values)
    if column.shape != (design.n,):
        raise InvalidInput("Values must have one row for each response of the design.")
    return column


def _rows(present: Booleans, domain: Booleans | None) -> Integers:
    return np.flatnonzero(present if domain is None else present & domain)
