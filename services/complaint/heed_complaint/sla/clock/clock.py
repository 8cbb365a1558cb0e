"""Clock of one milestone in working time: its deadline, the time consumed, and whether it was met. Pure.

A clock holds facts: its runs, their terms, the ledger of its pauses, and the alerts that were announced. Everything
else follows from the facts and from now, so a late milestone is late even if no alert was sent yet, and a corrected
fact corrects the result.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import pauses
from heed_complaint.sla.clock import run as runs
from heed_complaint.sla.clock.pauses import Ledger, Pause, PauseReason
from heed_complaint.sla.clock.plan import OnReopen, Terms
from heed_complaint.sla.clock.run import Run
from heed_complaint.sla.clock.working_time import ZERO, BeyondHorizon


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
    """The first time that the milestone was reached; a reopening does not clear it."""
    earlier: tuple["Clock", ...] = ()
    """The clocks of this milestone before a reopening started another one; their results are final."""
    cycle: int = 1
    """Number of the clock among those of this milestone, counted from one."""
    warning_announced: bool = False
    breach_announced: bool = False
    escalations_announced: int = 0
    """Number of steps of the chain that were announced."""

    @property
    def stopped_at(self) -> datetime | None:
        return self.reached_at or self.cancelled_at

    @property
    def is_paused(self) -> bool:
        """Whether an open pause stops it."""
        return bool(pauses.open_pause(self.ledger)) and not self.terms.pause_counts

    @cached_property
    def due_at(self) -> datetime | None:
        """The last moment that is in time; None while the clock waits, or is paused before it is late."""
        return runs.due_at(self.runs[-1], self.ledger) if self.runs else None

    @cached_property
    def warn_at(self) -> datetime | None:
        """The moment of the warning: in working time and before the deadline; None if there is no such moment."""
        if not self.runs:
            return None
        run, due_at = self.runs[-1], self.due_at
        at = runs.time_when_consumed(run, self.ledger, self.terms.target * self.terms.warn_at)
        at = at and runs.next_alert_time(run, self.ledger, at)
        return None if at and due_at and at >= due_at else at

    def escalation_at(self, index: int) -> datetime | None:
        """Return the moment of that step of the escalation chain.

        None while an open pause prevents it, or if it lies beyond the days that the calendar knows.
        """
        if not self.runs:
            return None
        run, at = self.runs[-1], self.terms.escalation[index].at
        amount = self.terms.target + at if isinstance(at, timedelta) else self.terms.target * at
        try:
            due_at = runs.time_when_consumed(run, self.ledger, amount)
            return due_at and runs.next_alert_time(run, self.ledger, due_at)
        except BeyondHorizon:
            return None

    def state(self, now: datetime) -> ClockState:
        """Return the state at that moment."""
        if self.breached_at(now) is not None:
            return ClockState.MISSED
        if self.reached_at:
            return ClockState.MET
        if self.cancelled_at:
            return ClockState.CANCELLED
        if not self.runs:
            return ClockState.WAITING
        return ClockState.PAUSED if self.is_paused else ClockState.RUNNING

    def breached_at(self, now: datetime) -> datetime | None:
        """Return the deadline that was missed, the earliest of several. Reaching it exactly is in time."""
        for run in self.runs:
            due_at = self.due_at if run is self.runs[-1] else runs.due_at(run, self.ledger)
            if due_at is not None and due_at < (run.ended_at or now):
                return due_at
        return None

    def consumed(self, now: datetime) -> timedelta:
        """Return the consumed part of the present target; more than the target once it is late."""
        return runs.consumed(self.runs[-1], self.ledger, now) if self.runs else ZERO

    def total_consumed(self, now: datetime) -> timedelta:
        """Return the working time of all runs; `consumed` counts the last one only."""
        return sum((runs.consumed(run, self.ledger, now) for run in self.runs), ZERO)

    def paused_for_customer(self, now: datetime) -> timedelta:
        """Return the elapsed time spent waiting for the customer."""
        until = min(now, self.stopped_at or now)
        waits = (pause for pause in self.ledger if pause.reason is PauseReason.WAITING and pause.start < until)
        return sum((min(pause.end or until, until) - pause.start for pause in waits), ZERO)


def start(clock: Clock, at: datetime) -> Clock:
    """Start the clock; one that was started before goes on unchanged."""
    return clock if clock.runs else replace(clock, runs=(Run(clock.terms, at),))


def restart(clock: Clock, at: datetime) -> Clock:
    """Correct the start of the clock; of several clocks, that of the first one."""
    if clock.earlier:
        return replace(clock, earlier=(restart(clock.earlier[0], at), *clock.earlier[1:]))
    return replace(clock, runs=(replace(clock.runs[0], started_at=at), *clock.runs[1:])) if clock.runs else clock


def restart_last(clock: Clock, at: datetime) -> Clock:
    """Let the present run count from that moment on; its warning and its escalations are due again."""
    last = replace(clock.runs[-1], started_at=at)
    return replace(clock, runs=(*clock.runs[:-1], last), warning_announced=False, escalations_announced=0)


def pause(clock: Clock, at: datetime) -> Clock:
    """Start waiting for the customer."""
    return clock if clock.stopped_at else replace(clock, ledger=pauses.start_pause(clock.ledger, at))


def resume(clock: Clock, at: datetime) -> Clock:
    """Stop waiting for the customer."""
    return replace(clock, ledger=pauses.end_pause(clock.ledger, at))


def record_pause(clock: Clock, since: datetime, until: datetime) -> Clock:
    """Record a pause afterwards: the deadline becomes what it would have been."""

    def record(clock: Clock) -> Clock:
        had_stopped = clock.stopped_at is not None and clock.stopped_at <= since
        return clock if had_stopped else replace(clock, ledger=pauses.add_pause(clock.ledger, Pause(since, until)))

    return map_clocks(clock, record)


def reach(clock: Clock, at: datetime) -> Clock:
    """Stop the clock because the milestone is reached; an open pause ends with it and counts as one."""
    if clock.stopped_at:
        return clock
    return replace(_stop(clock, at), reached_at=at, first_reached_at=clock.first_reached_at or at)


def cancel(clock: Clock, at: datetime) -> Clock:
    """Stop the clock because the milestone is no longer due; a breach until then remains."""
    return clock if clock.stopped_at else replace(_stop(clock, at), cancelled_at=at)


def reopen(clock: Clock, at: datetime, *, how: OnReopen) -> Clock:
    """Return the clock of the milestone after the complaint was reopened."""
    stopped_at = clock.stopped_at
    if stopped_at is None or not clock.runs:
        return replace(clock, cancelled_at=None)
    running = replace(clock, reached_at=None, cancelled_at=None)
    if how is OnReopen.CONTINUE:
        last = replace(clock.runs[-1], ended_at=None)
        closed = Pause(stopped_at, at, PauseReason.CLOSED)
        ledger = pauses.add_pause(clock.ledger, closed) if at > stopped_at else clock.ledger
        return replace(running, runs=(*clock.runs[:-1], last), ledger=ledger)
    unannounced = replace(running, warning_announced=False, escalations_announced=0)
    if how is OnReopen.RESET:
        return replace(unannounced, runs=(*clock.runs, Run(clock.terms, at)))
    return next_clock(unannounced, after=clock, runs=(Run(clock.terms, at),))


def next_clock(clock: Clock, *, after: Clock, runs: tuple[Run, ...] = ()) -> Clock:
    """Return the next clock of the milestone; the one before it retains its result."""
    before = (*after.earlier, replace(after, earlier=()))
    return replace(clock, runs=runs, breach_announced=False, earlier=before, cycle=after.cycle + 1)


def replan(clock: Clock, terms: Terms, *, since: datetime | None) -> Clock:
    """Apply other terms to the same facts, pauses included: from the start, or from `since` on."""
    if since is None:
        return map_clocks(clock, lambda clock: replace(clock, terms=terms, runs=_merge_replanned(clock.runs, terms)))
    if clock.stopped_at:
        return clock
    if not clock.runs:
        return replace(clock, terms=terms)
    before = replace(clock.runs[-1], ended_at=since)
    return replace(clock, terms=terms, runs=(*clock.runs[:-1], before, Run(terms, since, replanned=True)))


def with_terms(clock: Clock, terms: Terms) -> Clock:
    """Replace the terms by ones that measure alike, from another policy or version."""
    last = tuple(replace(run, terms=terms) for run in clock.runs[-1:])
    return replace(clock, terms=terms, runs=(*clock.runs[:-1], *last))


def map_clocks(clock: Clock, change: Callable[[Clock], Clock]) -> Clock:
    """Apply the change to the clock and to the earlier clocks of its milestone."""
    if not clock.earlier:
        return change(clock)
    return replace(change(clock), earlier=tuple(change(clock) for clock in clock.earlier))


def _merge_replanned(runs_before: tuple[Run, ...], terms: Terms) -> tuple[Run, ...]:
    """Merge the runs that earlier changes of terms had divided."""
    merged: list[Run] = []
    for run in runs_before:
        if run.replanned:
            merged[-1] = replace(merged[-1], ended_at=run.ended_at)
        else:
            merged.append(Run(terms, run.started_at, run.ended_at))
    return tuple(merged)


def _stop(clock: Clock, at: datetime) -> Clock:
    stopped = (*clock.runs[:-1], replace(clock.runs[-1], ended_at=at)) if clock.runs else ()
    return replace(clock, runs=stopped, ledger=pauses.end_pause(clock.ledger, at))
