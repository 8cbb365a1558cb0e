"""Groups of alike customers, what distinguishes a group from the others, and the coordinates they are looked for in."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, Integers, as_floats, same_length
from heed_measures.errors import InvalidInput

ONCE = 0
"""The place of those who have not bought again; the clusters of the others follow, the least money first."""
STARTS = 8
ROUNDS = 100
ENOUGH_TO_START = 20_000


@dataclass(frozen=True, slots=True)
class Clusters:
    """Centres in standardised log recency, frequency and money, the least money first; to be frozen at a fit."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]


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
    table = _logarithms(last, bought, spent)[repeated]
    mean, spread = _scale(table)
    return Coordinates(repeated, (table - mean) / spread)


def clusters(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike, *, count: int = 4) -> Clusters:
    """Groups of alike repeaters by k-means, fewer than `count` where fewer customers differ; always the same ones.

    Shapes: (n,) each, as in `coordinates`. The order of the customers makes no difference, and nothing is drawn at
    random that is not drawn again the next time: the best of several starts on at most 20,000 of them, spread evenly
    over the sorted customers, is brought to rest on all. Errors: as `coordinates`, and `InvalidInput` for count < 1.
    Source: Lloyd 1982; Arthur & Vassilvitskii 2007 (starts).
    """
    if count < 1:
        raise InvalidInput("Needed: 1 <= count.")
    repeated, _ = coordinates(recency, frequency, money)
    table = _logarithms(recency, frequency, money)[repeated]
    # Sums of floats depend on their order: the customers get one before anything is added up.
    table = table[np.lexsort(table.T)]
    mean, spread = _scale(table)
    points = (table - mean) / spread
    centres = _at_rest(points, min(count, len(np.unique(points, axis=0))))
    by_money = centres[np.lexsort(centres.T)]
    return Clusters(tuple(mean.tolist()), tuple(spread.tolist()), tuple(map(tuple, by_money.tolist())))


def assign(frozen: Clusters, recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> Integers:
    """The cluster of each customer: `ONCE`, or from 1 on the place of the nearest centre, (n,).

    Shapes: (n,) each. Depends on the customer's own numbers and the frozen centres only.
    Errors: as `coordinates`. Source: as `clusters`.
    """
    repeated, _ = coordinates(recency, frequency, money)
    points = (_logarithms(recency, frequency, money) - as_floats(frozen.mean)) / as_floats(frozen.spread)
    if not frozen.centres:
        return np.where(repeated, 1, ONCE)
    return np.where(repeated, 1 + np.argmin(_distances(points, as_floats(frozen.centres)), axis=1), ONCE)


def natural_centres(frozen: Clusters) -> Floats:
    """The centres as recency, frequency and money in the units they were given in, (k, 3): geometric means, nearly."""
    centres = as_floats(frozen.centres).reshape(-1, 3)
    return np.asarray(np.expm1(centres * as_floats(frozen.spread) + as_floats(frozen.mean)), dtype=np.float64)


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


def _logarithms(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> Floats:
    last, bought, spent = same_length(recency, frequency, money)
    return np.asarray(np.log1p(np.column_stack([last, bought, np.maximum(spent, 0)])), dtype=np.float64)


def _scale(table: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of each coordinate; what does not vary is not stretched."""
    if len(table) == 0:
        return np.zeros(3), np.ones(3)
    spread = table.std(axis=0)
    return table.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _at_rest(points: Floats, count: int) -> Floats:
    """The centres to which the best start leads; each start draws its centres far from one another."""
    if count == 0:
        return np.zeros((0, 3))
    some = points[:: max(1, len(points) // ENOUGH_TO_START)]
    drawn = [_lloyd(some, count, start) for start in range(STARTS)]
    found = [centres for centres in drawn if centres is not None] or [np.unique(points, axis=0)[:count]]
    best = min(found, key=lambda centres: float(_distances(some, centres).min(axis=1).sum()))
    settled = _lloyd(points, best, 0)
    return best if settled is None else settled


def _lloyd(points: Floats, centres: Floats | int, start: int) -> Floats | None:
    """From these centres, or so many drawn ones, to where they rest; None where a cluster is lost on the way."""
    how, rng = ("++" if isinstance(centres, int) else "matrix"), np.random.default_rng(start)
    # Only who fits waits for this import.
    from scipy.cluster.vq import ClusterError, kmeans2

    try:
        settled, _ = kmeans2(points, centres, iter=ROUNDS, minit=how, missing="raise", rng=rng)
    except ClusterError:
        return None
    return np.asarray(settled, dtype=np.float64)


def _distances(points: Floats, centres: Floats) -> Floats:
    """Squared, (n, k), added in a fixed order: one customer alone gets the bits of the same one among many."""
    apart = [np.square(np.subtract.outer(points[:, place], centres[:, place])) for place in range(3)]
    return np.asarray(apart[0] + apart[1] + apart[2], dtype=np.float64)
