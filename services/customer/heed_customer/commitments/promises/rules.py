"""States of a promise. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class NewPromise:
    """A promise to be recorded."""

    description: str
    due_at: datetime
    made_by: str | None = None
    """Who promised it; by default the caller."""
    made_to: str | None = None


@dataclass(frozen=True, slots=True)
class PromiseFilter:
    """Which promises a list shows."""

    state: PromiseState | None = None
    made_by: str | None = None
    due_before: datetime | None = None
    due_from: datetime | None = None
    owner: str | None = None
    """The account manager of the customer."""


def is_overdue(due_at: datetime, *, now: datetime) -> bool:
    """Return whether the moment has passed; at the very moment it can still be kept."""
    return now > due_at
