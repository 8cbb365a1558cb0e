"""When a promise is kept, and when it is broken. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PromiseKind(StrEnum):
    """What is promised for a moment."""

    RESPONSE_TIME = "response_time"
    REPAIR_CYCLE = "repair_cycle"
    QUALITY = "quality"
    OTHER = "other"


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"
    """The complaint ended otherwise: nobody waits for it any more."""


KEPT_BY_COMPLETION = frozenset({PromiseKind.RESPONSE_TIME, PromiseKind.REPAIR_CYCLE, PromiseKind.OTHER})
"""What a completed complaint has given; whether the quality is as promised shows later."""


@dataclass(frozen=True, slots=True)
class KeptShare:
    """Of the promises that were settled, those that were kept."""

    kept: int
    broken: int
    told_before: int
    """Of the broken ones those whose customer knew in time, with an apology."""

    @property
    def settled(self) -> int:
        return self.kept + self.broken

    @property
    def rate(self) -> float | None:
        """Unknown as long as no promise is settled."""
        return self.kept / self.settled if self.settled else None


def is_broken(promised_by: datetime, *, now: datetime) -> bool:
    """At the very moment it is still kept."""
    return now > promised_by


def state_at_completion(kind: PromiseKind, promised_by: datetime, *, now: datetime) -> PromiseState:
    """What completing the complaint makes of an open promise."""
    if is_broken(promised_by, now=now):
        return PromiseState.BROKEN
    return PromiseState.KEPT if kind in KEPT_BY_COMPLETION else PromiseState.OPEN


def state_at_end(promised_by: datetime, *, now: datetime) -> PromiseState:
    """What declining, referring, withdrawing or closing makes of an open promise: late stays late."""
    return PromiseState.BROKEN if is_broken(promised_by, now=now) else PromiseState.VOID
