"""Differencing control by pairs: two queries of one survey may not differ by fewer than k respondents.

What is guaranteed: no total over fewer than k respondents is the difference of two answered queries, nor of a query and
the complement of another (the total of all is public), nor of a query and all. What is not: combinations of three and
more, such as A + B − (A or B), which isolates the intersection. `query_audit` holds against all of them, for surveys
that it can afford.
"""

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Booleans

Bits = NDArray[np.uint64]

BLOCK_BYTES = 1 << 22


class Refusal(StrEnum):
    """Why a query is not answered."""

    TOO_FEW = "too_few"
    """It has fewer than k respondents."""
    DIFFERS_BY_FEW = "differs_by_few"
    """With earlier queries it would isolate fewer than k respondents."""
    NOT_PROVEN = "not_proven"
    """It could not be shown within the limits of computation that it isolates nothing."""


class QueryHistory:
    """The sets of respondents of all answered queries of one survey, as packed bits.

    A set is a mask over all respondents of the survey in a fixed order; later respondents follow at the end, and sets
    recorded before do not have them. `k` is the smallest group.
    """

    def __init__(self, k: int, recorded: Iterable[bytes] = ()) -> None:
        if k < 1:
            raise InvalidInput("The smallest group has at least one respondent.")
        self.k = k
        self._bits = [_words(packed) for packed in recorded]
        self._sizes = [_count(bits) for bits in self._bits]

    def __len__(self) -> int:
        return len(self._bits)

    def check(self, members: Booleans) -> Refusal | None:
        """Return why the query over `members` (n,) must be refused, or None.

        An empty query isolates no one, but a group of none is a small group. The same set may be queried again.
        Speed: only sets of nearly the same size, or the complement's, are compared. Errors: none.
        Source: tracker attacks, Denning, Denning & Schwartz 1979; the pairwise rule is †.
        """
        n, size = len(members), int(np.count_nonzero(members))
        if size < self.k:
            return Refusal.TOO_FEW
        if 0 < n - size < self.k:
            return Refusal.DIFFERS_BY_FEW
        sizes = np.array(self._sizes, dtype=np.int64)
        near = (np.abs(sizes - size) < self.k) | (np.abs(n - sizes - size) < self.k)
        bits = _words(pack(members))
        for index in np.flatnonzero(near).tolist():
            apart = _distance(bits, self._bits[index])
            if 0 < apart < self.k or 0 < n - apart < self.k:
                return Refusal.DIFFERS_BY_FEW
        return None

    def record(self, members: Booleans) -> bytes:
        """Add an answered query; return its packed form, to be stored and given to the constructor again."""
        packed = pack(members)
        self._bits.append(_words(packed))
        self._sizes.append(_count(self._bits[-1]))
        return packed

    def masks(self, n: int) -> Iterable[Booleans]:
        """Yield the recorded sets as masks over n respondents."""
        for bits in self._bits:
            mask = np.unpackbits(bits.view(np.uint8), bitorder="little")[:n].astype(np.bool_)
            yield np.pad(mask, (0, n - len(mask)))


def pack(members: Booleans) -> bytes:
    """Return a mask (n,) as bits, eight respondents a byte, the first in the lowest bit. Errors: none."""
    return np.packbits(members, bitorder="little").tobytes()


def _words(packed: bytes) -> Bits:
    return np.frombuffer(packed + bytes(-len(packed) % 8), dtype=np.uint64)


def _count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def _distance(first: Bits, second: Bits) -> int:
    """Return in how many respondents two sets differ, block by block in the processor's cache."""
    shorter, longer = sorted((first, second), key=len)
    step = BLOCK_BYTES // 8
    shared = sum(
        _count(shorter[start : start + step] ^ longer[start : start + step]) for start in range(0, len(shorter), step)
    )
    return shared + _count(longer[len(shorter) :])
