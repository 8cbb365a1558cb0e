"""Allocation of a sample to strata: proportional, and optimal by Neyman."""

from heapq import heapify, heapreplace

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput

MIN_PER_STRATUM = 2
"""One member shows nothing of the spread in its stratum."""
BISECTIONS = 200


def proportional(sizes: ArrayLike, total: int, *, minimum: int = MIN_PER_STRATUM) -> Integers:
    """Return how many members each stratum gives, in proportion to its size; the largest remainders are rounded up.

    Shapes: sizes (h,) whole numbers, result (h,) that sums to ``min(total, sum of sizes)``. Each stratum gives at least
    ``minimum`` members, or all it has. Errors: `InvalidInput` if the minimum alone exceeds the total.
    Source: Cochran 1977, section 5.5; largest remainders by Hamilton.
    """
    counts, floor, total = _bounds(sizes, total, minimum)
    left = total - floor.sum()
    free = np.ones(len(counts), dtype=bool)
    quotas = floor.astype(np.float64)
    # Strata whose proportional part lies below their minimum are fixed there; the others share the remainder.
    while free.any():
        available = total - floor[~free].sum()
        quotas = np.where(free, available * counts / max(counts[free].sum(), 1), floor)
        below = free & (quotas < floor)
        if not below.any():
            break
        free &= ~below
    allocation = np.maximum(np.floor(quotas + 1e-9).astype(np.int64), floor)
    left = int(total - allocation.sum())
    order = np.lexsort((np.arange(len(counts)), -(quotas - allocation)))
    order = order[(allocation < counts)[order]]
    allocation[order[:left]] += 1
    return allocation


def optimal(sizes: ArrayLike, deviations: ArrayLike, total: int, *, minimum: int = MIN_PER_STRATUM) -> Integers:
    """Return the allocation with the smallest variance of the estimated mean: in proportion to size × deviation.

    Exact in whole numbers, with at least ``minimum`` and at most all members of each stratum: each further member goes
    where it lowers the variance most, by ``(N S)² / (n (n + 1))``. Without any deviation it is `proportional`.
    Shapes: sizes and deviations (h,), result (h,) that sums to ``min(total, sum of sizes)``.
    Errors: `InvalidInput`. Source: Neyman 1934; Wright 2012, The equivalence of Neyman optimum allocation for sampling
    and equal proportions for apportioning the U.S. House of Representatives.
    """
    counts, floor, total = _bounds(sizes, total, minimum)
    spread = np.asarray(deviations, dtype=np.float64)
    if spread.shape != counts.shape or not (np.isfinite(spread) & (spread >= 0)).all():
        raise InvalidInput("Each stratum needs a deviation that is not negative.")
    weight = counts * spread
    if not (weight > 0).any():
        return proportional(counts, total, minimum=minimum)
    floor = np.maximum(floor, np.minimum(counts, 1))
    allocation = _below_threshold(weight, counts, floor, total)
    return _spend(weight, counts, allocation, total)


def variance_of_mean(sizes: ArrayLike, deviations: ArrayLike, allocation: ArrayLike) -> float:
    """Return the variance of the stratified mean under this allocation: ``Σ N² (1 − n/N) S² / n / (Σ N)²``.

    Shapes: each (h,). Infinite where a stratum that varies gives no member. Source: Cochran 1977, theorem 5.3.
    """
    counts, drawn = np.asarray(sizes, dtype=np.float64), np.asarray(allocation, dtype=np.float64)
    spread = np.asarray(deviations, dtype=np.float64)
    matters = (counts > 0) & (spread > 0)
    if (drawn[matters] == 0).any():
        return float("inf")
    N, n, S = counts[matters], drawn[matters], spread[matters]
    return float((N * (N - n) * S**2 / n).sum() / max(counts.sum(), 1.0) ** 2)


def _bounds(sizes: ArrayLike, total: int, minimum: int) -> tuple[Integers, Integers, int]:
    counts = np.asarray(sizes, dtype=np.int64)
    if counts.ndim != 1 or (counts < 0).any() or total < 0 or minimum < 0:
        raise InvalidInput("Sizes are whole numbers that are not negative.")
    floor = np.minimum(counts, minimum)
    if floor.sum() > min(total, counts.sum()):
        raise InvalidInput(f"The strata need at least {floor.sum()} members together.")
    return counts, floor, min(total, int(counts.sum()))


def _below_threshold(weight: Floats, counts: Integers, floor: Integers, total: int) -> Integers:
    """Return what all strata give whose next member lowers the variance by more than a threshold just too high."""
    low, high = 0.0, float(weight.max()) + 1.0
    allocation = floor
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        # The n-th member has the priority weight / sqrt(n (n − 1)); this counts those above the threshold.
        members = np.floor((1 + np.sqrt(1 + 4 * (weight / middle) ** 2)) / 2)
        candidate = np.clip(members, floor, counts).astype(np.int64)
        if candidate.sum() <= total:
            allocation, high = candidate, middle
        else:
            low = middle
        if candidate.sum() == total:
            break
    return allocation


def _spend(weight: Floats, counts: Integers, allocation: Integers, total: int) -> Integers:
    """Give the remaining members one by one where each lowers the variance most."""
    given = allocation.copy()
    heap = [(_priority(weight, given, h), h) for h in range(len(given)) if given[h] < counts[h]]
    heapify(heap)
    for _ in range(total - int(given.sum())):
        h = heap[0][1]
        given[h] += 1
        priority = _priority(weight, given, h) if given[h] < counts[h] else float("inf")
        heapreplace(heap, (priority, h))
    return given


def _priority(weight: Floats, given: Integers, h: int) -> float:
    n = max(int(given[h]), 1)
    return -float(weight[h] ** 2) / (n * (n + 1))
