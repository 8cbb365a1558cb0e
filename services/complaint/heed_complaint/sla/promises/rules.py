"""States of a promise. Pure: no clock, no tables."""

from datetime import datetime
from enum import StrEnum


class PromiseKind(StrEnum):
    """Kind of a promise."""

    RESPONSE_TIME = "response_time"
    REPAIR_CYCLE = "repair_cycle"
    QUALITY = "quality"
    OTHER = "other"


class ComplaintPromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"
    """The complaint ended otherwise: the promise does not bind any more."""


KEPT_BY_COMPLETION = frozenset({PromiseKind.RESPONSE_TIME, PromiseKind.REPAIR_CYCLE, PromiseKind.OTHER})
"""Kinds that the completion of the complaint fulfils; a promise of quality stays open."""


def is_broken(promised_by: datetime, *, now: datetime) -> bool:
    """Return whether the moment has passed; at the very moment it can still be kept."""
    return now > promised_by


def state_at_completion(kind: PromiseKind, promised_by: datetime, *, now: datetime) -> ComplaintPromiseState:
    """Return the state of an open promise when the complaint is completed."""
    if is_broken(promised_by, now=now):
        return ComplaintPromiseState.BROKEN
    return ComplaintPromiseState.KEPT if kind in KEPT_BY_COMPLETION else ComplaintPromiseState.OPEN


def state_at_end(promised_by: datetime, *, now: datetime) -> ComplaintPromiseState:
    """Return the state of an open promise when the complaint ends otherwise: an overdue one is broken."""
    return ComplaintPromiseState.BROKEN if is_broken(promised_by, now=now) else ComplaintPromiseState.VOID
