"""What an attacker gets right by chance: pairs two orders of a group, and is right where they agree.

Of a random order of a group of k, on average one place is right, whatever k is. With orders that only resemble each
other few places are right, but most pairs of people are in the right order: so both are counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

ONCE_IN_A_MILLION = 1e-6
DEVIATIONS = 5.0
"""Of a normal distribution; more in either direction happens once in 1.7 million."""


@dataclass(frozen=True)
class Verdict:
    """How well two orders of people agree, group by group."""

    sizes: tuple[int, ...]
    right: int
    concordant: int
    """Pairs of people in the same order in both."""

    @property
    def is_complete(self) -> bool:
        """Return whether each person was matched."""
        return self.right == sum(self.sizes)

    @property
    def is_chance(self) -> bool:
        return self.right <= most_by_chance(self.sizes) and abs(self._deviation) <= DEVIATIONS

    @property
    def _deviation(self) -> float:
        pairs = sum(comb(size, 2) for size in self.sizes)
        variance = sum(size * (size - 1) * (2 * size + 5) for size in self.sizes) / 72
        return (self.concordant - pairs / 2) / variance**0.5 if variance else 0.0


def compare(groups: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Verdict:
    """Compare the attacker's order of each group with the true one of the same people."""
    sizes, right, concordant = [], 0, 0
    for guessed, true in groups:
        assert sorted(guessed) == sorted(true)
        places = [true.index(person) for person in guessed]
        sizes.append(len(true))
        right += sum(place == index for index, place in enumerate(places))
        concordant += sum(first < second for first, second in combinations(places, 2))
    return Verdict(tuple(sizes), right, concordant)


@cache
def most_by_chance(sizes: tuple[int, ...]) -> int:
    """Return the most right places that random orders of groups of these sizes have but once in a million."""
    distribution: NDArray[np.float64] = np.ones(1)
    for size in sizes:
        distribution = np.convolve(distribution, _right_places(size))
    tails = distribution[::-1].cumsum()[::-1]
    return int((tails > ONCE_IN_A_MILLION).sum()) - 1


@cache
def _right_places(size: int) -> NDArray[np.float64]:
    """Return the probability of each number of fixed points of a random permutation."""
    derangements = [1, 0]
    for n in range(2, size + 1):
        derangements.append((n - 1) * (derangements[-1] + derangements[-2]))
    return np.array([comb(size, n) * derangements[size - n] / factorial(size) for n in range(size + 1)])
