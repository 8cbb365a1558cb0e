"""Rank tests of groups of customers within strata of similar complaints. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from heed_complaint.reporting.reports.fairness.schemas import Dimension, Outcome
from heed_measures.multiple_testing import holm
from heed_measures.rank_tests import RankTest, stratified_rank_test

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
MIN_GROUP_SIZE = 5
"""A group with fewer resolved complaints is shown, but not tested."""
SIGNIFICANCE_LEVEL = 0.05
MIN_EFFECT = 0.01
"""A smaller effect is negligible even if it is significant: with many complaints everything is significant."""


class Cell(Protocol):
    """Complaints of one stratum and one group of customers."""

    category: str
    severity: str
    open: int
    seconds: Sequence[float] | None
    given: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Resolved complaints, one after the other, with the stratum of each."""

    stratum: NDArray[np.int64]
    groups: dict[Dimension, list[str | None]]
    values: dict[Outcome, NDArray[np.float64]]
    strata: int


@dataclass(frozen=True, slots=True)
class GroupTest:
    """Result of a test of the named groups."""

    dimension: Dimension
    outcome: Outcome
    names: tuple[str, ...]
    test: RankTest
    p_adjusted: float

    @property
    def significant(self) -> bool:
        return self.p_adjusted < SIGNIFICANCE_LEVEL

    def percentile(self, name: str) -> float | None:
        """Return the mean percentile of the group among similar complaints, None if it was not tested."""
        if name not in self.names:
            return None
        percentile = float(self.test.percentile[self.names.index(name)])
        return None if np.isnan(percentile) else percentile


def build_sample(cells: Iterable[Any]) -> Sample:
    """Return the single complaints of the cells."""
    found = [cell for cell in cells if cell.seconds]
    sizes = [len(cell.seconds) for cell in found]
    strata = {stratum: index for index, stratum in enumerate(dict.fromkeys((c.category, c.severity) for c in found))}
    stratum = np.repeat(np.array([strata[cell.category, cell.severity] for cell in found], dtype=np.int64), sizes)
    groups = {
        name: np.repeat(np.array([getattr(c, name) for c in found], dtype=object), sizes).tolist()
        for name in DIMENSIONS
    }
    seconds = np.concatenate([np.array(cell.seconds) for cell in found]) if found else np.zeros(0)
    given = np.concatenate([np.array(cell.given) for cell in found]) if found else np.zeros(0)
    return Sample(stratum, groups, {"time": seconds, "remedy": given}, len(strata))


def compare_groups(sample: Sample) -> list[GroupTest]:
    """Test every dimension by both outcomes, corrected for multiple testing."""
    tests = [
        (dimension, outcome, *_test(sample, dimension, outcome)) for dimension in DIMENSIONS for outcome in OUTCOMES
    ]
    tested = [index for index, (*_, test) in enumerate(tests) if test.compared]
    adjusted = dict(zip(tested, holm([tests[index][3].p for index in tested]).tolist(), strict=True))
    return [GroupTest(*test, adjusted.get(index, 1.0)) for index, test in enumerate(tests)]


def _test(sample: Sample, dimension: Dimension, outcome: Outcome) -> tuple[tuple[str, ...], RankTest]:
    member = sample.groups[dimension]
    counts: dict[str, int] = {}
    for name in member:
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_GROUP_SIZE))
    numbers = {name: index for index, name in enumerate(names)}
    group = np.array([numbers.get(name, -1) if name is not None else -1 for name in member], dtype=np.int64)
    rows = group >= 0
    return names, stratified_rank_test(sample.values[outcome][rows], group[rows], sample.stratum[rows])


def most_significant(tests: Sequence[GroupTest]) -> GroupTest | None:
    """Return the significant test with the largest effect, None if all effects are negligible."""
    relevant = [test for test in tests if test.significant and test.test.effect >= MIN_EFFECT]
    return max(relevant, key=lambda test: test.test.effect, default=None)
