"""One milestone's clock in working time: by when it is due, how much is used up, and whether it came in time. Pure.

A clock keeps facts: its runs, their terms, the ledger of its pauses. Everything else follows from the facts and the
moment at which one asks, so late is late even if nobody looked, and a corrected fact corrects the verdict. A run begins
with the clock, with a reopening that starts anew, and with new terms that count from now on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla import pauses
from heed_complaint.sla.calendar import NOTHING, Calendar
from heed_complaint.sla.pauses import Ledger, Pause, Why
from heed_complaint.sla.rules import ClockState


class OnReopen(StrEnum):
    """What a policy wants of the clock of a complaint that comes back."""

    CONTINUE = "continue"
    """It goes on with the time that was left."""
    RESET = "reset"
    """It gets the whole time again; what was late stays late."""
    NEW = "new"
    """Another clock is started; the old one keeps its verdict."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy grants a milestone."""

    target: timedelta
    calendar: Calendar
    warn_at: float = 0.75
    """After which share of the target somebody is warned."""
    warn_within: Calendar | None = None
    """Where it is given, warnings wait for its working time; else for that of the milestone itself."""
    pause_counts: bool = False
    """Whether the time that we wait for the customer is used up all the same."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch that is measured against one target."""

    terms: Terms
    started_at: datetime
    ended_at: datetime | None = None
    replanned: bool = False
    """It began with new terms, not with new work."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of one milestone; without a run it waits for its start."""

    milestone: Milestone
    terms: Terms
    runs: tuple[Run, ...] = ()
    ledger: Ledger = ()
    reached_at: datetime | None = None
    cancelled_at: datetime | None = None
    number: int = 1
    """Which clock of this milestone it is: reopening may start another one."""

    @property
    def stopped_at(self) -> datetime | None:
        return self.reached_at or self.cancelled_at

    @property
    def stands(self) -> bool:
        """Whether a pause lasts that stops it."""
        return bool(pauses.lasting(self.ledger)) and not self.terms.pause_counts

    @property
    def due_at(self) -> datetime | None:
        """The last moment that is in time; none while the clock waits, or stands before it is late."""
        return _reaches(self.runs[-1], self.ledger, self.terms.target) if self.runs else None

    @property
    def warn_at(self) -> datetime | None:
        """When to warn: in working time, and before it is too late, or not at all."""
        if not self.runs:
            return None
        run, due_at = self.runs[-1], self.due_at
        at = _reaches(run, self.ledger, self.terms.target * self.terms.warn_at)
        at = at and _awake(self.terms.warn_within or self.terms.calendar, at, _stops(run, self.ledger))
        return None if at and due_at and at >= due_at else at

    def state(self, now: datetime) -> ClockState:
        if self.late_at(now) is not None:
            return ClockState.MISSED
        if self.reached_at:
            return ClockState.MET
        if self.cancelled_at:
            return ClockState.CANCELLED
        if not self.runs:
            return ClockState.WAITING
        return ClockState.PAUSED if self.stands else ClockState.RUNNING

    def late_at(self, now: datetime) -> datetime | None:
        """The deadline that was missed, the earliest where there are several. The very deadline is in time."""
        for run in self.runs:
            due_at = _reaches(run, self.ledger, run.terms.target)
            if due_at is not None and due_at < (run.ended_at or now):
                return due_at
        return None

    def consumed(self, now: datetime) -> timedelta:
        """How much of the present target is used up; more than the target once it is late."""
        return _consumed(self.runs[-1], self.ledger, now) if self.runs else NOTHING

    def consumed_in_all(self, now: datetime) -> timedelta:
        """The working time of all runs: what the resolution took in total, where `consumed` tells of the last try."""
        return sum((_consumed(run, self.ledger, now) for run in self.runs), NOTHING)

    def waited(self, now: datetime) -> timedelta:
        """How long the customer was waited for, by the clock on the wall."""
        until = min(now, self.stopped_at or now)
        waits = (pause for pause in self.ledger if pause.why is Why.WAITING and pause.start < until)
        return sum((min(pause.end or until, until) - pause.start for pause in waits), NOTHING)


def start(clock: Clock, at: datetime) -> Clock:
    """The milestone is owed from now on; a clock that was started goes on as it is."""
    return clock if clock.runs else replace(clock, runs=(Run(clock.terms, at),))


def pause(clock: Clock, at: datetime) -> Clock:
    """From now on we wait for the customer."""
    return clock if clock.stopped_at else replace(clock, ledger=pauses.begun(clock.ledger, at))


def resume(clock: Clock, at: datetime) -> Clock:
    return replace(clock, ledger=pauses.ended(clock.ledger, at))


def note_pause(clock: Clock, since: datetime, until: datetime) -> Clock:
    """It turns out that we had waited for the customer: the deadline is what it would have been."""
    return replace(clock, ledger=pauses.noted(clock.ledger, Pause(since, until)))


def reach(clock: Clock, at: datetime) -> Clock:
    """The milestone is reached; a pause that lasts ends with it, and has counted as one."""
    return clock if clock.stopped_at else replace(_stop(clock, at), reached_at=at)


def cancel(clock: Clock, at: datetime) -> Clock:
    """The milestone is owed no more; if it was late by then, that stays."""
    return clock if clock.stopped_at else replace(_stop(clock, at), cancelled_at=at)


def reopen(clock: Clock, at: datetime, *, how: OnReopen) -> tuple[Clock, ...]:
    """The clocks of the milestone after the complaint came back; the last one is that which runs."""
    stopped_at = clock.stopped_at
    if stopped_at is None or not clock.runs:
        return (replace(clock, cancelled_at=None),)
    if how is OnReopen.NEW:
        return clock, start(Clock(clock.milestone, clock.terms, number=clock.number + 1), at)
    going = replace(clock, reached_at=None, cancelled_at=None)
    if how is OnReopen.RESET:
        return (replace(going, runs=(*clock.runs, Run(clock.terms, at))),)
    last = replace(clock.runs[-1], ended_at=None)
    rest = (Pause(stopped_at, at, Why.RESTING),) if at > stopped_at else ()
    return (replace(going, runs=(*clock.runs[:-1], last), ledger=(*clock.ledger, *rest)),)


def replan(clock: Clock, terms: Terms, *, since: datetime | None) -> Clock:
    """Other terms for the same facts, pauses included: as if they had been in force from the start, or `since` then."""
    if since is None:
        return replace(clock, terms=terms, runs=_joined(clock.runs, terms))
    if clock.stopped_at:
        return clock
    if not clock.runs:
        return replace(clock, terms=terms)
    before = replace(clock.runs[-1], ended_at=since)
    return replace(clock, terms=terms, runs=(*clock.runs[:-1], before, Run(terms, since, replanned=True)))


def _joined(runs: tuple[Run, ...], terms: Terms) -> tuple[Run, ...]:
    """The runs without the borders that earlier changes of terms had drawn."""
    joined: list[Run] = []
    for run in runs:
        if run.replanned:
            joined[-1] = replace(joined[-1], ended_at=run.ended_at)
        else:
            joined.append(replace(run, terms=terms))
    return tuple(joined)


def _stop(clock: Clock, at: datetime) -> Clock:
    runs = (*clock.runs[:-1], replace(clock.runs[-1], ended_at=at)) if clock.runs else ()
    return replace(clock, runs=runs, ledger=pauses.ended(clock.ledger, at))


def _stops(run: Run, ledger: Ledger) -> Iterator[Pause]:
    """The pauses that stop this run; rests do in any case."""
    for pause in ledger:
        if pause.end is not None and pause.end <= run.started_at:
            continue
        if pause.why is Why.RESTING or not run.terms.pause_counts:
            yield pause


def _reaches(run: Run, ledger: Ledger, amount: timedelta) -> datetime | None:
    """The moment at which the run has used up so much; none if a pause keeps it from that and lasts."""
    calendar, since, left = run.terms.calendar, run.started_at, amount
    for pause in _stops(run, ledger):
        at = calendar.add(since, left)
        if at < pause.start:
            return at
        if pause.end is None:
            return None
        left -= max(calendar.between(since, pause.start), NOTHING)
        since = pause.end
    return calendar.add(since, left)


def _awake(calendar: Calendar, at: datetime, stops: Iterable[Pause]) -> datetime | None:
    """The next working time in which the clock does not stand."""
    at = calendar.next_open(at)
    for pause in stops:
        if at < pause.start:
            break
        if pause.end is None:
            return None
        at = calendar.next_open(max(at, pause.end))
    return at


def _consumed(run: Run, ledger: Ledger, now: datetime) -> timedelta:
    calendar, until = run.terms.calendar, run.ended_at or now
    used = max(calendar.between(run.started_at, until), NOTHING)
    for pause in _stops(run, ledger):
        since, end = max(pause.start, run.started_at), min(pause.end or until, until)
        used -= max(calendar.between(since, end), NOTHING)
    return used
