"""Whether what is published still is what it was, and still comes true: the figures that a model is watched by."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.evaluation import Calibration

MUCH_SHIFT = 0.25
"""A population stability index from here on is a shift to act on; below .1 it is hardly one."""
MUCH_GAP = 0.10
"""Forecasts that are off by so much, on average over groups, are not believed any more †."""


class Frozen(NamedTuple):
    """A distribution as it was once: inner borders (k,), rising, and the share of the values in each group (k+1,).

    Group g holds values from border g−1 up to, but without, border g.
    """

    borders: tuple[float, ...]
    shares: tuple[float, ...]


def freeze(values: ArrayLike, *, groups: int = 10) -> Frozen:
    """Groups of equal size, (n,) values, fewer where many values are equal.

    Errors: `InvalidInput` without values. Source: deciles, as credit scoring watches them (Siddiqi 2006).
    """
    known = as_floats(values)
    if len(known) == 0:
        raise InvalidInput("There is nothing to freeze.")
    borders = np.unique(np.quantile(known, np.arange(1, groups) / groups, method="inverted_cdf"))
    counts = count(borders, known)
    return Frozen(tuple(borders.tolist()), tuple((counts / len(known)).tolist()))


def count(borders: ArrayLike, values: ArrayLike) -> Floats:
    """How many values lie in each group, (k+1,). Shapes: borders (k,), values (n,). Errors: none. Source: †."""
    inner = as_floats(borders)
    groups = np.searchsorted(inner, as_floats(values), side="right")
    return as_floats(np.bincount(groups, minlength=len(inner) + 1))


def shift(shares: ArrayLike, counts: ArrayLike) -> float:
    """The population stability index of a frozen distribution against today's counts in the same groups.

    Shapes: (g,) each. A group that was empty, or is, counts as half a customer of today's.
    Errors: `InvalidInput` for other shapes or nobody. Source: credit-scoring practice (Siddiqi 2006); the half †.
    """
    before, found = as_floats(shares), as_floats(counts)
    if before.shape != found.shape or not found.sum() > 0:
        raise InvalidInput("Today's counts are of other groups, or of nobody.")
    least = 0.5 / found.sum()
    old, new = np.maximum(before, least), np.maximum(found / found.sum(), least)
    return float(np.sum((new - old) * np.log(new / old)))


def gap(table: Calibration) -> float:
    """How far forecasts lie from what happened, the mean over customers of their group's distance.

    Errors: `InvalidInput` without customers. Source: expected calibration error (Naeini, Cooper & Hauskrecht 2015).
    """
    customers = table.customers.sum()
    if customers == 0:
        raise InvalidInput("There is no customer.")
    return float(np.sum(table.customers * np.abs(table.forecast - table.happened)) / customers)
