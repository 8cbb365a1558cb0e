"""Which results may be shown, given those that were. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.differencing import isolates_fewer_than
from heed_survey.analysis.errors import WouldDisclose

Booleans = NDArray[np.bool_]

MAX_SETS = 200
"""Sets of one subject; a reader who needs more should read the single responses, with permission."""
TOO_MANY = "Results about so many groups were shown that another one could single out people."
GROWTH = "Too few people responded since the last result for a new one; ask again when there are more."


Absent = Callable[[str], Booleans]
"""Who left an item out, by its field: (n,)."""
COUNT, CELLS, SELECTIONS = "count:", "cells:", "selections"


class Guard(Protocol):
    """Decides about sets of respondents before results about them are shown."""

    k: int
    """Smallest group; 0 without control."""

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        """Return whether results about each set may be shown. Raises `WouldDisclose` if none about the subject may.

        `everyone` are all who could be in a set of the subject; results about them are always assumed to be shown.
        """
        ...

    def permits_counts(
        self, fields: frozenset[str], sets: Sequence[Booleans], absent: Absent, *, of: Sequence[str] = ()
    ) -> list[bool]:
        """Return whether the size of each set may be shown, which conditions on all of the fields describe.

        `of` are the items whose values are counted; without one, results of any item are shown about the sets.
        """
        ...


@dataclass
class OpenGuard:
    """No control: the caller may read the single responses."""

    k: int = 0

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        return [True] * len(sets)

    def permits_counts(
        self, fields: frozenset[str], sets: Sequence[Booleans], absent: Absent, *, of: Sequence[str] = ()
    ) -> list[bool]:
        return [True] * len(sets)


@dataclass
class RecordingGuard:
    """Permits sets that, with all sets of the subject before, isolate no one; the new ones are in `added`.

    Sets are given by row, and compared and added by position: `positions` (n,) of the rows.
    """

    k: int
    positions: NDArray[np.int64]
    answered: Mapping[str, Sequence[Booleans]]
    added: dict[str, list[Booleans]] = field(default_factory=dict)
    withheld: int = 0
    """Sets that are large enough, and were refused because of the results before."""
    _seen: dict[str, set[bytes]] = field(default_factory=dict)

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        if not self._add((subject,), [self._at_positions(everyone)], None):
            self.withheld += len(sets)  # A caller with other parts may go on without this one.
            raise WouldDisclose(GROWTH)
        return self._permits_largest((subject,), sets, None)

    def permits_counts(
        self, fields: frozenset[str], sets: Sequence[Booleans], absent: Absent, *, of: Sequence[str] = ()
    ) -> list[bool]:
        everyone = self._at_positions(np.ones(len(self.positions), dtype=np.bool_))
        if not self._add((SELECTIONS, COUNT), [everyone], absent):
            self.withheld += len(sets)
            return [False] * len(sets)
        kinds = [CELLS + item for item in of] or [SELECTIONS]
        return self._permits_largest((*kinds, COUNT + " ".join(sorted(fields))), sets, absent)

    def _at_positions(self, members: Booleans) -> Booleans:
        at_positions = np.zeros(int(self.positions[-1]) + 1, dtype=np.bool_)
        at_positions[self.positions[members]] = True
        return at_positions

    def _permits_largest(self, subjects: Sequence[str], sets: Sequence[Booleans], absent: Absent | None) -> list[bool]:
        """Try the sets, the largest first: where one has to be withheld, it is a small one."""
        sets = [self._at_positions(members) for members in sets]
        sizes = [int(members.sum()) for members in sets]
        order = sorted((index for index, size in enumerate(sizes) if size >= self.k), key=lambda index: -sizes[index])
        found = self._permits_each(subjects, [sets[index] for index in order], absent)
        permitted = dict(zip(order, found, strict=True))
        self.withheld += len(order) - sum(permitted.values())
        return [permitted.get(index, False) for index in range(len(sets))]

    def _permits_each(self, subjects: Sequence[str], sets: Sequence[Booleans], absent: Absent | None) -> list[bool]:
        """Try all at once, and halves where that fails: mostly all are permitted."""
        if self._add(subjects, sets, absent):
            return [True] * len(sets)
        if len(sets) == 1:
            return [False]
        middle = len(sets) // 2
        first = self._permits_each(subjects, sets[:middle], absent)
        return first + self._permits_each(subjects, sets[middle:], absent)

    def _add(self, subjects: Sequence[str], sets: Sequence[Booleans], absent: Absent | None) -> bool:
        """Add the sets to all of the subjects, if they isolate no one in any of them."""
        unseen = {subject: self._unseen(subject, sets) for subject in subjects}
        for subject, new in unseen.items():
            if new and any(self._isolates(family, new, absent) for family in self._families(subject)):
                return False
        for subject, new in unseen.items():
            self.added.setdefault(subject, []).extend(new)
            self._seen[subject].update(map(fingerprint, new))
        return True

    def _unseen(self, subject: str, sets: Sequence[Booleans]) -> list[Booleans]:
        known = self.answered.get(subject, ())
        seen = self._seen.setdefault(subject, {fingerprint(members) for members in known})
        return list({print_: members for members in sets if (print_ := fingerprint(members)) not in seen}.values())

    def _families(self, subject: str) -> list[str]:
        """Return the subjects together with which the new sets of this one have to isolate no one.

        A count is combined with all of the same item, and with those under a part of its fields: A, B, and A or B. It
        is not combined with counts of unrelated items: few people may lie there, but no one can name the cell.
        """
        if not subject.startswith(COUNT):
            return [subject]
        fields = fields_of(subject)
        return [subject, *(each for each in self._counts() if fields < fields_of(each))]

    def _counts(self) -> list[str]:
        return [subject for subject in {**self.answered, **self.added} if subject.startswith(COUNT)]

    def _isolates(self, family: str, new: Sequence[Booleans], absent: Absent | None) -> bool:
        fields = fields_of(family) if family.startswith(COUNT) else frozenset[str]()
        subjects = [each for each in self._counts() if fields_of(each) <= fields] if fields else [family]
        known = [members for each in subjects for members in (*self.answered.get(each, ()), *self.added.get(each, ()))]
        if len(known) + len(new) > MAX_SETS:
            raise WouldDisclose(TOO_MANY)
        sets = stack([*known, *new])
        return isolates_fewer_than(self.k, sets, self._weights(fields, absent, sets.shape[1]))

    def _weights(self, fields: frozenset[str], absent: Absent | None, n: int) -> NDArray[np.int64]:
        """Return 1 for each position, k for those who left one of the items out: that is not an answer."""
        weights = np.ones(n, dtype=np.int64)
        for name in fields if absent is not None else ():
            weights[self.positions[absent(name)]] = self.k  # type: ignore[misc]
        return weights


def fields_of(subject: str) -> frozenset[str]:
    """Return the fields of a subject of counts."""
    return frozenset(subject.removeprefix(COUNT).split())


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
