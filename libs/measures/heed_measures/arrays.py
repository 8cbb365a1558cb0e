"""The array types of the library, and the grouping of equal rows that makes a million customers cheap."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.errors import InvalidInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LARGEST_TABLE = 1 << 22


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
    levels = [np.unique(column) for column in columns]
    sizes = [max(len(level), 1) for level in levels]
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column, level, size in zip(columns, levels, sizes, strict=True):
        key = key * size + np.searchsorted(level, column)
    occurring, counts, inverse = _distinct_keys(key, int(np.prod(sizes, dtype=np.float64)))
    picked: list[Floats] = []
    for level, size in zip(reversed(levels), reversed(sizes), strict=True):
        picked.append(level[occurring % size])
        occurring = occurring // size
    return Distinct(tuple(reversed(picked)), counts, inverse)


def _distinct_keys(key: Integers, largest: int) -> tuple[Integers, Integers, Integers]:
    # A table of all possible keys needs no sorting; it is taken while it is small.
    if largest > LARGEST_TABLE:
        occurring, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        return occurring, counts, inverse
    table = np.bincount(key, minlength=largest)
    occurring = np.flatnonzero(table)
    places = np.zeros(largest, dtype=np.int64)
    places[occurring] = np.arange(len(occurring))
    return occurring, table[occurring], places[key]


def same_length(*columns: ArrayLike) -> tuple[Floats, ...]:
    """Columns of one table as float arrays; anything else is refused with `InvalidInput`."""
    arrays = tuple(as_floats(column) for column in columns)
    if any(array.ndim != 1 or len(array) != len(arrays[0]) for array in arrays):
        raise InvalidInput("Columns must be one-dimensional and of the same length.")
    if any(not np.isfinite(array).all() for array in arrays):
        raise InvalidInput("Columns must hold finite numbers only.")
    return arrays
