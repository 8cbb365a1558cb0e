"""Which results may be shown, given those that were. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.differencing import isolates_fewer_than
from heed_survey.analysis.errors import WouldDisclose

Booleans = NDArray[np.bool_]

MAX_SETS = 200
"""Sets of one subject; whoever needs more differences wants single people, or should read the rows with permission."""
TOO_MANY = "So many different groups were asked about that another one could single out people."
GROWTH = "Too few people responded since the last result for a new one; ask again when there are more."


class Guard(Protocol):
    """Decides about each set of respondents before it is shown."""

    k: int
    """Smallest group; 0 without control."""

    def permits(self, subject: str, members: Booleans, everyone: Booleans) -> bool:
        """Return whether results about the set may be shown. Raises `WouldDisclose` if none about the subject may.

        `everyone` are all who could be in a set of the subject; results about them are always assumed to be known.
        """
        ...


@dataclass
class OpenGuard:
    """No control: the caller may read the single responses."""

    k: int = 0

    def permits(self, subject: str, members: Booleans, everyone: Booleans) -> bool:
        return True


@dataclass
class RecordingGuard:
    """Permits sets that, with all sets of the subject before, isolate no one; the new ones are in `added`."""

    k: int
    answered: Mapping[str, Sequence[Booleans]]
    added: dict[str, list[Booleans]] = field(default_factory=dict)
    withheld: int = 0
    """Sets that are large enough, and were refused because of the results before."""
    _seen: dict[str, set[bytes]] = field(default_factory=dict)

    def permits(self, subject: str, members: Booleans, everyone: Booleans) -> bool:
        if self._is_known(subject, members):
            return True
        if not self._add(subject, everyone):
            raise WouldDisclose(GROWTH)
        if int(members.sum()) < self.k:
            return False
        permitted = self._add(subject, members)
        self.withheld += not permitted
        return permitted

    def _add(self, subject: str, members: Booleans) -> bool:
        if self._is_known(subject, members):
            return True
        sets = [*self.answered.get(subject, ()), *self.added.get(subject, ())]
        if len(sets) >= MAX_SETS:
            raise WouldDisclose(TOO_MANY)
        if isolates_fewer_than(self.k, stack([*sets, members])):
            return False
        self.added.setdefault(subject, []).append(members)
        self._seen[subject].add(fingerprint(members))
        return True

    def _is_known(self, subject: str, members: Booleans) -> bool:
        if subject not in self._seen:
            self._seen[subject] = {fingerprint(known) for known in self.answered.get(subject, ())}
        return fingerprint(members) in self._seen[subject]


def fingerprint(members: Booleans) -> bytes:
    """Return the set in a form that equals that of the same set in a longer survey."""
    return pack(members).rstrip(b"\0")


def pack(members: Booleans) -> bytes:
    return np.packbits(members).tobytes()


def unpack(bits: bytes, n: int) -> Booleans:
    return np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=n).astype(np.bool_)


def stack(sets: Iterable[Booleans]) -> Booleans:
    """Return the sets as rows of equal length; those of a shorter survey contain none of the later responses."""
    rows = list(sets)
    table = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.bool_)
    for row, members in zip(table, rows, strict=True):
        row[: len(members)] = members
    return table


def snapshot_sizes(current: int, earlier: Iterable[int], *, most: int) -> list[int]:
    """Return the numbers of responses to try, the newest first: now, and as of earlier results."""
    return [current, *sorted({size for size in earlier if size < current}, reverse=True)][:most]
