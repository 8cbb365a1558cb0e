"""Repeat numbers of complaints of the past: each is counted among those that were received before it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Repeat:
    """A complaint that counts, of a family of customers about one product."""

    id: UUID
    family: UUID
    """The least id of its members."""
    product_key: str
    category: str
    description: str
    received_at: datetime
    number: int | None = None
    """Of one that is stored already."""

    def is_same_submission(self, earlier: "Repeat", *, window: timedelta) -> bool:
        """Return whether the other one, received before, was sent with the same text within that time."""
        is_alike = (self.category, self.description) == (earlier.category, earlier.description)
        return is_alike and self.received_at - earlier.received_at <= window


@dataclass(frozen=True, slots=True)
class RepeatNumber:
    number: int
    counted_before: int
    """Up to which number repeats were escalated before: one that was sent twice is not escalated again."""


def number_repeats(complaints: Iterable[Repeat], *, window: timedelta) -> Mapping[UUID, RepeatNumber]:
    """Return the repeat numbers of the complaints that have none."""
    numbers: dict[UUID, RepeatNumber] = {}
    key = attrgetter("family", "product_key")
    ordered = sorted(complaints, key=attrgetter("family", "product_key", "received_at", "id"))
    for _, group in groupby(ordered, key=key):
        numbers |= _number_group(list(group), window=window)
    return numbers


def _number_group(group: list[Repeat], *, window: timedelta) -> dict[UUID, RepeatNumber]:
    numbers: dict[UUID, RepeatNumber] = {}
    assigned: dict[UUID, int] = {}
    distinct = 0
    for index, complaint in enumerate(group):
        first = next((other for other in group[:index] if complaint.is_same_submission(other, window=window)), None)
        number = complaint.number or (distinct + 1 if first is None else assigned[first.id])
        assigned[complaint.id] = number
        distinct += first is None
        if complaint.number is None:
            numbers[complaint.id] = RepeatNumber(number, 1 if first is None else number)
    return numbers
