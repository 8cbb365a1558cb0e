"""Trend over waves: the estimate of each wave, and its change since the one before with Holm's correction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from heed_measures.arrays import as_floats
from heed_measures.errors import InvalidInput
from heed_measures.multiple_testing import holm
from heed_measures.surveys.design import Design, Estimate
from heed_measures.surveys.estimators import difference, linear_combination
from heed_measures.surveys.intervals import LEVEL


@dataclass(frozen=True, slots=True)
class WavePoint:
    """One wave; `change` since the wave before, its p-value, and the one adjusted for all changes of the trend.

    Of the first wave, and where a wave has no response, all three are None.
    """

    estimate: Estimate
    change: Estimate | None
    p: float | None
    adjusted_p: float | None


def trend(
    values: ArrayLike,
    waves: ArrayLike,
    design: Design,
    *,
    wave_count: int | None = None,
    coefficients: ArrayLike | None = None,
    level: float = LEVEL,
) -> tuple[WavePoint, ...]:
    """Return the mean of `values` in each wave, in order, with the changes between neighbours.

    Shapes: `values` (n,) or (n, p) with `coefficients` (p,) (an index; a net score as −100, 0 and 100), nan without
    response; `waves` (n,) from 0, below 0 for none. Whether clusters are shared by waves is the design's: see
    `Design.nested_in`. Errors: `InvalidInput` for other shapes. Source: Kish 1965; Holm 1979.
    """
    table = as_floats(values)
    table = table[:, np.newaxis] if table.ndim == 1 else table
    factors = np.ones(table.shape[1]) if coefficients is None else as_floats(coefficients)
    wave = np.asarray(waves)
    if wave.shape != (design.n,):
        raise InvalidInput("Each response needs its wave.")
    count = int(wave.max(initial=-1)) + 1 if wave_count is None else wave_count
    masks = [wave == index for index in range(count)]
    points = [linear_combination(table, factors, design, domain=mask, level=level) for mask in masks]
    changes = [
        difference(table, design, first=masks[index], second=masks[index - 1], coefficients=factors, level=level)
        for index in range(1, count)
    ]
    return _adjusted(points, changes)


def two_sided_p(estimate: Estimate) -> float:
    """Return the p-value of the hypothesis that the estimated number is 0, by Student's t; nan without an error."""
    if not estimate.se > 0 or estimate.degrees_of_freedom < 1:
        return float("nan")
    return float(2 * stdtr(estimate.degrees_of_freedom, -abs(estimate.estimate) / estimate.se))


def _adjusted(points: Sequence[Estimate], changes: Sequence[Estimate]) -> tuple[WavePoint, ...]:
    raw = as_floats([two_sided_p(change) for change in changes])
    tested = np.isfinite(raw)
    adjusted = np.full(len(raw), np.nan)
    adjusted[tested] = holm(raw[tested])
    later = [
        WavePoint(point, change, p, corrected) if np.isfinite(p) else WavePoint(point, None, None, None)
        for point, change, p, corrected in zip(points[1:], changes, raw.tolist(), adjusted.tolist(), strict=True)
    ]
    return (*(WavePoint(point, None, None, None) for point in points[:1]), *later)
