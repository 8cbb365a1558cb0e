"""Importance–performance analysis with five regions: what is important, how well it is done, and what is uncertain."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Estimate

GREY_ZONE = 0.25
"""Half width of the grey zone in standard deviations of the attributes. †"""

Axes = Literal["means", "medians"]


class Region(StrEnum):
    """The five regions of the matrix."""

    STRENGTH = "strength"
    IRRELEVANT_ADVANTAGE = "irrelevant_advantage"
    LOW_PRIORITY = "low_priority"
    WEAKNESS = "weakness"
    GREY_ZONE = "grey_zone"


REGIONS = {
    (True, True): Region.STRENGTH,
    (False, True): Region.IRRELEVANT_ADVANTAGE,
    (False, False): Region.LOW_PRIORITY,
    (True, False): Region.WEAKNESS,
}
"""Region by whether importance and performance are high."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute in the matrix.

    `importance_z` and `performance_z` are distances from the axes in standard deviations of the attributes.
    `is_certain`: both intervals lie on one side of their axis, so that another sample would likely show the same
    region; of the grey zone it is false by construction.
    """

    importance: Estimate
    performance: Estimate
    importance_z: float
    performance_z: float
    region: Region | None
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """All attributes in their order, the axes, and how both were set. `region` is None where an estimate is nan."""

    attributes: tuple[Attribute, ...]
    importance_axis: float
    performance_axis: float
    axes: Axes


def importance_performance(
    importance: Sequence[Estimate],
    performance: Sequence[Estimate],
    *,
    axes: Axes = "means",
    grey_zone: float = GREY_ZONE,
) -> Matrix:
    """Return the matrix of attributes.

    `importance` is stated (means of importance items) or derived (correlations with overall satisfaction, of
    `correlations_by`), `performance` the means of satisfaction. The axes are the means or the medians of all
    attributes. The grey zone is ``|z| ≤ grey_zone`` on both axes. A value on an axis counts as high.
    Errors: `InvalidInput` for different lengths or a negative grey zone.
    Source: Martilla & James 1977; the grey zone is †.
    """
    if len(importance) != len(performance) or not grey_zone >= 0:
        raise InvalidInput("Each attribute needs an importance and a performance, and the grey zone a width.")
    points = as_floats([[part.estimate for part in importance], [part.estimate for part in performance]])
    used = np.isfinite(points[0]) & np.isfinite(points[1])
    centre = [_axis(row[used], axes) for row in points]
    z = np.array([_z(row, middle, used) for row, middle in zip(points, centre, strict=True)])
    attributes = tuple(
        _attribute(first, second, centre, z[:, index].tolist(), grey_zone)
        for index, (first, second) in enumerate(zip(importance, performance, strict=True))
    )
    return Matrix(attributes, centre[0], centre[1], axes)


def _axis(values: Floats, axes: Axes) -> float:
    if not values.size:
        return float("nan")
    return float(values.mean() if axes == "means" else np.median(values))


def _z(values: Floats, centre: float, used: np.typing.NDArray[np.bool_]) -> Floats:
    spread = float(values[used].std(ddof=1)) if used.sum() > 1 else 0.0
    return (values - centre) / spread if spread > 0 else np.where(np.isfinite(values), 0.0, np.nan)


def _attribute(
    importance: Estimate, performance: Estimate, centre: Sequence[float], z: Sequence[float], grey_zone: float
) -> Attribute:
    if not np.isfinite(z).all():
        return Attribute(importance, performance, z[0], z[1], None, is_certain=False)
    is_grey = max(abs(z[0]), abs(z[1])) <= grey_zone
    region = Region.GREY_ZONE if is_grey else REGIONS[z[0] >= 0, z[1] >= 0]
    is_certain = not is_grey and all(
        part.low > axis or part.high < axis for part, axis in zip((importance, performance), centre, strict=True)
    )
    return Attribute(importance, performance, z[0], z[1], region, is_certain)
