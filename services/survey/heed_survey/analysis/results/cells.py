"""Which cells of a table of counts may be shown, so that the others cannot be computed from what is shown."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heed_survey.analysis.disclosure.rules import Booleans, Guard
from heed_survey.analysis.table.columns import Column
from heed_survey.surveys.questionnaire.items import Item

Determined = NDArray[np.float64]
"""Sums over the cells that other results show, (s, cells): a row of ones for the total, the values for the mean …"""
TOP_BOXES = 2
RECOMMENDATION = (0, 10)


def visible_cells(
    guard: Guard, subject: str, cells: Sequence[Booleans], *, everyone: Booleans, total: Booleans, known: Determined
) -> list[bool]:
    """Return whether each count may be shown.

    Small cells are withheld, and with them the next smallest, until none of the small ones follows from the sums
    `known` and the cells that are shown. What is shown is compared with what was shown of other groups before.
    """
    if not guard.k:
        return [True] * len(cells)
    counts = [int(members.sum()) for members in cells]
    withheld = withheld_cells(counts, guard.k, known)
    (is_visible,) = guard.permits(subject, [total], everyone)
    candidates = [index for index, count in enumerate(counts) if index not in withheld and count]
    if not is_visible:
        return [False] * len(cells)
    permitted = guard.permits(subject, [cells[index] for index in candidates], everyone)
    withheld |= {index for index, is_permitted in zip(candidates, permitted, strict=True) if not is_permitted}
    return [index not in withheld for index in range(len(cells))]


def visible_table(
    guard: Guard, inside: Booleans, row: tuple[str, Column], column: tuple[str, Column]
) -> list[list[bool]]:
    """Return which cells of a cross-table may be shown: as sets of the row's field and as sets of the column's.

    The margins count as shown, because frequencies show them; those who lack the other field are a cell of their own,
    which the guard sees as the rest.
    """
    if not guard.k:
        return [[True] * len(column[1].facts) for _ in row[1].facts]
    cells = [
        inside & (row[1].codes == r) & (column[1].codes == c)
        for r in range(len(row[1].facts))
        for c in range(len(column[1].facts))
    ]
    permitted = [True] * len(cells)
    for name, field in (row, column):
        margins: list[Booleans] = [inside & (field.codes == code) for code in range(len(field.facts))]
        guard.permits(f"count:{name}", [inside & field.present, *margins], field.present)
        candidates = [index for index, is_permitted in enumerate(permitted) if is_permitted]
        found = guard.permits(f"count:{name}", [cells[index] for index in candidates], field.present)
        for index, is_permitted in zip(candidates, found, strict=True):
            permitted[index] = is_permitted
    width = len(column[1].facts)
    return [permitted[start : start + width] for start in range(0, len(cells), width)]


def withheld_cells(counts: Sequence[int], k: int, known: Determined) -> set[int]:
    """Return the cells below k and those that must be withheld with them; all, if even that does not hide them."""
    small = [index for index, count in enumerate(counts) if 0 < count < k]
    withheld = set(small)
    others = sorted((index for index in range(len(counts)) if index not in withheld), key=lambda index: counts[index])
    for index in others:
        if not _is_exposed(small, sorted(withheld), known):
            break
        withheld.add(index)
    return withheld


def exposes(counts: Sequence[int], k: int, known: Determined) -> bool:
    """Return whether the sums `known` alone give back a cell below k."""
    small = [index for index, count in enumerate(counts) if 0 < count < k]
    return _is_exposed(small, list(range(len(counts))), known)


def sums_of(item: Item) -> Determined:
    """Return the sums over the values of an item that results about it show, its standard error included.

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


def moments_of(item: Item) -> Determined:
    """Return the sums that a mean and its standard error show."""
    return sums_of(item)[:3]


def _is_exposed(small: Sequence[int], withheld: Sequence[int], known: Determined) -> bool:
    unknown = known[:, withheld]
    rank = np.linalg.matrix_rank(unknown)
    for index in small:
        target = np.zeros(len(withheld))
        target[withheld.index(index)] = 1.0
        if np.linalg.matrix_rank(np.vstack([unknown, target])) == rank:
            return True
    return False
