"""Which results may be shown, given those that were. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.differencing import isolates_fewer_than
from heed_survey.analysis.errors import WouldDisclose

Booleans = NDArray[np.bool_]

MAX_SETS = 200
"""Sets of one subject; a reader who needs more should read the single responses, with permission."""
TOO_MANY = "Results about so many groups were shown that another one could single out people."
GROWTH = "Too few people responded since the last result for a new one; ask again when there are more."


class Guard(Protocol):
    """Decides about sets of respondents before results about them are shown."""

    k: int
    """Smallest group; 0 without control."""

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        """Return whether results about each set may be shown. Raises `WouldDisclose` if none about the subject may.

        `everyone` are all who could be in a set of the subject; results about them are always assumed to be shown.
        """
        ...


@dataclass
class OpenGuard:
    """No control: the caller may read the single responses."""

    k: int = 0

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        return [True] * len(sets)


class PackedSet(NamedTuple):
    """A set of respondents as it is stored."""

    bits: bytes
    n: int


class AnsweredSets:
    """Sets that results were shown about, by subject. Those of a subject are unpacked when a result is about it."""

    def __init__(self, packed: Mapping[str, Sequence[PackedSet]]) -> None:
        self._packed = packed
        self._unpacked: dict[str, Sequence[Booleans]] = {}

    @property
    def sizes(self) -> set[int]:
        """Numbers of responses as of which results were shown."""
        return {found.n for sets in self._packed.values() for found in sets}

    def of(self, subject: str) -> Sequence[Booleans]:
        if subject not in self._unpacked:
            self._unpacked[subject] = [unpack(*found) for found in self._packed.get(subject, ())]
        return self._unpacked[subject]


@dataclass
class RecordingGuard:
    """Permits sets that, with all sets of the subject before, isolate no one; the new ones are in `added`.

    Sets are given by row, and compared and added by position: `positions` (n,) of the rows.
    """

    k: int
    positions: NDArray[np.int64]
    answered: AnsweredSets
    added: dict[str, list[Booleans]] = field(default_factory=dict)
    withheld: int = 0
    """Sets that are large enough, and were refused because of the results before."""
    _seen: dict[str, set[bytes]] = field(default_factory=dict)

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        if not self._add(subject, [self._at_positions(everyone)]):
            self.withheld += len(sets)  # A caller with other parts may go on without this one.
            raise WouldDisclose(GROWTH)
        sets = [self._at_positions(members) for members in sets]
        sizes = [int(members.sum()) for members in sets]
        # The largest first: where one has to be withheld, it is a small one.
        order = sorted((index for index, size in enumerate(sizes) if size >= self.k), key=lambda index: -sizes[index])
        permitted = dict(zip(order, self._permits_each(subject, [sets[index] for index in order]), strict=True))
        self.withheld += len(order) - sum(permitted.values())
        return [permitted.get(index, False) for index in range(len(sets))]

    def _at_positions(self, members: Booleans) -> Booleans:
        at_positions = np.zeros(int(self.positions[-1]) + 1, dtype=np.bool_)
        at_positions[self.positions[members]] = True
        return at_positions

    def _permits_each(self, subject: str, sets: Sequence[Booleans]) -> list[bool]:
        """Try all at once, and halves where that fails: mostly all are permitted."""
        if self._add(subject, sets):
            return [True] * len(sets)
        if len(sets) == 1:
            return [False]
        middle = len(sets) // 2
        return self._permits_each(subject, sets[:middle]) + self._permits_each(subject, sets[middle:])

    def _add(self, subject: str, sets: Sequence[Booleans]) -> bool:
        seen = self._seen.setdefault(subject, {fingerprint(known) for known in self.answered.of(subject)})
        new = {print_: members for members in sets if (print_ := fingerprint(members)) not in seen}
        if not new:
            return True
        known = [*self.answered.of(subject), *self.added.get(subject, ())]
        if len(known) + len(new) > MAX_SETS:
            raise WouldDisclose(TOO_MANY)
        if isolates_fewer_than(self.k, stack([*known, *new.values()])):
            return False
        self.added.setdefault(subject, []).extend(new.values())
        seen.update(new)
        return True


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
