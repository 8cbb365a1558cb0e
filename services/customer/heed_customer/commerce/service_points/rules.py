"""Service points as callers write them, and valid opening hours. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_DAY = 24 * 60


class ServicePointKind(StrEnum):
    OWN = "own"
    DEALER = "dealer"


@dataclass(frozen=True, slots=True)
class NewServicePoint:
    """The whole content of a service point; documents are JSON."""

    name: Mapping[str, str]
    kind: str
    units: Sequence[Mapping[str, Any]]
    address: str | None
    calendar: Mapping[str, Any] | None
    active: bool


@dataclass(frozen=True, slots=True)
class PurchaseCount:
    """Purchases of one kind at a service point in one month, and what was returned of them."""

    month: str
    kind: str
    currency: str
    customers: int
    purchases: int
    gross: Decimal
    returned_purchases: int
    returned_gross: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """Months of the organisation's time zone, between two moments."""

    since: datetime | None
    until: datetime | None
    time_zone: str


def minute_of_day(text: str) -> int | None:
    """Return the minute of `HH:MM`, with `24:00` as the end of the day; None for anything else."""
    hours, colon, minutes = text.partition(":")
    if not colon or [len(hours), len(minutes)] != [2, 2] or not (hours + minutes).isascii():
        return None
    if not (hours + minutes).isdigit() or int(minutes) >= 60:
        return None
    minute = int(hours) * 60 + int(minutes)
    return minute if minute <= MINUTES_OF_DAY else None


def invalid_interval(intervals: Sequence[tuple[str, str]]) -> int | None:
    """Return the index of the first interval that is none, crosses midnight or overlaps another; None if all fit."""
    taken: list[tuple[int, int]] = []
    for index, (opens, closes) in enumerate(intervals):
        start, end = minute_of_day(opens), minute_of_day(closes)
        if start is None or end is None or start >= end:
            return index
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            return index
        taken.append((start, end))
    return None
