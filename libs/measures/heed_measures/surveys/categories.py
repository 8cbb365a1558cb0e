"""Shares of the categories of an item in many domains, with the covariances between categories.

Responses are counted by domain and unit first, so that an item takes three passes over a million responses, whatever
the number of its categories.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.surveys import intervals
from heed_measures.surveys.design import Design, Estimate, Stage
from heed_measures.surveys.estimators import assemble
from heed_measures.surveys.intervals import LEVEL, IntervalMethod
from heed_measures.surveys.variance import between_units, covariance, degrees_of_units


@dataclass(frozen=True, eq=False)
class ShareTable:
    """Shares of k categories in G domains, with all that their intervals and those of their combinations need.

    Shapes: `shares` and `counts` (G, k); `covariance` by the design and `simple`, that of simple random sampling with
    replacement, (G, k, k); `n`, `kish` (effective size of the weights) and `degrees` (G,). nan without responses.
    """

    shares: Floats
    counts: Integers
    covariance: Floats
    simple: Floats
    n: Integers
    kish: Floats
    degrees: Integers
    design: Design

    def estimate(
        self, group: int, category: int, *, level: float = LEVEL, interval: IntervalMethod = intervals.share_interval
    ) -> Estimate:
        """Return the share of a category in a domain; its interval as `estimators.share`. Errors: none."""
        unit = np.zeros(self.shares.shape[1])
        unit[category] = 1.0
        return self.combine(group, unit, level=level, interval=interval)

    def combine(
        self,
        group: int,
        coefficients: ArrayLike,
        *,
        level: float = LEVEL,
        interval: IntervalMethod = intervals.t_interval,
    ) -> Estimate:
        """Return ``Σ a_j·share_j`` in a domain, with coefficients (k,): the share of several, or a net score.

        Errors: `InvalidInput` for another shape.
        """
        factors = as_floats(coefficients)
        if factors.shape != self.shares.shape[1:]:
            raise InvalidInput("A combination needs one coefficient for each category.")
        return assemble(
            float(factors @ self.shares[group]),
            float(factors @ self.covariance[group] @ factors),
            simple=float(factors @ self.simple[group] @ factors),
            n=int(self.n[group]),
            kish=float(self.kish[group]),
            degrees=int(self.degrees[group]),
            design=self.design,
            level=level,
            interval=interval,
        )


class _Cells(NamedTuple):
    """Combinations of a domain and a unit (of responses as units: a stratum), sorted by domain.

    `cell` (m,) the cell of each response, `parents` (M,) the stratum of each cell, `ends` (G + 1,) the first cell of
    each domain.
    """

    cell: Integers
    parents: Integers
    ends: Integers


class _Counts(NamedTuple):
    """Responses of each cell and category, (M, k): their number, and the sums of the weights and their squares."""

    number: Integers
    weight: Floats
    square: Floats


class Categories:
    """Domains of a design, prepared once for the shares of any number of items.

    Shapes: `groups` (n,) the domain of each response from 0, below 0 for none (default: one domain of all).
    Errors: `InvalidInput` for another shape or a group beyond `group_count`.
    """

    def __init__(self, design: Design, groups: ArrayLike | None = None, *, group_count: int | None = None) -> None:
        codes = np.zeros(design.n, dtype=np.int64) if groups is None else np.asarray(groups).astype(np.int64)
        if codes.shape != (design.n,):
            raise InvalidInput("Groups are whole numbers, one for each response.")
        self.design = design
        needed = 1 if groups is None else int(codes.max(initial=-1)) + 1
        self.group_count = max(needed, 0) if group_count is None else group_count
        if codes.max(initial=-1) >= self.group_count:
            raise InvalidInput("A group lies beyond the number of groups.")
        self._rows = None if (codes >= 0).all() else np.flatnonzero(codes >= 0)
        self._weights = design.weights if self._rows is None else design.weights[self._rows]
        self._squares = self._weights**2
        inside = codes if self._rows is None else codes[self._rows]
        self._groups = inside
        self._cells = [_cells(stage, inside, self._rows, self.group_count) for stage in design.stages]

    def shares(self, codes: ArrayLike, categories: int) -> ShareTable:
        """Return the shares of the categories among those who responded.

        Shapes: `codes` (n,) whole numbers from 0 to `categories` − 1, below 0 where there is no response.
        Errors: `InvalidInput` for another shape or a code beyond. Source: as `estimators.mean`, of indicators.
        """
        column = np.asarray(codes)
        if column.shape != (self.design.n,) or column.dtype.kind not in "iu" or column.max(initial=-1) >= categories:
            raise InvalidInput("Codes are whole numbers below the number of categories, one for each response.")
        column = np.maximum(column if self._rows is None else column[self._rows], -1)
        counts = [self._count(cells, column, categories) for cells in self._cells]
        first, ends = counts[0], self._cells[0].ends
        number = np.array([first.number[start:end].sum(axis=0) for start, end in _spans(ends)], dtype=np.int64)
        weight = np.array([first.weight[start:end].sum(axis=0) for start, end in _spans(ends)])
        square = np.array([first.square[start:end].sum() for start, end in _spans(ends)])
        number, weight = number.reshape(-1, categories), weight.reshape(-1, categories)
        sizes = weight.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = weight / sizes[:, np.newaxis]
            kish = np.where(square > 0, sizes**2 / square, 0.0)
        return ShareTable(
            shares,
            number,
            np.array([self._covariance(counts, column, group, shares[group]) for group in range(len(shares))]).reshape(
                -1, categories, categories
            ),
            _simple(shares, number.sum(axis=1)),
            number.sum(axis=1),
            kish,
            np.array([self._degrees(counts, group) for group in range(len(shares))], dtype=np.int64),
            self.design,
        )

    def _count(self, cells: _Cells, column: Integers, categories: int) -> _Counts:
        width, size = categories + 1, len(cells.parents)
        key = cells.cell * width
        key += column
        key += 1
        number = np.bincount(key, minlength=size * width).reshape(size, width)[:, 1:]
        if len(self._weights) and np.ptp(self._weights) == 0:
            one = float(self._weights[0])
            return _Counts(number, as_floats(number * one), as_floats(number * one**2))
        sums = [np.bincount(key, weights, minlength=size * width) for weights in (self._weights, self._squares)]
        weight, square = (as_floats(column).reshape(size, width)[:, 1:] for column in sums)
        return _Counts(number, weight, square)

    def _covariance(self, counts: list[_Counts], column: Integers, group: int, shares: Floats) -> Floats:
        total = np.zeros((len(shares), len(shares)))
        if np.isnan(shares).any():
            return np.full_like(total, np.nan)
        if self.design.margins:
            return self._calibrated(column, group, shares)
        for stage, cells, found in zip(self.design.stages, self._cells, counts, strict=True):
            span = slice(cells.ends[group], cells.ends[group + 1])
            weight, parents = found.weight[span], cells.parents[span]
            sums = (weight - np.outer(weight.sum(axis=1), shares)).T
            if stage.units is None:
                total += _between_responses(found.square[span], sums, parents, shares, stage)
            else:
                total += between_units(sums, parents, stage)
        size = counts[0].weight[slice(*self._cells[0].ends[group : group + 2])].sum()
        return as_floats(total / size**2)

    def _calibrated(self, column: Integers, group: int, shares: Floats) -> Floats:
        """Return the covariance of calibrated weights, whose residuals reach beyond the cells of the domain."""
        is_member = (self._groups == group) & (column >= 0)
        rows = np.flatnonzero(is_member) if self._rows is None else self._rows[is_member]
        weights = self.design.weights[rows]
        chosen = column[is_member] == np.arange(len(shares))[:, np.newaxis]
        return covariance((chosen - shares[:, np.newaxis]) * weights / weights.sum(), self.design, rows)

    def _degrees(self, counts: list[_Counts], group: int) -> int:
        units = []
        for stage, cells, found in zip(self.design.stages, self._cells, counts, strict=True):
            span = slice(cells.ends[group], cells.ends[group + 1])
            number = found.number[span].sum(axis=1)
            present = number if stage.units is None else number > 0
            units.append(np.bincount(cells.parents[span], present, minlength=len(stage.sizes)).astype(np.int64))
        return degrees_of_units(self.design, units)


def _cells(stage: Stage, groups: Integers, rows: Integers | None, count: int) -> _Cells:
    units = stage.strata if stage.units is None else stage.units
    unit, width = units if rows is None else units[rows], len(stage.sizes if stage.units is None else stage.strata)
    key = groups * width + unit
    if count * width <= max(4 * len(key), 1 << 16):
        present, index = np.arange(count * width), key
    else:
        present, index = np.unique(key, return_inverse=True)
    parents = present % width if width else present
    ends = np.searchsorted(present, np.arange(count + 1) * width)
    return _Cells(index, parents if stage.units is None else stage.strata[parents], ends)


def _between_responses(square: Floats, sums: Floats, parents: Integers, shares: Floats, stage: Stage) -> Floats:
    """Return the sum of squares between responses, (k, k), from the sums of their weights and squared weights.

    Scores of a domain add up to 0, so that a single response of a stratum is centred at 0.
    """
    factors, sizes = stage.factors[parents], stage.sizes[parents]
    squared = factors @ square
    products = np.outer(shares, squared)
    within = np.diag(squared) - products - products.T + np.outer(shares, shares) * squared.sum()
    centred = sums * np.sqrt(np.where(sizes > 1, factors / sizes, 0.0))
    return as_floats(within - centred @ centred.T)


def _simple(shares: Floats, n: Integers) -> Floats:
    """Return the covariance of shares in simple random samples of n with replacement, (G, k, k)."""
    products = shares[:, :, np.newaxis] * shares[:, np.newaxis, :]
    diagonal = shares[:, :, np.newaxis] * np.eye(shares.shape[1])
    return (diagonal - products) / np.maximum(n - 1, 1)[:, np.newaxis, np.newaxis]


def _spans(ends: Integers) -> Iterator[tuple[int, int]]:
    return pairwise(ends.tolist())
