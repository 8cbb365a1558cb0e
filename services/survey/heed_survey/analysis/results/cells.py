"""Which cells of a table of counts may be shown, so that the others cannot be computed from what is shown."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from heed_common.contracts.survey import Measure
from heed_survey.analysis.disclosure.rules import Answers, Booleans, Guard
from heed_survey.surveys.questionnaire.items import Item

Determined = NDArray[np.float64]
"""Sums over the cells that other results show, (s, cells): a row of ones for the total, the values for the mean …"""
SQUARES = 2
"""Row of the sums that a standard error adds."""
ROOM = 60
"""How far counts are moved in the search for others with the same sums."""
TOP_BOXES = 2
TOP_BOX_MEASURES = (Measure.SATISFACTION, Measure.EFFORT)
RECOMMENDATION = (0, 10)


class Detail(IntEnum):
    """What may be shown of a group's answers to an item on a scale."""

    NONE = 0
    MEAN = 1
    SHARES = 2
    """Shares of values, and the mean without its standard error."""
    ALL = 3


@dataclass(frozen=True, eq=False)
class CellGuard:
    """A guard for the counts of one field: the `fields` that describe a cell, and the answers."""

    guard: Guard
    field: str
    fields: frozenset[str]
    answers: Answers

    def permits(self, sets: Sequence[Booleans]) -> list[bool]:
        return self.guard.permits_counts(self.fields, sets, self.answers, of=(self.field,))

    def permits_everyone(self, everyone: Booleans) -> bool:
        """Return whether results about all who have a value may be shown; they are always assumed to be."""
        return self.guard.permits_counts(frozenset({self.field}), [everyone], self.answers, of=(self.field,))[0]


def visible_cells(
    guard: CellGuard, cells: Sequence[Booleans], *, everyone: Booleans, total: Booleans, known: Determined
) -> list[bool]:
    """Return whether each count may be shown.

    Small cells are withheld, and with them the next smallest, until none of the small ones follows from the sums
    `known` and the cells that are shown. What is shown is compared with what was shown of other groups before; a cell
    that is withheld because of them must not follow from the sums either.
    """
    k = guard.guard.k
    if not k:
        return [True] * len(cells)
    counts = [int(members.sum()) for members in cells]
    withheld = withheld_cells(counts, k, known)
    if not guard.permits_everyone(everyone) or not guard.permits([total])[0]:
        return [False] * len(cells)
    candidates = [index for index, count in enumerate(counts) if index not in withheld and count]
    permitted = guard.permits([cells[index] for index in candidates])
    refused = {index for index, is_permitted in zip(candidates, permitted, strict=True) if not is_permitted}
    withheld = withheld_cells(counts, k, known, withheld=withheld | refused)
    return [index not in withheld for index in range(len(cells))]


def withheld_cells(
    counts: Sequence[int], k: int, known: Determined, *, withheld: AbstractSet[int] = frozenset()
) -> set[int]:
    """Return the cells below k, those withheld already, and those that must be withheld with them.

    All, if even that does not hide them.
    """
    found = set(withheld) | {index for index, count in enumerate(counts) if 0 < count < k}
    hidden = sorted(found)
    others = sorted((index for index in range(len(counts)) if index not in found), key=lambda index: counts[index])
    for index in others:
        if not exposes(counts, k, known, hidden=hidden, withheld=sorted(found)):
            break
        found.add(index)
    return found


def detail_of(counts: Sequence[int], k: int, item: Item) -> Detail:
    """Return how much of a group's distribution over the values of an item may be shown as mean and shares.

    `counts` are those of the values. The sums that are shown must not show of a small count that it is small: it could
    as well be 0, or k and more.
    """
    if not k or item.scale is None:
        return Detail.ALL
    sums = sums_of(item)
    for detail, known in (
        (Detail.ALL, sums),
        (Detail.SHARES, np.delete(sums, SQUARES, axis=0)),
        (Detail.MEAN, sums[:SQUARES]),
    ):
        if not exposes(counts, k, known):
            return detail
    return Detail.NONE


def exposes(
    counts: Sequence[int],
    k: int,
    known: Determined,
    *,
    hidden: Sequence[int] | None = None,
    withheld: Sequence[int] | None = None,
) -> bool:
    """Return whether the sums `known`, and the cells that are not withheld, give back a hidden one.

    By default all cells are withheld and the small ones hidden. See `has_alternative`.
    """
    places = list(range(len(counts))) if withheld is None else list(withheld)
    small = [index for index, count in enumerate(counts) if 0 < count < k] if hidden is None else hidden
    unknown = known[:, places]
    return any(
        not has_alternative(tuple(min(counts[each], ROOM) for each in places), _rows(unknown), places.index(index), k)
        for index in small
    )


@lru_cache(maxsize=4096)
def has_alternative(counts: tuple[int, ...], sums: tuple[tuple[float, ...], ...], cell: int, k: int) -> bool:
    """Return whether other counts have the same sums: with a cell below k at 0 or at k and more, or a larger one moved.

    Counts above `ROOM` are all the same to it. Source: integer programming (Cox 1980 uses the linear intervals).
    """
    start = np.array(counts, dtype=np.float64)
    own = counts[cell]
    moves = ((-own, -own), (k - own, ROOM)) if own < k else ((1, ROOM), (-min(own, ROOM), -1))
    same = LinearConstraint(np.array(sums), 0, 0)
    for least, most in moves:
        lowest, highest = np.maximum(-start, -ROOM), np.full(len(counts), float(ROOM))
        lowest[cell], highest[cell] = least, most
        found = milp(
            np.zeros(len(counts)), integrality=np.ones(len(counts)), bounds=Bounds(lowest, highest), constraints=same
        )
        if found.success:
            return True
    return False


def _rows(table: Determined) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, table.tolist()))


def sums_of(item: Item) -> Determined:
    """Return the sums over the values of an item that results about it show: number, mean, error, and its own shares.

    The top boxes are shares of satisfaction and effort; those of other items have to be safe beside all the rest.
    """
    sums = all_sums_of(item)
    if item.scale is None:
        return sums
    return sums if item.measure in TOP_BOX_MEASURES else np.delete(sums, SQUARES + 1, axis=0)


def all_sums_of(item: Item) -> Determined:
    """Return the sums over the values of an item that any result about it shows.

    The cells are those of the answers as given; results about a reversed item calculate with the mirrored values.
    """
    if item.scale is None:
        return np.ones((1, len(item.options)))
    values = np.arange(item.scale.lowest, item.scale.highest + 1, dtype=np.float64)
    values = values[::-1] if item.is_reversed else values
    rows = [np.ones(len(values)), values, values**2, values > item.scale.highest - TOP_BOXES]
    if (item.scale.lowest, item.scale.highest) == RECOMMENDATION:
        rows += [values <= 6, values >= 9]
    return np.array(rows, dtype=np.float64)
