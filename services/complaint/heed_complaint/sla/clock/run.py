"""Run: a period measured against one target, and how the pauses in the ledger move its deadline. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from heed_complaint.sla.clock.pauses import Ledger, Pause, PauseReason
from heed_complaint.sla.clock.plan import Terms
from heed_complaint.sla.clock.working_time import ZERO, Calendar


@dataclass(frozen=True, slots=True)
class Run:
    """A period that begins with the clock, with a reopening that resets it, or with terms that count from then on."""

    terms: Terms
    started_at: datetime
    ended_at: datetime | None = None
    replanned: bool = False
    """It began with new terms, not with new work."""


def due_at(run: Run, ledger: Ledger) -> datetime | None:
    """Return the last moment that is in time; None while a pause that began before it is open."""
    return time_when_consumed(run, ledger, run.terms.target)


def time_when_consumed(run: Run, ledger: Ledger, amount: timedelta) -> datetime | None:
    """Return the moment at which the run will have consumed that working time; None if an open pause prevents it."""
    calendar, since, left = run.terms.calendar, run.started_at, amount
    for pause in effective_pauses(run, ledger):
        at = calendar.add(since, left)
        if at < pause.start:
            return at
        if pause.end is None:
            return None
        left -= max(calendar.between(since, pause.start), ZERO)
        since = max(since, pause.end)
    return calendar.add(since, left)


def effective_pauses(run: Run, ledger: Ledger) -> Iterator[Pause]:
    """Yield the pauses that stop this run; the time between an end and a reopening always does."""
    for pause in ledger:
        if pause.end is not None and pause.end <= run.started_at:
            continue
        if pause.reason is PauseReason.CLOSED or not run.terms.pause_counts:
            yield pause


def next_alert_time(run: Run, ledger: Ledger, at: datetime) -> datetime | None:
    """Return the first moment from then on to send an alert: in working time, and outside pauses."""
    return _next_unpaused_time(run.terms.warn_within or run.terms.calendar, at, effective_pauses(run, ledger))


def consumed(run: Run, ledger: Ledger, now: datetime) -> timedelta:
    """Return the working time of the run until now, or until its end, without the pauses that stop it."""
    calendar, until = run.terms.calendar, min(run.ended_at or now, now)
    used = max(calendar.between(run.started_at, until), ZERO)
    for pause in effective_pauses(run, ledger):
        since, end = max(pause.start, run.started_at), min(pause.end or until, until)
        used -= max(calendar.between(since, end), ZERO)
    return used


def _next_unpaused_time(calendar: Calendar, at: datetime, pauses: Iterable[Pause]) -> datetime | None:
    at = calendar.next_open(at)
    for pause in pauses:
        if at < pause.start:
            break
        if pause.end is None:
            return None
        at = calendar.next_open(max(at, pause.end))
    return at
