"""Pauses of a clock, with their reasons. Pure.

They are stored apart from what is measured, so a change of priority, policy or calendar leaves them as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PauseReason(StrEnum):
    WAITING = "waiting"
    """For the customer."""
    CLOSED = "resting"
    """Between the end of the work and its reopening."""


class PauseError(ValueError):
    """An impossible pause."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Half open: its end is already counted again. Without an end it is still open."""

    start: datetime
    end: datetime | None = None
    reason: PauseReason = PauseReason.WAITING


Ledger = tuple[Pause, ...]
"""In order, without overlap; only the last one may be open."""


def open_pause(ledger: Ledger) -> Pause | None:
    """Return the pause that has not ended."""
    return ledger[-1] if ledger and ledger[-1].end is None else None


def start_pause(ledger: Ledger, at: datetime) -> Ledger:
    """Open a pause; does nothing if one is open."""
    return ledger if open_pause(ledger) else add_pause(ledger, Pause(at))


def end_pause(ledger: Ledger, at: datetime) -> Ledger:
    """End the open pause; does nothing without one."""
    pause = open_pause(ledger)
    if pause is None:
        return ledger
    if at < pause.start:
        raise PauseError("A pause does not end before it begins.")
    return (*ledger[:-1], *([Pause(pause.start, at, pause.reason)] if at > pause.start else []))


def add_pause(ledger: Ledger, pause: Pause) -> Ledger:
    """Add a pause, also one of the past; of one that overlaps others only the uncovered parts are added."""
    if pause.end is not None and pause.end <= pause.start:
        raise PauseError("A pause does not end before it begins.")
    return tuple(sorted((*ledger, *_uncovered(ledger, pause)), key=lambda pause: pause.start))


def _uncovered(ledger: Ledger, pause: Pause) -> Iterator[Pause]:
    start = pause.start
    for existing in ledger:
        if pause.end is not None and existing.start >= pause.end:
            break
        if start < existing.start:
            yield Pause(start, existing.start, pause.reason)
        if existing.end is None:
            return
        start = max(start, existing.end)
    if pause.end is None or start < pause.end:
        yield Pause(start, pause.end, pause.reason)
