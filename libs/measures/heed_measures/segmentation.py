"""What distinguishes a group of customers from the others, and the coordinates in which groups are looked for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats, same_length
from heed_measures.errors import InvalidInput


class Coordinates(NamedTuple):
    """Who has repeated (n,), and of those the standardised log recency, frequency and money (repeaters, 3)."""

    repeated: NDArray[np.bool_]
    standard: Floats


def coordinates(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> Coordinates:
    """Repeaters in comparable coordinates; those who bought once are a group of their own and split off first.

    Shapes: (n,) each; recency ≥ 0 in units of time, frequency the repeat purchases, money their total (what is negative
    counts as 0). A coordinate that is the same for all repeaters is 0.
    Errors: `InvalidInput` for missing numbers or negative recency or frequency. Source: †, k-means on log RFM.
    """
    last, bought, spent = same_length(recency, frequency, money)
    if (last < 0).any() or (bought < 0).any():
        raise InvalidInput("Needed: 0 <= recency and 0 <= frequency.")
    repeated = bought > 0
    table = np.log1p(np.column_stack([last, bought, np.maximum(spent, 0)])[repeated])
    if len(table) == 0:
        return Coordinates(repeated, table)
    spread = table.std(axis=0)
    return Coordinates(repeated, (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def what_distinguishes(values: ArrayLike, members: ArrayLike) -> Floats:
    """For each feature how far the group's mean lies from the others', in pooled standard deviations, (k,).

    Shapes: values (n, k) with nan for what is not known, members (n,) of bool. 0 where a feature does not vary at all,
    infinite where it varies only between the two sides, nan where nobody on one side has it.
    Errors: `InvalidInput` when all or none are members. Source: Cohen 1988 (d).
    """
    table, inside = as_floats(values), np.asarray(members, dtype=bool)
    if table.ndim != 2 or len(table) != len(inside) or inside.all() or not inside.any():
        raise InvalidInput("Needed: features of members and of others.")
    return np.array([_distance(column[inside], column[~inside]) for column in table.T])


def _distance(group: Floats, others: Floats) -> float:
    group, others = group[~np.isnan(group)], others[~np.isnan(others)]
    if len(group) == 0 or len(others) == 0:
        return float("nan")
    pooled = (len(group) * group.var() + len(others) * others.var()) / (len(group) + len(others))
    apart = float(group.mean() - others.mean())
    if pooled > 0:
        return apart / float(np.sqrt(pooled))
    return 0.0 if apart == 0 else float(np.copysign(np.inf, apart))
