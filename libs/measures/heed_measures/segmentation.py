"""Segmentation: k-means clusters on log RFM, and the features that distinguish a cluster."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, Integers, as_floats, same_length
from heed_measures.errors import InvalidInput

ONE_TIME_BUYERS = 0
"""Index of customers without a repeat purchase; the clusters of the others follow, the least money first."""
N_INIT = 8
MAX_ITERATIONS = 100
MAX_INIT_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Clusters:
    """Centres in standardised log recency, frequency and money, the least money first; stored with a fit."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]


class Coordinates(NamedTuple):
    """Whether a customer has repeated (n,), and the standardised log recency, frequency and money (repeaters, 3)."""

    repeated: NDArray[np.bool_]
    standard: Floats


def coordinates(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> Coordinates:
    """Return repeaters in comparable coordinates; one-time buyers are a group of their own.

    Shapes: (n,) each; recency ≥ 0 in units of time, frequency the repeat purchases, money their total (a negative one
    counts as 0). A coordinate that is the same for all repeaters is 0.
    Errors: `InvalidInput` for missing numbers or negative recency or frequency. Source: †, k-means on log RFM.
    """
    last, bought, spent = same_length(recency, frequency, money)
    if (last < 0).any() or (bought < 0).any():
        raise InvalidInput("Recency and frequency must be at least 0.")
    repeated = bought > 0
    table = _logarithms(last, bought, spent)[repeated]
    mean, spread = _scale(table)
    return Coordinates(repeated, (table - mean) / spread)


def clusters(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike, *, count: int = 4) -> Clusters:
    """Return clusters of repeaters by k-means, deterministic; fewer than `count` where fewer customers differ.

    Shapes: (n,) each, as in `coordinates`. The order of the customers makes no difference, and the random starts
    have fixed seeds: the best of several starts on at most 20,000 customers, spread evenly over the sorted ones,
    converges on all. Errors: as `coordinates`, and `InvalidInput` for count < 1.
    Source: Lloyd 1982; Arthur & Vassilvitskii 2007 (starts).
    """
    if count < 1:
        raise InvalidInput("count must be at least 1.")
    repeated, _ = coordinates(recency, frequency, money)
    table = _logarithms(recency, frequency, money)[repeated]
    # Sums of floats depend on their order: sort the customers before anything is added up.
    table = table[np.lexsort(table.T)]
    mean, spread = _scale(table)
    points = (table - mean) / spread
    centres = _k_means(points, min(count, len(np.unique(points, axis=0))))
    by_money = centres[np.lexsort(centres.T)]
    return Clusters(tuple(mean.tolist()), tuple(spread.tolist()), tuple(map(tuple, by_money.tolist())))


def assign(reference: Clusters, recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> Integers:
    """Return the cluster of each customer, (n,): `ONE_TIME_BUYERS`, or from 1 on the number of the nearest centre.

    Shapes: (n,) each. Depends on the customer's own numbers and the reference centres only.
    Errors: as `coordinates`. Source: as `clusters`.
    """
    repeated, _ = coordinates(recency, frequency, money)
    points = (_logarithms(recency, frequency, money) - as_floats(reference.mean)) / as_floats(reference.spread)
    if not reference.centres:
        return np.where(repeated, 1, ONE_TIME_BUYERS)
    return np.where(
        repeated, 1 + np.argmin(_squared_distances(points, as_floats(reference.centres)), axis=1), ONE_TIME_BUYERS
    )


def standardized_differences(values: ArrayLike, members: ArrayLike) -> Floats:
    """Return the distance of the members' mean from the others' in pooled standard deviations, per feature (k,).

    Shapes: values (n, k) with nan for missing values, members (n,) of bool. 0 where a feature does not vary at all,
    infinite where it varies only between the two sides, nan where one side has no value.
    Errors: `InvalidInput` when all or none are members. Source: Cohen 1988 (d).
    """
    table, inside = as_floats(values), np.asarray(members, dtype=bool)
    if table.ndim != 2 or len(table) != len(inside) or inside.all() or not inside.any():
        raise InvalidInput("There must be members and others.")
    return np.array([_standardized_difference(column[inside], column[~inside]) for column in table.T])


def _standardized_difference(group: Floats, others: Floats) -> float:
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
    """Return mean and spread of each coordinate; a constant coordinate is not scaled."""
    if len(table) == 0:
        return np.zeros(3), np.ones(3)
    spread = table.std(axis=0)
    return table.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _k_means(points: Floats, count: int) -> Floats:
    """Return the centres of the best k-means++ start."""
    if count == 0:
        return np.zeros((0, 3))
    some = points[:: max(1, len(points) // MAX_INIT_SAMPLE)]
    drawn = [_lloyd(some, count, start) for start in range(N_INIT)]
    found = [centres for centres in drawn if centres is not None] or [np.unique(points, axis=0)[:count]]
    best = min(found, key=lambda centres: float(_squared_distances(some, centres).min(axis=1).sum()))
    settled = _lloyd(points, best, 0)
    return best if settled is None else settled


def _lloyd(points: Floats, centres: Floats | int, start: int) -> Floats | None:
    """Run Lloyd's algorithm from these centres, or from so many drawn ones; None where a cluster becomes empty."""
    how, rng = ("++" if isinstance(centres, int) else "matrix"), np.random.default_rng(start)
    # Slow import, needed for fits only.
    from scipy.cluster.vq import ClusterError, kmeans2

    try:
        settled, _ = kmeans2(points, centres, iter=MAX_ITERATIONS, minit=how, missing="raise", rng=rng)
    except ClusterError:
        return None
    return np.asarray(settled, dtype=np.float64)


def _squared_distances(points: Floats, centres: Floats) -> Floats:
    # Added in a fixed order: one customer alone gets the bits of the same one among many.
    apart = [np.square(np.subtract.outer(points[:, column], centres[:, column])) for column in range(3)]
    return np.asarray(apart[0] + apart[1] + apart[2], dtype=np.float64)
