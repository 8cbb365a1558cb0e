"""One milestone's clock in working time: by when it is due, how much is used up, and whether it came in time. Pure.

A clock keeps facts: its runs, their terms, the ledger of its pauses, and what has been told of it. Everything else
follows from the facts and the moment at which one asks, so late is late even if nobody looked, and a corrected fact
corrects the verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import pauses
from heed_complaint.sla.clock import run as runs
from heed_complaint.sla.clock.pauses import Ledger, Pause, Why
from heed_complaint.sla.clock.plan import OnReopen, Terms
from heed_complaint.sla.clock.run import Run
from heed_complaint.sla.clock.working_time import NOTHING, BeyondHorizon


class ClockState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Clock:
    """The clock of one milestone; without a run it waits for its start.

    Its facts never change, so what follows from them alone is calculated once.
    """

    milestone: Milestone
    terms: Terms
    runs: tuple[Run, ...] = ()
    ledger: Ledger = ()
    reached_at: datetime | None = None
    cancelled_at: datetime | None = None
    first_reached_at: datetime | None = None
    """When it was reached for the first time, whatever became of that."""
    earlier: tuple["Clock", ...] = ()
    """The clocks of this milestone before a reopening started another one; they keep their verdicts."""
    number: int = 1
    """Which clock of this milestone it is."""
    warned: bool = False
    missed: bool = False
    """Whether it was told that the milestone is late."""
    escalated: int = 0
    """How many steps of the chain were taken."""

    @property
    def stopped_at(self) -> datetime | None:
        return self.reached_at or self.cancelled_at

    @property
    def stands(self) -> bool:
        """Whether a pause lasts that stops it."""
        return bool(pauses.lasting(self.ledger)) and not self.terms.pause_counts

    @cached_property
    def due_at(self) -> datetime | None:
        """The last moment that is in time; none while the clock waits, or stands before it is late."""
        return runs.due_at(self.runs[-1], self.ledger) if self.runs else None

    @cached_property
    def warn_at(self) -> datetime | None:
        """When to warn: in working time, and before it is too late, or not at all."""
        if not self.runs:
            return None
        run, due_at = self.runs[-1], self.due_at
        at = runs.reaches(run, self.ledger, self.terms.target * self.terms.warn_at)
        at = at and runs.awake(run, self.ledger, at)
        return None if at and due_at and at >= due_at else at

    def step_at(self, place: int) -> datetime | None:
        """When that step of the escalation chain is to be taken.

        None as long as a pause keeps it from that, or where it lies beyond the days that the calendar knows.
        """
        if not self.runs:
            return None
        run, at = self.runs[-1], self.terms.escalation[place].at
        amount = self.terms.target + at if isinstance(at, timedelta) else self.terms.target * at
        try:
            reached = runs.reaches(run, self.ledger, amount)
            return reached and runs.awake(run, self.ledger, reached)
        except BeyondHorizon:
            return None

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
            due_at = self.due_at if run is self.runs[-1] else runs.due_at(run, self.ledger)
            if due_at is not None and due_at < (run.ended_at or now):
                return due_at
        return None

    def consumed(self, now: datetime) -> timedelta:
        """How much of the present target is used up; more than the target once it is late."""
        return runs.consumed(self.runs[-1], self.ledger, now) if self.runs else NOTHING

    def consumed_in_all(self, now: datetime) -> timedelta:
        """The working time of all runs: what the resolution took in total, where `consumed` tells of the last try."""
        return sum((runs.consumed(run, self.ledger, now) for run in self.runs), NOTHING)

    def waited(self, now: datetime) -> timedelta:
        """How long the customer was waited for, by the clock on the wall."""
        until = min(now, self.stopped_at or now)
        waits = (pause for pause in self.ledger if pause.why is Why.WAITING and pause.start < until)
        return sum((min(pause.end or until, until) - pause.start for pause in waits), NOTHING)


def start(clock: Clock, at: datetime) -> Clock:
    """The milestone is owed from now on; a clock that was started goes on as it is."""
    return clock if clock.runs else replace(clock, runs=(Run(clock.terms, at),))


def restart(clock: Clock, at: datetime) -> Clock:
    """It turns out that the milestone was owed from then on; where a reopening started another clock, that stays."""
    if clock.earlier:
        return replace(clock, earlier=(restart(clock.earlier[0], at), *clock.earlier[1:]))
    return replace(clock, runs=(replace(clock.runs[0], started_at=at), *clock.runs[1:])) if clock.runs else clock


def pause(clock: Clock, at: datetime) -> Clock:
    """From now on we wait for the customer."""
    return clock if clock.stopped_at else replace(clock, ledger=pauses.begun(clock.ledger, at))


def resume(clock: Clock, at: datetime) -> Clock:
    return replace(clock, ledger=pauses.ended(clock.ledger, at))


def note_pause(clock: Clock, since: datetime, until: datetime) -> Clock:
    """It turns out that we had waited for the customer: the deadline is what it would have been."""

    def note(one: Clock) -> Clock:
        over = one.stopped_at is not None and one.stopped_at <= since
        return one if over else replace(one, ledger=pauses.noted(one.ledger, Pause(since, until)))

    return each(clock, note)


def reach(clock: Clock, at: datetime) -> Clock:
    """The milestone is reached; a pause that lasts ends with it, and has counted as one."""
    if clock.stopped_at:
        return clock
    return replace(_stop(clock, at), reached_at=at, first_reached_at=clock.first_reached_at or at)


def cancel(clock: Clock, at: datetime) -> Clock:
    """The milestone is owed no more; if it was late by then, that stays."""
    return clock if clock.stopped_at else replace(_stop(clock, at), cancelled_at=at)


def reopen(clock: Clock, at: datetime, *, how: OnReopen) -> Clock:
    """The clock of the milestone after the complaint came back."""
    stopped_at = clock.stopped_at
    if stopped_at is None or not clock.runs:
        return replace(clock, cancelled_at=None)
    going = replace(clock, reached_at=None, cancelled_at=None)
    if how is OnReopen.CONTINUE:
        last = replace(clock.runs[-1], ended_at=None)
        rest = Pause(stopped_at, at, Why.RESTING)
        ledger = pauses.noted(clock.ledger, rest) if at > stopped_at else clock.ledger
        return replace(going, runs=(*clock.runs[:-1], last), ledger=ledger)
    anew = replace(going, warned=False, escalated=0)
    if how is OnReopen.RESET:
        return replace(anew, runs=(*clock.runs, Run(clock.terms, at)))
    return another(anew, after=clock, runs=(Run(clock.terms, at),))


def another(clock: Clock, *, after: Clock, runs: tuple[Run, ...] = ()) -> Clock:
    """A new clock of the milestone beside that which has its verdict."""
    before = (*after.earlier, replace(after, earlier=()))
    return replace(clock, runs=runs, missed=False, earlier=before, number=after.number + 1)


def replan(clock: Clock, terms: Terms, *, since: datetime | None) -> Clock:
    """Other terms for the same facts, pauses included: as if they had been in force from the start, or `since` then."""
    if since is None:
        return each(clock, lambda one: replace(one, terms=terms, runs=_joined(one.runs, terms)))
    if clock.stopped_at:
        return clock
    if not clock.runs:
        return replace(clock, terms=terms)
    before = replace(clock.runs[-1], ended_at=since)
    return replace(clock, terms=terms, runs=(*clock.runs[:-1], before, Run(terms, since, replanned=True)))


def renamed(clock: Clock, terms: Terms) -> Clock:
    """Terms that measure alike, from another policy or version."""
    last = tuple(replace(run, terms=terms) for run in clock.runs[-1:])
    return replace(clock, terms=terms, runs=(*clock.runs[:-1], *last))


def each(clock: Clock, change: Callable[[Clock], Clock]) -> Clock:
    """What holds for the milestone holds for its earlier clocks too."""
    if not clock.earlier:
        return change(clock)
    return replace(change(clock), earlier=tuple(change(one) for one in clock.earlier))


def _joined(runs_before: tuple[Run, ...], terms: Terms) -> tuple[Run, ...]:
    """The runs without the borders that earlier changes of terms had drawn."""
    joined: list[Run] = []
    for run in runs_before:
        if run.replanned:
            joined[-1] = replace(joined[-1], ended_at=run.ended_at)
        else:
            joined.append(replace(run, terms=terms))
    return tuple(joined)


def _stop(clock: Clock, at: datetime) -> Clock:
    stopped = (*clock.runs[:-1], replace(clock.runs[-1], ended_at=at)) if clock.runs else ()
    return replace(clock, runs=stopped, ledger=pauses.ended(clock.ledger, at))
