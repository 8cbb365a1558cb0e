"""Random selection of a sample by its design, with the weights and populations that the design gives.

The rows have to be in an order that does not depend on how they were loaded, such as that of their ids: then the same
seed selects the same rows. Numbers come from numpy's PCG64, whose stream is the same on every machine.
"""

from dataclasses import dataclass

import numpy as np

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected rows, ascending, with the design of each. Shapes: all (n,).

    A stratum or cluster is the code that was passed in. ``population`` is the number of first-stage units in the
    stratum: rows, or clusters where clusters were drawn; ``second_population`` is then the number of rows in the
    cluster. Weights of a stratified sample sum to the number of rows of the frame.
    """

    rows: Integers
    weights: Floats
    population: Integers
    strata: Integers | None = None
    clusters: Integers | None = None
    second_population: Integers | None = None


def select_simple(population: int, size: int, *, seed: int) -> Selection:
    """Draw ``size`` of the rows, each with the same probability, without replacement.

    Errors: `InvalidInput` for a size outside 0–population. Source: Cochran 1977, chapter 2.
    """
    _check_size(size, population)
    keys = _generator(seed).random(population)
    return _equal(np.sort(np.argsort(keys, kind="stable")[:size]), population)


def select_systematic(population: int, size: int, *, seed: int) -> Selection:
    """Draw every ``population / size``-th row after a random start; the interval may be a fraction.

    The order of the rows is an implicit stratification. Errors: `InvalidInput`. Source: Cochran 1977, section 8.1.
    """
    _check_size(size, population)
    if size == 0:
        return _equal(np.zeros(0, dtype=np.int64), population)
    start = _generator(seed).random()
    rows = np.floor((start + np.arange(size)) * (population / size)).astype(np.int64)
    return _equal(np.minimum(rows, population - 1), population)


def select_stratified(strata: Integers, allocation: Integers, *, seed: int) -> Selection:
    """Draw a simple sample from each stratum.

    Shapes: strata (N,) codes from 0 to h − 1, allocation (h,). Every row gets a random number, and those with the
    smallest of each stratum are drawn. Errors: `InvalidInput`. Source: Cochran 1977, chapter 5.
    """
    sizes = np.bincount(strata, minlength=len(allocation))
    if len(sizes) != len(allocation) or (allocation > sizes).any() or (allocation < 0).any():
        raise InvalidInput("A stratum cannot give more members than it has.")
    order = np.lexsort((_generator(seed).random(len(strata)), strata))
    begins = np.cumsum(sizes) - sizes
    ordered = strata[order]
    rank = np.arange(len(strata)) - begins[ordered]
    rows = np.sort(order[rank < allocation[ordered]])
    drawn = strata[rows]
    weights = sizes[drawn] / np.maximum(allocation[drawn], 1)
    return Selection(rows, weights, sizes[drawn].astype(np.int64), strata=drawn)


def select_clusters(clusters: Integers, count: int, *, seed: int, per_cluster: int | None = None) -> Selection:
    """Draw ``count`` clusters, and of each all rows or, in a second stage, at most ``per_cluster``.

    Shapes: clusters (N,) codes from 0 to m − 1, each with at least one row. Errors: `InvalidInput`.
    Source: Cochran 1977, chapters 9 and 10.
    """
    sizes = np.bincount(clusters)
    _check_size(count, len(sizes))
    if (sizes == 0).any() or (per_cluster is not None and per_cluster < 1):
        raise InvalidInput("Every cluster has a row, and gives at least one.")
    generator = _generator(seed)
    drawn = np.argsort(generator.random(len(sizes)), kind="stable")[:count]
    taken = np.zeros(len(sizes), dtype=np.int64)
    taken[drawn] = sizes[drawn] if per_cluster is None else np.minimum(sizes[drawn], per_cluster)
    order = np.lexsort((generator.random(len(clusters)), clusters))
    ordered = clusters[order]
    rank = np.arange(len(clusters)) - (np.cumsum(sizes) - sizes)[ordered]
    rows = np.sort(order[rank < taken[ordered]])
    own = clusters[rows]
    weights = len(sizes) / max(count, 1) * sizes[own] / taken[own]
    population = np.full(len(rows), len(sizes), dtype=np.int64)
    return Selection(rows, weights, population, clusters=own, second_population=sizes[own].astype(np.int64))


def select_all(population: int) -> Selection:
    """Return every row, with weight 1. Source: †."""
    return _equal(np.arange(population, dtype=np.int64), population)


def _generator(seed: int) -> np.random.Generator:
    if seed < 0:
        raise InvalidInput("A seed is not negative.")
    return np.random.Generator(np.random.PCG64(seed))


def _equal(rows: Integers, population: int) -> Selection:
    weight = population / max(len(rows), 1)
    return Selection(rows, np.full(len(rows), weight), np.full(len(rows), population, dtype=np.int64))


def _check_size(size: int, population: int) -> None:
    if not 0 <= size <= population:
        raise InvalidInput("A sample is at most as large as what it is drawn from.")
