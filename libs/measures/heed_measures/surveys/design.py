"""Sampling design of responses, and the form of every estimate."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput

Booleans = NDArray[np.bool_]

SIMPLE = "simple_random_with_replacement"
WEIGHTS_ONLY = "weights_only"
NONE = "none"
CONVENIENCE = "convenience"
"""Without a random sample an interval holds for the model of independent responses, not for the population."""

SINGLE_CLUSTER = "single_cluster_stratum"
"""A stratum has one cluster: its variance is unknown and replaced by the squared distance to the grand mean."""
NO_DEGREES = "no_degrees_of_freedom"
"""There are no more clusters than strata: the standard error and the interval are nan."""
NO_VARIATION = "no_variation"
"""All respondents agree: the interval is the exact binomial one of the effective size of the weights."""
ADJUSTED = "adjusted_interval"
"""Few or nearly unanimous responses: the interval is an adjusted one."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with the error of its design.

    `low` and `high` bound the confidence interval, `n` counts the responses used, `effective_n` is the size of a
    simple random sample with the same error (`n` where the error is 0 or unknown), `design` names the parts of the
    design that counted, `warnings` are constants of this module. Without responses all figures are nan and n is 0.
    """

    estimate: float
    se: float
    low: float
    high: float
    n: int
    effective_n: float
    degrees_of_freedom: int
    design: str
    design_effect: float = float("nan")
    warnings: tuple[str, ...] = ()

    def scaled(self, factor: float, offset: float = 0.0) -> "Estimate":
        """Return the estimate of ``offset + factor·x``, such as an index on 0–100; `factor` above 0."""
        moved = (offset + factor * value for value in (self.estimate, self.low, self.high))
        estimate, low, high = moved
        return replace(self, estimate=estimate, low=low, high=high, se=self.se * factor)


class Stage(NamedTuple):
    """One stage of sampling: `units` (n,) the unit of each response (None: each response is a unit), `strata` (U,) the
    stratum of each unit, `sizes` and `factors` (S,) the units of a stratum and the factor of its sum of squares."""

    units: Integers | None
    strata: Integers
    sizes: Floats
    factors: Floats


@dataclass(frozen=True, eq=False)
class Design:
    """How the respondents were selected, one row for each response.

    Shapes (n,) each, None where the design has no such part. `weights` are numbers of population members that a
    response represents; `strata`, `clusters` and `second_clusters` are labels, clusters nested in their stratum;
    `population` is the number of first-stage units in the stratum (customers, or clusters where there are some),
    `second_population` the number of second-stage units in the cluster; nan: not known, sampled with replacement.
    `margins` are categories from 0 to whose known totals the weights were calibrated (see `calibration`).
    Integers as labels are fastest. Errors: `InvalidInput` for different lengths, a weight below 0 or not finite, all
    weights 0, a population that differs within its stratum or is smaller than the sample.
    Source: Särndal, Swensson & Wretman 1992; the notation of R's `svydesign`.
    """

    weights: Floats
    strata: NDArray[np.generic] | None = None
    clusters: NDArray[np.generic] | None = None
    population: Floats | None = None
    second_clusters: NDArray[np.generic] | None = None
    second_population: Floats | None = None
    kind: str = ""
    margins: tuple[Integers, ...] = ()
    stages: tuple[Stage, ...] = field(init=False)

    def __post_init__(self) -> None:
        columns = (self.strata, self.clusters, self.population, self.second_clusters, self.second_population)
        if any(column is not None and np.shape(column) != (len(self.weights),) for column in columns):
            raise InvalidInput("Columns of a design must have one value for each response.")
        weights = as_floats(self.weights)
        if not (np.isfinite(weights).all() and (weights >= 0).all()) or (len(weights) and not weights.any()):
            raise InvalidInput("Weights must be finite and at least 0, and not all 0.")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "stages", tuple(self._stages()))

    @classmethod
    def simple(cls, n: int) -> "Design":
        """Return the design of n responses without a recorded one: a simple random sample with replacement."""
        return cls(np.ones(n), kind=SIMPLE)

    @classmethod
    def convenience(cls, n: int) -> "Design":
        """Return the design of n responses without any sampling; its intervals hold for a model only."""
        return cls(np.ones(n), kind=CONVENIENCE)

    @classmethod
    def from_populations(
        cls,
        population: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
        second_clusters: ArrayLike | None = None,
        second_population: ArrayLike | None = None,
    ) -> "Design":
        """Return the design of equal chances within each stratum: a weight is the inverse of the sampling fractions.

        Shapes (n,) as those of the class. Errors: `InvalidInput` as the class, or where a population is not known.
        """
        columns = [None if column is None else np.asarray(column) for column in (strata, clusters, second_clusters)]
        totals = [None if column is None else as_floats(column) for column in (population, second_population)]
        design = cls(np.ones(np.shape(population)), columns[0], columns[1], totals[0], columns[2], totals[1])
        weights = np.ones(design.n)
        for stage, rows in zip(design.stages, totals, strict=False):
            unit_stratum = stage.strata if stage.units is None else stage.strata[stage.units]
            weights *= np.ones(design.n) if rows is None else rows / stage.sizes[unit_stratum]
        return design.reweighted(weights)

    def weights_only(self) -> "Design":
        """Return the design without strata, clusters and populations: what an analysis that knows weights sees."""
        return Design(self.weights, kind=WEIGHTS_ONLY)

    def none(self) -> "Design":
        """Return the design of the naive analysis: equal weights, independent responses."""
        return Design(np.ones(len(self.weights)), kind=NONE)

    def reweighted(self, weights: ArrayLike) -> "Design":
        """Return the design with other weights, such as trimmed ones."""
        return replace(self, weights=as_floats(weights))

    def nested_in(self, waves: ArrayLike) -> "Design":
        """Return the design with strata of their own for each wave: samples that were drawn independently.

        Without it a cluster of the same label is the same unit in all waves, and its covariance counts (a panel).
        """
        wave, waves_n = encode(np.asarray(waves))
        stratum = wave if self.strata is None else encode(self.strata)[0] * waves_n + wave
        return replace(self, strata=stratum)

    @property
    def n(self) -> int:
        return len(self.weights)

    @cached_property
    def description(self) -> str:
        """Name the parts of the design, joined by "+", or its kind."""
        if self.kind:
            return self.kind
        parts = {
            "strata": self.strata is not None,
            "clusters": self.clusters is not None,
            "weights": bool(len(self.weights)) and float(np.ptp(self.weights)) > 0,
            "fpc": self.population is not None and bool(np.isfinite(as_floats(self.population)).any()),
            "second_stage": len(self.stages) > 1,
            "calibrated": bool(self.margins),
        }
        return "+".join(name for name, present in parts.items() if present) or SIMPLE

    @cached_property
    def has_single_cluster(self) -> bool:
        """Return whether a stratum that was sampled has one cluster only."""
        first = self.stages[0]
        return bool(((first.sizes == 1) & (first.factors > 0)).any())

    def _stages(self) -> Iterator[Stage]:
        stratum, strata_n = (
            (np.zeros(len(self.weights), dtype=np.int64), 1) if self.strata is None else encode(self.strata)
        )
        unit, of_unit = _nested_units(stratum, self.clusters)
        sizes = np.bincount(of_unit, minlength=strata_n).astype(np.float64)
        fraction = _sampling_fraction(sizes, self.population, stratum)
        yield Stage(unit, of_unit, sizes, _bessel(sizes) * (1 - fraction))
        if unit is None or not fraction.any():
            return
        if self.second_clusters is None and self.second_population is None:
            return
        second_unit, first_unit = _nested_units(unit, self.second_clusters)
        counts = np.bincount(first_unit, minlength=len(of_unit)).astype(np.float64)
        second = _sampling_fraction(counts, self.second_population, unit)
        yield Stage(second_unit, first_unit, counts, fraction[of_unit] * _bessel(counts) * (1 - second))


def encode(labels: NDArray[np.generic]) -> tuple[Integers, int]:
    """Return codes (n,) from 0 for labels of any kind, and the number of codes; small integers need no sorting."""
    if labels.dtype.kind in "iub" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < 4 * len(labels):
            codes = labels.astype(np.int64) - low
            present = np.bincount(codes, minlength=high - low + 1) > 0
            return (np.cumsum(present) - 1)[codes], int(present.sum())
    levels, codes = np.unique(labels, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), len(levels)


def _nested_units(parent: Integers, labels: NDArray[np.generic] | None) -> tuple[Integers | None, Integers]:
    """Return the unit of each row (None: the row itself) and the parent of each unit."""
    if labels is None:
        return None, parent
    codes, _ = encode(labels)
    unit, units_n = encode(codes + parent * (int(codes.max(initial=0)) + 1))
    of_unit = np.zeros(units_n, dtype=np.int64)
    of_unit[unit] = parent
    return unit, of_unit


def _sampling_fraction(sizes: Floats, population: Floats | None, stratum: Integers) -> Floats:
    if population is None:
        return np.zeros(len(sizes))
    rows = as_floats(population)
    total = np.full(len(sizes), np.nan)
    total[stratum] = rows
    if not ((rows == total[stratum]) | (np.isnan(rows) & np.isnan(total[stratum]))).all():
        raise InvalidInput("A population must be the same for all responses of its stratum or cluster.")
    if (total < sizes).any():
        raise InvalidInput("A population must not be smaller than its sample.")
    with np.errstate(divide="ignore"):
        return np.where(np.isnan(total), 0.0, sizes / total)


def _bessel(sizes: Floats) -> Floats:
    """Return n/(n − 1), and 1 for a single unit, which is centred at the grand mean."""
    return np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0)
