"""Disclosure control of tables: small cells are suppressed, and others with them so that totals do not give them back.

What the attacker knows: all cells and totals that are shown, that counts are not negative, and this code.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Booleans

TOTAL_COST = 1000.0
"""A total is suppressed only where cells cannot protect each other."""

Cell = tuple[int, int]


class Suppression(NamedTuple):
    """What is hidden of a table: cells (R, C), totals of rows (R,) and of columns (C,), and the total of all."""

    cells: Booleans
    row_totals: Booleans
    column_totals: Booleans
    total: bool


def suppress_list(counts: ArrayLike, k: int, *, hide_zeros: bool = True) -> Booleans:
    """Return which groups of a list with its total are hidden, (C,): see `suppress`."""
    row = np.asarray(counts, dtype=np.int64)
    if row.ndim != 1:
        raise InvalidInput("A list has one dimension.")
    found = suppress(row[np.newaxis], k, column_totals=False, hide_zeros=hide_zeros)
    return np.asarray(found.cells[0] | found.total)


def suppress(
    counts: ArrayLike, k: int, *, row_totals: bool = True, column_totals: bool = True, hide_zeros: bool = True
) -> Suppression:
    """Return what to hide of a table of counts (R, C) so that no count below `k` is shown or can be derived.

    Cells and totals below `k` are hidden (zeros too, unless `hide_zeros` is false). Further cells, and where these do
    not suffice totals, are hidden until the shown numbers leave every hidden number an interval of at least `k` counts
    wide; if nothing suffices, everything is hidden. `row_totals` and `column_totals`: whether these are shown at all;
    the total of all always is, unless hidden. Which cells were hidden first is not part of the result.
    Errors: `InvalidInput` for a negative count, another shape or k below 1.
    Source: Cox 1980 (complementary suppression); the interval of a cell in a two-way table is a maximum flow
    (Kelly, Golden & Assad 1992); the choice of further cells by rectangles is †.
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or not table.size or (table < 0).any() or k < 1:
        raise InvalidInput("A table has counts of at least 0 in two dimensions, and the smallest group is at least 1.")
    protection = _Protection(table, k)
    protection.hide_small(hide_zeros=hide_zeros)
    protection.withhold_totals(rows=not row_totals, columns=not column_totals)
    protection.protect_all()
    hidden = protection.hidden | protection.withheld
    return Suppression(hidden[:-1, :-1], hidden[:-1, -1], hidden[-1, :-1], bool(hidden[-1, -1]))


class _Protection:
    """A table with its totals as last row and column, and what of it is hidden.

    Changes of the hidden numbers that leave all sums intact are circulations between rows and columns, if those of
    totals count with the opposite sign.
    """

    def __init__(self, table: Integers, k: int) -> None:
        rows = np.column_stack([table, table.sum(axis=1)])
        self.values = np.vstack([rows, rows.sum(axis=0)])
        self.k = k
        self.hidden: Booleans = np.zeros(self.values.shape, dtype=np.bool_)
        self.withheld: Booleans = np.zeros(self.values.shape, dtype=np.bool_)
        self._signs = np.ones(self.values.shape)
        self._signs[-1, :-1] = self._signs[:-1, -1] = -1
        self._costs = 1 + self.values / (self.values[-1, -1] + 1)
        self._costs[-1] = TOTAL_COST
        self._costs[:, -1] = TOTAL_COST

    def hide_small(self, *, hide_zeros: bool) -> None:
        self.hidden |= (self.values < self.k) & (hide_zeros | (self.values > 0))

    def withhold_totals(self, *, rows: bool, columns: bool) -> None:
        """Mark totals that are not part of the publication: unknown to an attacker, but nothing to protect."""
        self.withheld[:-1, -1] |= rows and len(self.values) > 2
        self.withheld[-1, :-1] |= columns
        self.hidden &= ~self.withheld

    def protect_all(self) -> None:
        if self.hidden[-1, -1]:
            self.hidden[:] = True
            return
        work = list(self._in_order(self.hidden))
        for cell in work:
            while self._width(cell) < self.k:
                added = self._add_rectangle(cell)
                if not added:
                    self.hidden[:] = True
                    return
                work.extend(added)

    def _in_order(self, cells: Booleans) -> Iterator[Cell]:
        found = np.argwhere(cells)
        yield from ((int(row), int(column)) for row, column in found[np.argsort(self.values[cells], kind="stable")])

    def _width(self, cell: Cell) -> int:
        """Return how far the shown numbers leave a hidden one open, at most about 2k."""
        row, column = cell
        unknown = self.hidden | self.withheld
        unknown[cell] = False
        forward, backward = (np.where(unknown, room, 0) for room in self._rooms())
        source, sink = len(self.values) + column, row
        up = self._flow(forward, backward, source, sink)
        down = self._flow(forward, backward, sink, source)
        own_up, own_down = (int(room[cell]) for room in self._rooms())
        return min(up, own_up) + min(down, own_down)

    def _rooms(self) -> tuple[Integers, Integers]:
        """Return by how much each signed number can rise and fall; more than k is not distinguished."""
        limited = np.minimum(self.values, self.k)
        rises = np.where(self._signs > 0, self.k, limited)
        falls = np.where(self._signs > 0, limited, self.k)
        return rises, falls

    def _flow(self, forward: Integers, backward: Integers, source: int, sink: int) -> int:
        height, width = forward.shape
        capacities = np.zeros((height + width, height + width), dtype=np.int32)
        capacities[:height, height:] = forward
        capacities[height:, :height] = backward.T
        return int(maximum_flow(csr_array(capacities), source, sink).flow_value)

    def _add_rectangle(self, cell: Cell) -> list[Cell]:
        """Hide the three other corners of the cheapest rectangle that opens the cell wide enough; return new cells."""
        row, column = cell
        widths = self._rectangle_widths(row, column)
        new = np.where(self.hidden | self.withheld, 0.0, self._costs)
        costs = new + new[row, :][np.newaxis, :] + new[:, column][:, np.newaxis]
        usable = (costs > 0) & (widths > 0)
        usable[row, :] = usable[:, column] = False
        if not usable.any():
            return []
        enough = usable & (widths >= self.k)
        score = np.where(enough, costs, np.inf) if enough.any() else np.where(usable, -widths, np.inf)
        other_row, other_column = np.unravel_index(int(np.argmin(score)), score.shape)
        corners = {(row, int(other_column)), (int(other_row), int(other_column)), (int(other_row), column)}
        added = [corner for corner in sorted(corners) if not (self.hidden[corner] or self.withheld[corner])]
        for corner in added:
            self.hidden[corner] = True
        return added

    def _rectangle_widths(self, row: int, column: int) -> Floats:
        """Return by how much the cell can move together with the other three corners, for each opposite corner."""
        rises, falls = self._rooms()

        def reach(first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
            own_and_opposite = np.minimum(first, first[row, column])
            neighbours = np.minimum(second[row, :][np.newaxis, :], second[:, column][:, np.newaxis])
            return as_floats(np.minimum(own_and_opposite, neighbours))

        return reach(rises, falls) + reach(falls, rises)
