"""Whether answered queries about sets of respondents, combined in any way, disclose something of fewer than k of them.

The results of queries are sums over sets of respondents. From several of them one can compute every linear
combination, so the sets are the rows of a matrix, and what can be learned is its row space. A vector of that space with
fewer than k respondents in it isolates them. Comparing two sets at a time is not enough: a group, less two of its parts
that are large enough, leaves the rest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heed_measures.arrays import Integers

Booleans = NDArray[np.bool_]

PRIME = 2**31 - 1
"""Its products fit into 62 bits. Elimination modulo a prime is exact; floats would need a tolerance."""
SEED = 20_260_302
COLUMNS, COLUMNS_PER_SET = 500, 8
"""Atoms that are looked at: some for any number of queries, and some for each."""


class Atoms(NamedTuple):
    """Respondents that no query separates: `member` (q, m) whether query contains atom, `sizes` (m,) of the atoms.

    A size is the sum of the weights of its respondents.
    """

    member: Integers
    sizes: Integers


def atoms(sets: Booleans | Integers, weights: Integers | None = None) -> Atoms:
    """Return the atoms of `sets` (q, n), one row for each query; respondents in no query are left out.

    A row may also be of small whole numbers, for a query about their sum. `weights` (n,) are those of the respondents,
    1 where not given.
    Errors: none. Two different columns share a hash of 64 bits with a chance of 2^-64 for each pair.
    """
    keys = np.random.default_rng(SEED).integers(1, 2**63, size=len(sets), dtype=np.uint64)
    codes = np.zeros(sets.shape[1], dtype=np.uint64)
    for row, key in zip(sets, keys, strict=True):
        codes += row.astype(np.uint64) * key  # wraps around, as a hash may
    levels, first, atom = np.unique(codes, return_index=True, return_inverse=True)
    sizes = np.bincount(atom.reshape(-1), weights, minlength=len(levels))
    inside = levels != 0
    return Atoms(sets[:, first[inside]].astype(np.int64), sizes[inside].astype(np.int64))


def isolates_fewer_than(k: int, sets: Booleans | Integers, weights: Integers | None = None) -> bool:
    """Return whether a linear combination of `sets` (q, n) may contain at least one and fewer than k respondents.

    With `weights` (n,), positive, whether their sum may be below k: one of weight k protects all combinations with it.

    False is a proof, True may be caution: the least weight of a code is NP-hard to compute. Combinations that contain
    an atom of k or more are harmless. For the others the bound of disjoint information sets is used: a combination
    that is not zero is not zero somewhere in each of them, so its weight is at least the sum of their least atoms.
    Errors: none. Source: Dobkin, Jones & Lipton 1979 (compromise by linear systems); Zimmermann 1996 (the bound).
    """
    member, sizes = atoms(sets, weights)
    if not len(sizes) or (sizes >= k).all():
        return False
    member, sizes = _largest(member, sizes, k)
    large = int((sizes >= k).sum())
    reduced, pivots = row_echelon(member)
    only_small = reduced[[pivot >= large for pivot in pivots]][:, large:]
    return least_weight(only_small, sizes[large:], enough=k) < k


def _largest(member: Integers, sizes: Integers, k: int) -> tuple[Integers, Integers]:
    """Return the atoms by descending size, of those above and of those below k not more than elimination needs.

    Leaving out a column can only lower the bound: a combination weighs at least what it weighs in the rest.
    """
    order = np.argsort(-sizes, kind="stable")
    large, most = int((sizes >= k).sum()), COLUMNS_PER_SET * len(member) + COLUMNS
    chosen = np.concatenate([order[:large][:most], order[large:][:most]])
    return member[:, chosen], sizes[chosen]


def least_weight(code: Integers, weights: Integers, *, enough: int) -> int:
    """Return a lower bound of the least weight of combinations of the rows of `code` (d, m), not above `enough`.

    `weights` (m,) are those of the columns, descending. Errors: none. Source: as `isolates_fewer_than`.
    """
    if not len(code):
        return enough
    bound, left = 0, np.arange(code.shape[1])
    while bound < enough:
        _, pivots = row_echelon(code[:, left])
        if len(pivots) < len(code):
            return bound
        # Elimination takes the first independent columns, the heaviest: their least weight is as large as can be.
        bound += int(weights[left[pivots]].min())
        left = np.delete(left, pivots)
    return enough


def row_echelon(matrix: Integers) -> tuple[Integers, list[int]]:
    """Return the independent rows (r, m) of `matrix` (q, m) in echelon form modulo `PRIME`, and their pivot columns.

    Errors: none.
    """
    rows = matrix % PRIME
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        rank = len(pivots)
        if rank == len(rows):
            break
        candidates = np.flatnonzero(rows[rank:, column])
        if not len(candidates):
            continue
        pivot = rank + int(candidates[0])
        rows[[rank, pivot]] = rows[[pivot, rank]]
        rows[rank] = rows[rank] * pow(int(rows[rank, column]), -1, PRIME) % PRIME
        below = rank + 1 + np.flatnonzero(rows[rank + 1 :, column])
        rows[below] = (rows[below] - rows[below, column][:, np.newaxis] * rows[rank] % PRIME) % PRIME
        pivots.append(column)
    return rows[: len(pivots)], pivots
