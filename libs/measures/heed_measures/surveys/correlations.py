"""Correlations of items with one outcome in many domains, with the errors of the design."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Booleans, Design, Estimate
from heed_measures.surveys.domains import Domain, split
from heed_measures.surveys.estimators import assemble
from heed_measures.surveys.intervals import LEVEL, Bounds, Moments, t_quantile
from heed_measures.surveys.variance import covariance, degrees_by


@dataclass(frozen=True, eq=False)
class CorrelationTable:
    """Correlations of p items with the outcome in G domains; shapes (G, p). nan where one of both does not vary."""

    correlations: Floats
    variance: Floats
    n: Integers
    degrees: Integers
    design: Design

    def estimate(self, group: int, item: int, *, level: float = LEVEL) -> Estimate:
        """Return the correlation of an item in a domain, −1 to 1; its interval is symmetric in Fisher's z."""
        point, n = float(self.correlations[group, item]), int(self.n[group, item])
        simple = (1 - point**2) ** 2 / max(n - 1, 1)
        return assemble(
            point,
            float(self.variance[group, item]),
            simple=simple,
            n=n,
            kish=float(n),
            degrees=int(self.degrees[group, item]),
            design=self.design,
            level=level,
            interval=_fisher,
        )


def correlations_by(
    values: ArrayLike,
    outcome: ArrayLike,
    design: Design,
    groups: ArrayLike | None = None,
    *,
    group_count: int | None = None,
) -> CorrelationTable:
    """Return the weighted correlation of each item with the outcome among the responses that have both.

    Shapes: `values` (n, p), `outcome` (n,), nan without response; `groups` as `domains.means_by`. The error is that of
    the linearised correlation ``z_x·z_y − r/2·(z_x² + z_y²)``.
    Errors: `InvalidInput` for other shapes. Source: Särndal, Swensson & Wretman 1992, 5.9; Fisher 1915 for intervals.
    """
    table, target = np.asarray(values), as_floats(outcome)
    if table.ndim != 2 or len(table) != design.n or target.shape != (design.n,):
        raise InvalidInput("Values and outcome must have a row for each response of the design.")
    parts = [_moments(domain, target, design) for domain in split(table, groups, group_count)]
    p = table.shape[1]
    return CorrelationTable(
        np.array([part.correlations for part in parts]).reshape(-1, p),
        np.array([part.variance for part in parts]).reshape(-1, p),
        np.array([part.n for part in parts], dtype=np.int64).reshape(-1, p),
        np.array([part.degrees for part in parts], dtype=np.int64).reshape(-1, p),
        design,
    )


class _Moments(NamedTuple):
    correlations: Floats
    variance: Floats
    n: Integers
    degrees: Integers


def _moments(domain: Domain, outcome: Floats, design: Design) -> _Moments:
    columns, rows = domain
    weights, target = (column if rows is None else column[rows] for column in (design.weights, outcome))
    is_present = ~(np.isnan(columns) | np.isnan(target))
    target = np.nan_to_num(target)
    np.copyto(columns, 0.0, where=~is_present)
    correlations = [_linearise(column, target, weights, mask) for column, mask in zip(columns, is_present, strict=True)]
    return _Moments(
        np.array(correlations),
        np.diag(covariance(columns, design, rows)).copy(),
        np.count_nonzero(is_present, axis=1),
        degrees_by(is_present, design, rows),
    )


def _linearise(x: Floats, y: Floats, weights: Floats, present: Booleans) -> float:
    """Overwrite one item (m,) by the weighted linearised scores of its correlation; return the correlation."""
    weight = np.where(present, weights, 0.0)
    size, y = float(weight.sum()), y.copy()
    if not (_standardise(x, weight, size) and _standardise(y, weight, size)):
        x[:] = 0.0
        return float("nan")
    product = x * y
    correlation = _dot(weight, product) / size
    x *= x
    y *= y
    x += y
    x *= -correlation / 2
    x += product
    weight /= size
    x *= weight
    return min(max(correlation, -1.0), 1.0)


def _standardise(column: Floats, weight: Floats, size: float) -> bool:
    """Centre and scale the column. Return whether it varies; values without a weight do not count."""
    if not size:
        return False
    highest = max(float(column.max()), -float(column.min()))
    column -= _dot(weight, column) / size
    spread = float(np.sqrt(np.einsum("i,i,i->", weight, column, column) / size))
    # Rounding leaves a spread of a few bits in a column without variation.
    if spread <= 1e-12 * (1 + highest):
        return False
    column /= spread
    return True


def _dot(first: Floats, second: Floats) -> float:
    """Return the inner product, not by BLAS: its threads wait for each other longer than so short a sum takes."""
    return float(np.einsum("i,i->", first, second))


def _fisher(moments: Moments, level: float) -> Bounds:
    point = min(max(moments.estimate, -1.0), 1.0)
    if not abs(point) < 1 or not moments.se:
        return Bounds(point, point)
    reach = t_quantile(moments.degrees, level) * moments.se / (1 - point**2)
    return Bounds(float(np.tanh(np.arctanh(point) - reach)), float(np.tanh(np.arctanh(point) + reach)))
