"""Set of days as bits, one for each day from the first one on: 27 years take 1.3 kB, however often was bought. Pure."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

StoredDays = list[Any]
"""The ordinals, rising; of many days the first one and base64 of the bits, little-endian."""
MAX_ORDINALS = 50


@dataclass(slots=True)
class DaySet:
    """Days as ordinals. Never changed in place: every operation returns another set."""

    first: int = 0
    """0 if there is no day."""
    bits: int = 0
    """The lowest one is that of `first`."""

    @classmethod
    def of(cls, days: Iterable[int]) -> Self:
        """Return the set of these days, in any order."""
        ordinals = list(days)
        first, bits = min(ordinals, default=0), 0
        for day in ordinals:
            bits |= 1 << (day - first)
        return cls(first, bits)

    @classmethod
    def from_json(cls, stored: StoredDays) -> Self:
        """Return the set that `to_json` has written."""
        first, bits = stored[0], 0
        if isinstance(stored[-1], str):
            return cls(first, int.from_bytes(b64decode(stored[1]), "little"))
        for day in stored:
            bits |= 1 << day - first
        return cls(first, bits)

    def to_json(self) -> StoredDays:
        """Return few days as a list, which is shorter and can be read."""
        if len(self) > MAX_ORDINALS:
            return [self.first, b64encode(self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "little")).decode()]
        return self._ordinals()

    def _ordinals(self) -> list[int]:
        found, bits = [], self.bits
        while bits:
            lowest = bits & -bits
            found.append(self.first + lowest.bit_length() - 1)
            bits ^= lowest
        return found

    @property
    def last(self) -> int:
        return self.first + self.bits.bit_length() - 1

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __contains__(self, day: int) -> bool:
        return day >= self.first and bool(self.bits >> (day - self.first) & 1)

    def __or__(self, other: Self) -> Self:
        if not (self.bits and other.bits):
            return self if self.bits else other
        first = min(self.first, other.first)
        return type(self)(first, self.bits << (self.first - first) | other.bits << (other.first - first))

    def without(self, days: Iterable[int]) -> Self:
        """Return the set without these days, which need not be in it."""
        bits = self.bits
        for day in days:
            if day in self:
                bits &= ~(1 << (day - self.first))
        empty = (bits & -bits).bit_length() - 1
        return type(self)(self.first + empty, bits >> empty) if bits else type(self)()
