"""The array types of the library, and the grouping of equal rows that makes a million customers cheap."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.errors import InvalidInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LARGEST_TABLE = 1 << 22
WORTH_FILLING = 64
LARGEST_GRID = 10_000
DAYS_PER_WEEK = 7
WORTH_GROUPING = 1000
BLOCK = 1 << 14


class Distinct(NamedTuple):
    """Rows that occur, how often, and for each original row the place of its equal among them."""

    columns: tuple[Floats, ...]
    counts: Integers
    inverse: Integers


def as_floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def distinct_rows(*columns: Floats) -> Distinct:
    """Groups equal rows: customers share few combinations of purchases, recency and age.

    Shapes: each column (n,); distinct columns and counts (k,), inverse (n,) with ``columns[j][inverse]`` = column j.
    Errors: none. Source: †.
    """
    columns, inverse = _grouped(*columns)
    return Distinct(columns, np.bincount(inverse, minlength=len(columns[0])), inverse)


def _grouped(*columns: Floats) -> tuple[tuple[Floats, ...], Integers]:
    """Distinct columns (k,) and the place of each original row among them (n,)."""
    levels, codes = zip(*(_levels(column) for column in columns), strict=True)
    sizes = [max(len(level), 1) for level in levels]
    key = codes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        key = key * size + code
    occurring, inverse = _distinct_keys(key, int(np.prod(sizes, dtype=np.float64)))
    picked: list[Floats] = []
    for level, size in zip(reversed(levels), reversed(sizes), strict=True):
        picked.append(level[occurring % size])
        occurring = occurring // size
    return tuple(reversed(picked)), inverse


def _levels(column: Floats) -> tuple[Floats, Integers]:
    """Ascending values among which all of the column are, and the place of each."""
    # Counts and weeks of whole days lie on a grid: no search is needed.
    for steps in (1, DAYS_PER_WEEK):
        places = _places_on_grid(column, steps)
        if places is not None:
            return np.arange(places.max() + 1) / steps, places
    values = np.unique(column)
    return values, np.searchsorted(values, column)


def _places_on_grid(column: Floats, steps: int) -> Integers | None:
    places = np.empty(len(column), dtype=np.int64)
    for rows in blocks(len(column)):
        grid = np.rint(column[rows] * steps)
        if grid.min() < 0 or grid.max() >= LARGEST_GRID or not np.array_equal(grid / steps, column[rows]):
            return None
        places[rows] = grid
    return places if len(places) else None


def once_for_equals(function: Callable[..., Floats], *columns: Floats) -> Floats:
    """`function` of the columns, row by row, computed once for equal rows where that saves time.

    Shapes: `function` takes columns (n,) and gives (n,) or several such rows; element-wise, or the result would differ.
    """
    shapes = {column.shape for column in columns}
    if len(shapes) > 1 or columns[0].ndim != 1 or len(columns[0]) < WORTH_GROUPING:
        return function(*columns)
    few, place = _grouped(*columns)
    return np.take(function(*few), place, axis=-1)


def in_blocks(function: Callable[..., Floats], *columns: Floats) -> Floats:
    """`function` of the columns, row by row, with intermediate results that stay in the processor's cache.

    Shapes: columns () or (n,), what else broadcasts is passed on; `function` gives (n,) or several such rows and is
    element-wise, or the result would differ.
    """
    shapes = {column.shape for column in columns} - {()}
    n = max((shape[0] for shape in shapes), default=0)
    if shapes != {(n,)} or n <= BLOCK:
        return function(*columns)
    pieces = ((rows, function(*(column[rows] if column.ndim else column for column in columns))) for rows in blocks(n))
    rows, piece = next(pieces)
    result = np.empty((*piece.shape[:-1], n))
    result[..., rows] = piece
    for rows, piece in pieces:
        result[..., rows] = piece
    return result


def blocks(n: int) -> Iterator[slice]:
    """Rows 0 to n in pieces that fit into the processor's cache: long tables are read once instead of once a step."""
    for start in range(0, n, BLOCK):
        yield slice(start, min(start + BLOCK, n))


def _distinct_keys(key: Integers, largest: int) -> tuple[Integers, Integers]:
    # A table of all possible keys needs no sorting; it is taken while it is small and worth filling.
    if largest > min(LARGEST_TABLE, WORTH_FILLING * len(key)):
        return np.unique(key, return_inverse=True)
    present = np.zeros(largest, dtype=np.bool_)
    present[key] = True
    occurring = np.flatnonzero(present)
    places = np.zeros(largest, dtype=np.int64)
    places[occurring] = np.arange(len(occurring))
    return occurring, places[key]


def same_length(*columns: ArrayLike) -> tuple[Floats, ...]:
    """Columns of one table as float arrays; anything else is refused with `InvalidInput`."""
    arrays = tuple(as_floats(column) for column in columns)
    if any(array.ndim != 1 or len(array) != len(arrays[0]) for array in arrays):
        raise InvalidInput("Columns must be one-dimensional and of the same length.")
    if any(not np.isfinite(array).all() for array in arrays):
        raise InvalidInput("Columns must hold finite numbers only.")
    return arrays
