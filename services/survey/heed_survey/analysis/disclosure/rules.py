"""Which results may be shown, given those that were. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.differencing import isolates_fewer_than
from heed_survey.analysis.errors import WouldDisclose

Booleans = NDArray[np.bool_]

MAX_SETS = 200
"""Sets of one subject; a reader who needs more should read the single responses, with permission."""
TOO_MANY = "Results about so many groups were shown that another one could single out people."
GROWTH = "Too few people responded since the last result for a new one; ask again when there are more."


Integers = NDArray[np.int64]
COUNT, CELLS, SELECTIONS = "count:", "cells:", "selections"
MOMENTS = {1: "mean:", 2: "error:"}
"""By the power of the values that is summed: a standard error shows the sum of squares."""


class Answers(Protocol):
    """The responses by position, those included that are later than what a result is about."""

    def absent(self, field: str) -> Booleans:
        """Return who left an item out."""
        ...

    def levels(self, item: str) -> Integers:
        """Return which value of a scale each gave, from 0; 0 for none."""
        ...


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
        self, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, of: Sequence[str] = ()
    ) -> list[bool]:
        """Return whether the size of each set may be shown, which conditions on all of the fields describe.

        `of` are the items whose values are counted; without one, results of any item are shown about the sets.
        """
        ...

    def permits_moments(
        self, item: str, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, power: int
    ) -> list[bool]:
        """Return whether the sum of the values of an item on a scale, or of their squares, may be shown of each set.

        `fields` are those of the conditions that describe the sets.
        """
        ...


@dataclass
class OpenGuard:
    """No control: the caller may read the single responses."""

    k: int = 0

    def permits(self, subject: str, sets: Sequence[Booleans], everyone: Booleans) -> list[bool]:
        return [True] * len(sets)

    def permits_counts(
        self, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, of: Sequence[str] = ()
    ) -> list[bool]:
        return [True] * len(sets)

    def permits_moments(
        self, item: str, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, power: int
    ) -> list[bool]:
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

    @property
    def subjects(self) -> list[str]:
        return list(self._packed)

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
        if not self._add((subject,), [self._at_positions(everyone)], None):
            self.withheld += len(sets)  # A caller with other parts may go on without this one.
            raise WouldDisclose(GROWTH)
        return self._permits_largest((subject,), sets, None)

    def permits_counts(
        self, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, of: Sequence[str] = ()
    ) -> list[bool]:
        everyone = self._at_positions(np.ones(len(self.positions), dtype=np.bool_))
        if not self._add((SELECTIONS, COUNT), [everyone], answers):
            self.withheld += len(sets)
            return [False] * len(sets)
        kinds = [CELLS + item for item in of] or [SELECTIONS]
        return self._permits_largest((*kinds, COUNT + " ".join(sorted(fields))), sets, answers)

    def permits_moments(
        self, item: str, fields: frozenset[str], sets: Sequence[Booleans], answers: Answers, *, power: int
    ) -> list[bool]:
        return self._permits_largest((MOMENTS[power] + " ".join([item, *sorted(fields - {item})]),), sets, answers)

    def _at_positions(self, members: Booleans) -> Booleans:
        at_positions = np.zeros(int(self.positions[-1]) + 1, dtype=np.bool_)
        at_positions[self.positions[members]] = True
        return at_positions

    def _permits_largest(
        self, subjects: Sequence[str], sets: Sequence[Booleans], answers: Answers | None
    ) -> list[bool]:
        """Try the sets, the largest first: where one has to be withheld, it is a small one."""
        sets = [self._at_positions(members) for members in sets]
        sizes = [int(members.sum()) for members in sets]
        order = sorted((index for index, size in enumerate(sizes) if size >= self.k), key=lambda index: -sizes[index])
        found = self._permits_each(subjects, [sets[index] for index in order], answers)
        permitted = dict(zip(order, found, strict=True))
        self.withheld += len(order) - sum(permitted.values())
        return [permitted.get(index, False) for index in range(len(sets))]

    def _permits_each(self, subjects: Sequence[str], sets: Sequence[Booleans], answers: Answers | None) -> list[bool]:
        """Try all at once, and halves where that fails: mostly all are permitted."""
        if self._add(subjects, sets, answers):
            return [True] * len(sets)
        if len(sets) == 1:
            return [False]
        middle = len(sets) // 2
        first = self._permits_each(subjects, sets[:middle], answers)
        return first + self._permits_each(subjects, sets[middle:], answers)

    def _add(self, subjects: Sequence[str], sets: Sequence[Booleans], answers: Answers | None) -> bool:
        """Add the sets to all of the subjects, if they isolate no one in any of them."""
        unseen = {subject: self._unseen(subject, sets) for subject in subjects}
        for subject, new in unseen.items():
            if new and any(self._isolates(fields, subject, new, answers) for fields in self._families(subject)):
                return False
        for subject, new in unseen.items():
            self.added.setdefault(subject, []).extend(new)
            self._seen[subject].update(map(fingerprint, new))
        return True

    def _unseen(self, subject: str, sets: Sequence[Booleans]) -> list[Booleans]:
        known = self.answered.of(subject)
        seen = self._seen.setdefault(subject, {fingerprint(members) for members in known})
        return list({print_: members for members in sets if (print_ := fingerprint(members)) not in seen}.values())

    def _families(self, subject: str) -> set[frozenset[str]]:
        """Return sets of fields: what is described by a part of one is combined, and has to isolate no one.

        So A, B, and A or B are combined. Unrelated items are not: few people may lie there, but no one can name the
        cell. A subject that fields do not describe is on its own.
        """
        fields = fields_of(subject)
        return {fields, *(whole for each in self._subjects() if fields and fields < (whole := fields_of(each)))}

    def _subjects(self) -> list[str]:
        return list(dict.fromkeys([*self.answered.subjects, *self.added]))

    def _isolates(self, family: frozenset[str], subject: str, new: Sequence[Booleans], answers: Answers | None) -> bool:
        described = [each for each in self._subjects() if is_described(each) and fields_of(each) <= family]
        subjects = {subject, *described} if is_described(subject) else {subject}
        found = {each: [*self.answered.of(each), *self.added.get(each, ())] for each in subjects}
        found[subject] += new
        if sum(map(len, found.values())) > MAX_SETS:
            raise WouldDisclose(TOO_MANY)
        n = max(len(members) for sets in found.values() for members in sets)
        table = np.vstack([rows for each, sets in found.items() if sets for rows in _rows(each, sets, answers, n)])
        return isolates_fewer_than(self.k, table, self._weights(family, answers, n))

    def _weights(self, fields: frozenset[str], answers: Answers | None, n: int) -> Integers:
        """Return 1 for each position, k for those who left one of the items out: that is not an answer."""
        weights = np.ones(n, dtype=np.int64)
        if answers is None:
            return weights
        for name in fields:
            weights[np.flatnonzero(answers.absent(name)[:n])] = self.k
        return weights


def _rows(subject: str, sets: Sequence[Booleans], answers: Answers | None, n: int) -> list[NDArray[Any]]:
    """Return what was shown of the sets: their numbers, and of moments the sums of the values or their squares."""
    members = stack(sets, n)
    power = next((power for power, prefix in MOMENTS.items() if subject.startswith(prefix)), None)
    if power is None or answers is None:
        return [members]
    levels = np.zeros(n, dtype=np.int16)
    given = answers.levels(subject.partition(":")[2].split()[0])[:n]
    levels[: len(given)] = given
    return [members, members * levels**power]


def is_described(subject: str) -> bool:
    """Return whether the sets of the subject are described by fields."""
    return subject.startswith((COUNT, *MOMENTS.values()))


def fields_of(subject: str) -> frozenset[str]:
    """Return the fields by which the sets of the subject are described."""
    return frozenset(subject.partition(":")[2].split()) if is_described(subject) else frozenset()


def fingerprint(members: Booleans) -> bytes:
    """Return the set in a form that equals that of the same set in a longer survey."""
    return pack(members).rstrip(b"\0")


def pack(members: Booleans) -> bytes:
    return np.packbits(members).tobytes()


def unpack(bits: bytes, n: int) -> Booleans:
    return np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=n).astype(np.bool_)


def stack(sets: Sequence[Booleans], n: int) -> Booleans:
    """Return the sets as rows of length n; those of a shorter survey contain none of the later responses."""
    table = np.zeros((len(sets), n), dtype=np.bool_)
    for row, members in zip(table, sets, strict=True):
        row[: len(members)] = members
    return table


def snapshot_sizes(current: int, earlier: Iterable[int], *, most: int) -> list[int]:
    """Return the numbers of responses to try, the newest first: now, and as of earlier results."""
    return [current, *sorted({size for size in earlier if size < current}, reverse=True)][:most]
