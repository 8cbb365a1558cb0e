"""Like complaints of unlike customers, side by side. Pure."""

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
"""A group with fewer resolved complaints is shown, but not compared."""
SIGNIFICANCE_LEVEL = 0.05
MIN_EFFECT = 0.01
"""Below it an effect is none, however sure it is: with many complaints everything is significant."""


class Cell(Protocol):
    """Complaints of one kind, of customers of one kind."""

    category: str
    severity: str
    open: int
    seconds: Sequence[float] | None
    given: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Resolved complaints, one after the other, with the kind that each is of."""

    like: NDArray[np.int64]
    groups: dict[Dimension, list[str | None]]
    values: dict[Outcome, NDArray[np.float64]]
    kinds: int


@dataclass(frozen=True, slots=True)
class GroupTest:
    """What a test says of the groups that it names."""

    dimension: Dimension
    outcome: Outcome
    names: tuple[str, ...]
    test: RankTest
    p_adjusted: float

    @property
    def significant(self) -> bool:
        return self.p_adjusted < SIGNIFICANCE_LEVEL

    def place(self, name: str) -> float | None:
        """Where the group stands among its like, if it could be compared."""
        if name not in self.names:
            return None
        place = float(self.test.percentile[self.names.index(name)])
        return None if np.isnan(place) else place


def build_sample(cells: Iterable[Any]) -> Sample:
    """The complaints behind the cells."""
    found = [cell for cell in cells if cell.seconds]
    sizes = [len(cell.seconds) for cell in found]
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys((c.category, c.severity) for c in found))}
    like = np.repeat(np.array([kinds[cell.category, cell.severity] for cell in found], dtype=np.int64), sizes)
    groups = {
        name: np.repeat(np.array([getattr(c, name) for c in found], dtype=object), sizes).tolist()
        for name in DIMENSIONS
    }
    seconds = np.concatenate([np.array(cell.seconds) for cell in found]) if found else np.zeros(0)
    given = np.concatenate([np.array(cell.given) for cell in found]) if found else np.zeros(0)
    return Sample(like, groups, {"time": seconds, "remedy": given}, len(kinds))


def compare_groups(seen: Sample) -> list[GroupTest]:
    """Every dimension by both outcomes, corrected for being so many tests."""
    tests = [(dimension, outcome, *_test(seen, dimension, outcome)) for dimension in DIMENSIONS for outcome in OUTCOMES]
    real = [place for place, (*_, test) in enumerate(tests) if test.compared]
    adjusted = dict(zip(real, holm([tests[place][3].p for place in real]).tolist(), strict=True))
    return [GroupTest(*test, adjusted.get(place, 1.0)) for place, test in enumerate(tests)]


def _test(seen: Sample, dimension: Dimension, outcome: Outcome) -> tuple[tuple[str, ...], RankTest]:
    member = seen.groups[dimension]
    counts: dict[str, int] = {}
    for name in member:
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_GROUP_SIZE))
    numbers = {name: place for place, name in enumerate(names)}
    group = np.array([numbers.get(name, -1) if name is not None else -1 for name in member], dtype=np.int64)
    rows = group >= 0
    return names, stratified_rank_test(seen.values[outcome][rows], group[rows], seen.like[rows])


def most_significant(compared: Sequence[GroupTest]) -> GroupTest | None:
    """The surest difference that is worth telling, the largest first."""
    worth = [one for one in compared if one.significant and one.test.effect >= MIN_EFFECT]
    return max(worth, key=lambda one: one.test.effect, default=None)
