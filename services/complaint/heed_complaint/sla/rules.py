"""When each milestone of a complaint is due and whether it came in time. Pure: no clock of its own, no tables.

A clock keeps facts (start, target, how long it stood, when it stopped); its state and its due date follow from them.
So a correction of a target or of a severity needs no bookkeeping: the facts are judged again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from heed_common.contracts.complaint import Milestone, Severity

FIRST_CONTACT = timedelta(hours=1)
FIRST_CONTACT_AFTER_DISPATCH = timedelta(minutes=30)
COMMITMENT = timedelta(hours=4)
RESOLUTION = {
    Severity.CRITICAL: timedelta(hours=24),
    Severity.MAJOR: timedelta(hours=48),
    Severity.MINOR: timedelta(days=5),
}
CALL_BACK = timedelta(days=3)


class ClockState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Clock:
    """One milestone's clock."""

    milestone: Milestone
    target: timedelta
    started_at: datetime | None = None
    stood: timedelta = timedelta()
    """How long it stood still, apart from the pause that lasts."""
    stood_since: datetime | None = None
    reached_at: datetime | None = None
    cancelled_at: datetime | None = None
    missed: bool = False

    @property
    def stopped_at(self) -> datetime | None:
        return self.reached_at or self.cancelled_at

    @property
    def deadline(self) -> datetime | None:
        """The last moment that is in time, as far as the pauses that are over tell."""
        return None if self.started_at is None else self.started_at + self.target + self.stood

    @property
    def due_at(self) -> datetime | None:
        """The deadline; while the clock stands there is none to name."""
        return None if self.stood_since else self.deadline

    @property
    def state(self) -> ClockState:
        if self.missed:
            return ClockState.MISSED
        if self.reached_at:
            return ClockState.MET
        if self.cancelled_at:
            return ClockState.CANCELLED
        if self.started_at is None:
            return ClockState.WAITING
        return ClockState.PAUSED if self.stood_since else ClockState.RUNNING

    def consumed(self, now: datetime) -> timedelta:
        """How much of the target is used up; more than the target once it is late."""
        if self.started_at is None:
            return timedelta()
        until = self.stopped_at or self.stood_since or now
        return max(until - self.started_at - self.stood, timedelta())


Clocks = Mapping[Milestone, Clock]


def clocks_of_a_new_complaint(
    severity: Severity, *, received_at: datetime, dispatch_received_at: datetime | None
) -> Clocks:
    """Contact, commitment and resolution count from the receipt; the call-back waits for the completion."""
    contact_from, contact_within = first_contact(received_at, dispatch_received_at)
    clocks = (
        Clock(Milestone.FIRST_CONTACT, contact_within, contact_from),
        Clock(Milestone.COMMITMENT, COMMITMENT, received_at),
        Clock(Milestone.RESOLUTION, RESOLUTION[severity], received_at),
        Clock(Milestone.CALL_BACK, CALL_BACK),
    )
    return {clock.milestone: clock for clock in clocks}


def first_contact(received_at: datetime, dispatch_received_at: datetime | None) -> tuple[datetime, timedelta]:
    """From when and how long: a complaint that a call centre dispatches is contacted sooner."""
    if dispatch_received_at is None:
        return received_at, FIRST_CONTACT
    return dispatch_received_at, FIRST_CONTACT_AFTER_DISPATCH


def judge(clocks: Clocks, *, now: datetime) -> Clocks:
    """Says of each clock whether its deadline has passed. A milestone reached at the very deadline is in time."""
    return {milestone: replace(clock, missed=_is_late(clock, now)) for milestone, clock in clocks.items()}


def _is_late(clock: Clock, now: datetime) -> bool:
    return clock.started_at is not None and clock.consumed(now) > clock.target


def contacted(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, _reach(clocks[Milestone.FIRST_CONTACT], at))


def committed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, _reach(clocks[Milestone.COMMITMENT], at))


def paused(clocks: Clocks, at: datetime) -> Clocks:
    """While we wait for the customer the time to resolve stands still; contact and commitment go on."""
    return _change(clocks, replace(clocks[Milestone.RESOLUTION], stood_since=at))


def resumed(clocks: Clocks, at: datetime) -> Clocks:
    clock = clocks[Milestone.RESOLUTION]
    if clock.stood_since is None:
        return clocks
    return _change(clocks, replace(clock, stood=clock.stood + (at - clock.stood_since), stood_since=None))


def completed(clocks: Clocks, at: datetime) -> Clocks:
    """Resolved: steps that were skipped are owed no more, and the call-back becomes due."""
    clocks = resumed(clocks, at)
    call_back = clocks[Milestone.CALL_BACK]
    return _change(
        clocks,
        _cancel(clocks[Milestone.FIRST_CONTACT], at),
        _cancel(clocks[Milestone.COMMITMENT], at),
        _reach(clocks[Milestone.RESOLUTION], at),
        call_back if call_back.started_at else replace(call_back, started_at=at),
    )


def called_back(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, _reach(clocks[Milestone.CALL_BACK], at))


def ended(clocks: Clocks, at: datetime) -> Clocks:
    """Declined, referred, withdrawn or closed: nothing more is owed."""
    clocks = resumed(clocks, at)
    return {milestone: _cancel(clock, at) for milestone, clock in clocks.items()}


def reopened(clocks: Clocks, at: datetime) -> Clocks:
    """The clocks go on where they stopped: the time the complaint rested does not count, the time used before does.

    A contact or a commitment that was given stays given. Each completion is followed by a call-back of its own,
    unless the last one was missed: what was late stays late, and is not announced a second time.
    """
    call_back = clocks[Milestone.CALL_BACK]
    contact, commitment = clocks[Milestone.FIRST_CONTACT], clocks[Milestone.COMMITMENT]
    return _change(
        clocks,
        contact if contact.reached_at else _go_on(contact, at),
        commitment if commitment.reached_at else _go_on(commitment, at),
        _go_on(clocks[Milestone.RESOLUTION], at),
        _cancel(call_back, at) if call_back.missed else Clock(Milestone.CALL_BACK, call_back.target),
    )


def replanned(
    clocks: Clocks, severity: Severity, *, received_at: datetime, dispatch_received_at: datetime | None
) -> Clocks:
    """Other targets for the same facts: pauses and what was already reached are kept."""
    start, within = first_contact(received_at, dispatch_received_at)
    return _change(
        clocks,
        replace(clocks[Milestone.FIRST_CONTACT], started_at=start, target=within),
        replace(clocks[Milestone.RESOLUTION], target=RESOLUTION[severity]),
    )


def breached(clocks: Clocks) -> tuple[Milestone, ...]:
    """The milestones that were missed, in the order of the flow."""
    return tuple(milestone for milestone in Milestone if clocks[milestone].missed)


def within_target(clocks: Clocks) -> bool | None:
    """Whether the resolution came in time; unknown until it came or its deadline passed."""
    resolution = clocks[Milestone.RESOLUTION]
    if resolution.missed:
        return False
    return True if resolution.reached_at else None


def _change(clocks: Clocks, *changed: Clock) -> Clocks:
    return {**clocks, **{clock.milestone: clock for clock in changed}}


def _reach(clock: Clock, at: datetime) -> Clock:
    return clock if clock.stopped_at else replace(clock, reached_at=at)


def _cancel(clock: Clock, at: datetime) -> Clock:
    return clock if clock.stopped_at else replace(clock, cancelled_at=at)


def _go_on(clock: Clock, at: datetime) -> Clock:
    stopped_at = clock.stopped_at
    if stopped_at is None:
        return clock
    return replace(clock, stood=clock.stood + (at - stopped_at), reached_at=None, cancelled_at=None)
