"""Array types of the library, and evaluation by unique rows and by blocks, which make a million customers cheap."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.errors import InvalidInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MAX_TABLE_SIZE = 1 << 22
MAX_TABLE_ENTRIES_PER_ROW = 64
MAX_GRID_SIZE = 10_000
DAYS_PER_WEEK = 7
MIN_ROWS_TO_GROUP = 1000
BLOCK_ROWS = 1 << 14


class UniqueRows(NamedTuple):
    """The distinct rows of a table, their counts, and for each original row the index of its distinct row."""

    columns: tuple[Floats, ...]
    counts: Integers
    inverse: Integers


def as_floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def unique_rows(*columns: Floats) -> UniqueRows:
    """Group equal rows: customers share few combinations of purchases, recency and age.

    Shapes: each column (n,); distinct columns and counts (k,), inverse (n,) with ``columns[j][inverse]`` = column j.
    Errors: none. Source: †.
    """
    columns, inverse = _group_rows(*columns)
    return UniqueRows(columns, np.bincount(inverse, minlength=len(columns[0])), inverse)


def _group_rows(*columns: Floats) -> tuple[tuple[Floats, ...], Integers]:
    """Return the distinct columns (k,) and the index of each original row among them (n,)."""
    levels, codes = zip(*(_levels(column) for column in columns), strict=True)
    sizes = [max(len(level), 1) for level in levels]
    key = codes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        key = key * size + code
    present, inverse = _unique_keys(key, int(np.prod(sizes, dtype=np.float64)))
    picked: list[Floats] = []
    for level, size in zip(reversed(levels), reversed(sizes), strict=True):
        picked.append(level[present % size])
        present = present // size
    return tuple(reversed(picked)), inverse


def _levels(column: Floats) -> tuple[Floats, Integers]:
    """Return ascending values that cover the column, and the index of each row among them."""
    # Counts and weeks of whole days lie on a grid: no search is needed.
    for steps in (1, DAYS_PER_WEEK):
        indices = _grid_indices(column, steps)
        if indices is not None:
            return np.arange(indices.max() + 1) / steps, indices
    values = np.unique(column)
    return values, np.searchsorted(values, column)


def _grid_indices(column: Floats, steps: int) -> Integers | None:
    indices = np.empty(len(column), dtype=np.int64)
    for rows in blocks(len(column)):
        grid = np.rint(column[rows] * steps)
        if grid.min() < 0 or grid.max() >= MAX_GRID_SIZE or not np.array_equal(grid / steps, column[rows]):
            return None
        indices[rows] = grid
    return indices if len(indices) else None


def vectorize_unique_rows(function: Callable[..., Floats], *columns: Floats) -> Floats:
    """Return `function` of the columns, row by row, evaluated once for equal rows where that saves time.

    Shapes: `function` takes columns (n,) and returns (n,) or several such rows; it must be element-wise, or the result
    would differ. Errors: those of `function`. Source: †.
    """
    shapes = {column.shape for column in columns}
    if len(shapes) > 1 or columns[0].ndim != 1 or len(columns[0]) < MIN_ROWS_TO_GROUP:
        return function(*columns)
    unique, inverse = _group_rows(*columns)
    return np.take(function(*unique), inverse, axis=-1)


def apply_in_blocks(function: Callable[..., Floats], *columns: Floats) -> Floats:
    """Return `function` of the columns, row by row, with intermediate results that fit the processor's cache.

    Shapes: columns () or (n,), other shapes that broadcast are passed on as they are; `function` returns (n,) or
    several such rows and must be element-wise, or the result would differ. Errors: those of `function`. Source: †.
    """
    shapes = {column.shape for column in columns} - {()}
    n = max((shape[0] for shape in shapes), default=0)
    if shapes != {(n,)} or n <= BLOCK_ROWS:
        return function(*columns)
    pieces = ((rows, function(*(column[rows] if column.ndim else column for column in columns))) for rows in blocks(n))
    rows, piece = next(pieces)
    result = np.empty((*piece.shape[:-1], n))
    result[..., rows] = piece
    for rows, piece in pieces:
        result[..., rows] = piece
    return result


def blocks(n: int) -> Iterator[slice]:
    """Yield rows 0 to n in slices that fit the processor's cache, so that memory is read once and not at every step."""
    for start in range(0, n, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n))


def _unique_keys(key: Integers, largest: int) -> tuple[Integers, Integers]:
    # A table of all possible keys needs no sorting; it is used while it is small compared with the rows.
    if largest > min(MAX_TABLE_SIZE, MAX_TABLE_ENTRIES_PER_ROW * len(key)):
        return np.unique(key, return_inverse=True)
    present = np.zeros(largest, dtype=np.bool_)
    present[key] = True
    keys = np.flatnonzero(present)
    indices = np.zeros(largest, dtype=np.int64)
    indices[keys] = np.arange(len(keys))
    return keys, indices[key]


def same_length(*columns: ArrayLike) -> tuple[Floats, ...]:
    """Return the columns of one table as float arrays.

    Shapes: (n,) each. Errors: `InvalidInput` for other shapes, different lengths or numbers that are not finite.
    Source: †.
    """
    arrays = tuple(as_floats(column) for column in columns)
    if any(array.ndim != 1 or len(array) != len(arrays[0]) for array in arrays):
        raise InvalidInput("Columns must be one-dimensional and of the same length.")
    if any(not np.isfinite(array).all() for array in arrays):
        raise InvalidInput("Columns must hold finite numbers only.")
    return arrays
