"""Needs of customers. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

TIME_ZONE_TOLERANCE = timedelta(days=1)
"""Today may be tomorrow in UTC."""


class NeedKind(StrEnum):
    EXPLICIT = "explicit"
    """The customer named it."""
    TACIT = "tacit"
    """It is inferred, from behaviour or by a person."""


@dataclass(frozen=True, slots=True)
class NewNeed:
    """A need to be recorded."""

    description: str
    kind: NeedKind
    source: str
    confidence: Decimal
    since: date | None = None
    """By default today."""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """Which needs a list shows."""

    kind: NeedKind | None = None
    confirmed: bool | None = None
    min_confidence: Decimal | None = None


def is_in_future(since: date, *, now: datetime) -> bool:
    return since > (now + TIME_ZONE_TOLERANCE).date()
