"""Differencing control against everything that is linear: sums and differences of any number of answered queries.

Each answer is a weighted total over a set of respondents. The answers of the sets q_1 … q_m give the total of every
combination Σ c·q. Respondents whom no query separates form an atom; all combinations are constant on atoms.
A query is refused if afterwards some combination would be 0 on all but fewer than k respondents. That is decided
exactly: an orthonormal basis of the combinations gives the leverage of each atom, from 0 to 1; a set of atoms can carry
a combination only if its leverages sum to 1 or more, which few sets do, and those are searched.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Booleans, encode
from heed_measures.surveys.query_history import Refusal

TOLERANCE = 1e-6
MAX_SEARCH_STEPS = 2000
"""Steps of the search for an isolated group; a query that needs more is refused as not proven."""
MAX_BASIS_ENTRIES = 1 << 25
"""Combinations times atoms, 256 MB; a query that needs more is refused as not proven."""


@dataclass(frozen=True, eq=False)
class QueryAudit:
    """State after some answered queries of one survey with n respondents; `start` has answered the total of all.

    Shapes: `atoms` (n,) the atom of each respondent, `sizes` (A,) respondents of an atom, `basis` (r, A) orthonormal
    combinations as values for each respondent of an atom.
    """

    k: int
    atoms: Integers
    sizes: Integers
    basis: Floats

    @classmethod
    def start(cls, n: int, k: int) -> "QueryAudit":
        """Return the state in which only the total of n respondents is public. Errors: `InvalidInput` without any."""
        if n < 1 or k < 1:
            raise InvalidInput("A survey has respondents, and its smallest group at least one.")
        return cls(k, np.zeros(n, dtype=np.int64), np.array([n]), np.full((1, 1), 1 / np.sqrt(n)))

    def check(
        self, members: Booleans, *, max_steps: int = MAX_SEARCH_STEPS, max_entries: int = MAX_BASIS_ENTRIES
    ) -> "QueryAudit | Refusal":
        """Return the state after answering the query over `members` (n,), or why it must be refused.

        Guarantee: by the answers of all accepted queries no linear combination is determined that has non-zero
        coefficients for at least one and fewer than k respondents. Errors: `InvalidInput` for another shape.
        Source: audits of statistical databases, Chin & Özsoyoğlu 1982; the search by leverages is †.
        """
        if members.shape != self.atoms.shape:
            raise InvalidInput("A query is a mask over all respondents of the survey.")
        if np.count_nonzero(members) < self.k:
            return Refusal.TOO_FEW
        parts = self._split(members)
        remainder = _orthogonal(parts.query, parts.basis, parts.sizes)
        length = float(np.sqrt(parts.sizes @ remainder**2))
        if length <= TOLERANCE * np.sqrt(float(parts.query @ parts.sizes)):
            return QueryAudit(self.k, parts.atoms, parts.sizes, parts.basis)
        if parts.basis.size + len(parts.sizes) > max_entries:
            return Refusal.NOT_PROVEN
        basis = np.vstack([parts.basis, remainder / length])
        refusal = _Search(basis, parts.sizes, self.k, max_steps).run()
        return refusal or QueryAudit(self.k, parts.atoms, parts.sizes, basis)

    def _split(self, members: Booleans) -> "_Parts":
        atoms, count = encode(self.atoms * 2 + members)
        sizes = np.bincount(atoms, minlength=count)
        first = np.zeros(count, dtype=np.int64)
        first[atoms] = np.arange(len(atoms))
        return _Parts(atoms, sizes, self.basis[:, self.atoms[first]], members[first].astype(np.float64))


class _Parts(NamedTuple):
    """Atoms split by a query: as the state, and the query as values of the atoms (A,)."""

    atoms: Integers
    sizes: Integers
    basis: Floats
    query: Floats


class _Search:
    """Search for a combination that is carried by fewer than k respondents.

    Only atoms below k can be among them. Scaled so that atoms are orthonormal, `columns` (r, s) are theirs of the
    basis; ``I − columnsᵀ·columns`` is singular on a set of atoms if and only if the set carries a combination.
    """

    def __init__(self, basis: Floats, sizes: Integers, k: int, max_steps: int) -> None:
        small = np.flatnonzero(sizes < k)
        self.sizes = sizes[small]
        self.columns = basis[:, small] * np.sqrt(self.sizes)
        self.budget = k - 1
        self.max_steps = max_steps
        self.steps = 0

    def run(self) -> Refusal | None:
        leverages = (self.columns**2).sum(axis=0)
        order = np.argsort(-leverages, kind="stable")
        self.sizes, self.columns = self.sizes[order], self.columns[:, order]
        found = self._is_isolated(leverages[order], np.zeros((0, len(order))), 0, self.budget)
        if self.steps > self.max_steps:
            return Refusal.NOT_PROVEN
        return Refusal.DIFFERS_BY_FEW if found else None

    def _is_isolated(self, leverages: Floats, chosen: Floats, start: int, budget: int) -> bool:
        """Return whether atoms from `start` on, with `budget` respondents, carry a combination with those chosen.

        `chosen` (c, s) are the orthonormal directions that the chosen atoms add to the basis.
        """
        self.steps += 1
        if self.steps > self.max_steps:
            return False
        usable = start + np.flatnonzero(self.sizes[start:] <= budget)
        if (leverages[usable] >= 1 - TOLERANCE).any():
            return True
        for index in self._candidates(leverages, usable, budget):
            direction = self._direction(index, chosen, leverages)
            added = leverages + direction**2
            if self._is_isolated(added, np.vstack([chosen, direction]), index + 1, budget - int(self.sizes[index])):
                return True
        return False

    def _candidates(self, leverages: Floats, usable: Integers, budget: int) -> list[int]:
        """Return the atoms whose leverage and those of the best others sum to 1 within the budget."""
        best = np.concatenate([[0.0], np.cumsum(np.sort(leverages[usable])[::-1][:budget])])
        rest = np.minimum(budget - self.sizes[usable], len(best) - 1)
        return [int(index) for index in usable[leverages[usable] + best[rest] >= 1 - TOLERANCE]]

    def _direction(self, index: int, chosen: Floats, leverages: Floats) -> Floats:
        """Return the part of an atom that is not in the basis, as values of all atoms, of length 1."""
        direction = -(self.columns.T @ self.columns[:, index]) - chosen.T @ chosen[:, index]
        direction[index] += 1
        return np.asarray(direction / np.sqrt(1 - leverages[index]), dtype=np.float64)


def _orthogonal(query: Floats, basis: Floats, sizes: Integers) -> Floats:
    """Return the part of a query that is orthogonal to the basis; twice, because once leaves rounding errors."""
    remainder = query
    for _ in range(2):
        remainder = remainder - basis.T @ (basis @ (remainder * sizes))
    return remainder
