"""The ledger of a clock's pauses: when it stood still and why. Pure.

Pauses are kept apart from what is measured, so a change of priority, policy or calendar leaves them as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    WAITING = "waiting"
    """For the customer."""
    RESTING = "resting"
    """Between the end of the work and its reopening."""


class PauseError(ValueError):
    """A pause that cannot have been."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Half open: its end belongs to the time that counts again."""

    start: datetime
    end: datetime | None = None
    why: Why = Why.WAITING


Ledger = tuple[Pause, ...]
"""In order, without overlap; only the last one may still last."""


def lasting(ledger: Ledger) -> Pause | None:
    """The pause that has not ended."""
    return ledger[-1] if ledger and ledger[-1].end is None else None


def begun(ledger: Ledger, at: datetime) -> Ledger:
    """From now on the clock stands; one that stands already is left alone."""
    return ledger if lasting(ledger) else noted(ledger, Pause(at))


def ended(ledger: Ledger, at: datetime) -> Ledger:
    """From now on the clock goes on; without a pause nothing happens."""
    pause = lasting(ledger)
    if pause is None:
        return ledger
    if at < pause.start:
        raise PauseError("A pause does not end before it begins.")
    return (*ledger[:-1], *([Pause(pause.start, at, pause.why)] if at > pause.start else []))


def noted(ledger: Ledger, pause: Pause) -> Ledger:
    """A pause that is told of, also one of the past; where it overlaps what is known, only the rest is new."""
    if pause.end is not None and pause.end <= pause.start:
        raise PauseError("A pause does not end before it begins.")
    return tuple(sorted((*ledger, *_gaps(ledger, pause)), key=lambda known: known.start))


def _gaps(ledger: Ledger, pause: Pause) -> Iterator[Pause]:
    start = pause.start
    for known in ledger:
        if pause.end is not None and known.start >= pause.end:
            break
        if start < known.start:
            yield Pause(start, known.start, pause.why)
        if known.end is None:
            return
        start = max(start, known.end)
    if pause.end is None or start < pause.end:
        yield Pause(start, pause.end, pause.why)
