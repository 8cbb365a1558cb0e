"""A stretch of time measured against one target, and how the pauses of the ledger move what it reaches. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from heed_complaint.sla.clock.pauses import Ledger, Pause, Why
from heed_complaint.sla.clock.plan import Terms
from heed_complaint.sla.clock.working_time import NOTHING, Calendar


@dataclass(frozen=True, slots=True)
class Run:
    """It begins with the clock, with a reopening that starts anew, and with new terms that count from now on."""

    terms: Terms
    started_at: datetime
    ended_at: datetime | None = None
    replanned: bool = False
    """It began with new terms, not with new work."""


def due_at(run: Run, ledger: Ledger) -> datetime | None:
    """The last moment that is in time; none while a pause lasts that began before it."""
    return reaches(run, ledger, run.terms.target)


def reaches(run: Run, ledger: Ledger, amount: timedelta) -> datetime | None:
    """The moment at which the run has used up so much; none if a pause keeps it from that and lasts."""
    calendar, since, left = run.terms.calendar, run.started_at, amount
    for pause in stops(run, ledger):
        at = calendar.add(since, left)
        if at < pause.start:
            return at
        if pause.end is None:
            return None
        left -= max(calendar.between(since, pause.start), NOTHING)
        since = max(since, pause.end)
    return calendar.add(since, left)


def stops(run: Run, ledger: Ledger) -> Iterator[Pause]:
    """The pauses that stop this run; rests do in any case."""
    for pause in ledger:
        if pause.end is not None and pause.end <= run.started_at:
            continue
        if pause.why is Why.RESTING or not run.terms.pause_counts:
            yield pause


def awake(run: Run, ledger: Ledger, at: datetime) -> datetime | None:
    """From then on, the next moment to call somebody: in working time, and not while the clock stands."""
    return _awake(run.terms.warn_within or run.terms.calendar, at, stops(run, ledger))


def consumed(run: Run, ledger: Ledger, now: datetime) -> timedelta:
    """The working time of the run until now, or until its end, without the pauses that stop it."""
    calendar, until = run.terms.calendar, min(run.ended_at or now, now)
    used = max(calendar.between(run.started_at, until), NOTHING)
    for pause in stops(run, ledger):
        since, end = max(pause.start, run.started_at), min(pause.end or until, until)
        used -= max(calendar.between(since, end), NOTHING)
    return used


def _awake(calendar: Calendar, at: datetime, pauses: Iterable[Pause]) -> datetime | None:
    at = calendar.next_open(at)
    for pause in pauses:
        if at < pause.start:
            break
        if pause.end is None:
            return None
        at = calendar.next_open(max(at, pause.end))
    return at
