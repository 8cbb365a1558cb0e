"""What befalls the clocks of a complaint as it moves on. Pure: no clock of its own, no tables."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import alerts
from heed_complaint.sla.clock import clock as one
from heed_complaint.sla.clock.clock import Clock, ClockState
from heed_complaint.sla.clock.plan import OnReopen, Plan, Terms

Clocks = Mapping[Milestone, Clock]

STOPPED_BY_WAITING = frozenset({Milestone.RESOLUTION})
"""While we wait for the customer the time to resolve stands still; contact, commitment and call-back go on."""


def opened(plan: Plan, *, received_at: datetime, dispatch_received_at: datetime | None) -> Clocks:
    """Contact, commitment and resolution count from the receipt; the call-back waits for the completion."""
    starts = {
        Milestone.FIRST_CONTACT: contact_from(received_at, dispatch_received_at),
        Milestone.COMMITMENT: received_at,
        Milestone.RESOLUTION: received_at,
    }
    clocks = {milestone: Clock(milestone, terms_of(plan, milestone)) for milestone in Milestone}
    return {**clocks, **{milestone: one.start(clocks[milestone], at) for milestone, at in starts.items()}}


def owed_nothing(plan: Plan, *, at: datetime) -> Clocks:
    """Of what nobody said to us: no clock ever runs."""
    return {milestone: Clock(milestone, terms_of(plan, milestone), cancelled_at=at) for milestone in Milestone}


def terms_of(plan: Plan, milestone: Milestone) -> Terms:
    terms = plan.terms[milestone]
    return terms if terms.escalation or not plan.escalation else replace(terms, escalation=plan.escalation)


def contact_from(received_at: datetime, dispatch_received_at: datetime | None) -> datetime:
    """A complaint that a call centre dispatches is to be contacted once the order has come."""
    return received_at if dispatch_received_at is None else dispatch_received_at


def contacted(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, one.reach(clocks[Milestone.FIRST_CONTACT], at))


def committed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, one.reach(clocks[Milestone.COMMITMENT], at))


def paused(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(one.pause(clocks[milestone], at) for milestone in STOPPED_BY_WAITING))


def resumed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(one.resume(clocks[milestone], at) for milestone in STOPPED_BY_WAITING))


def pause_noted(clocks: Clocks, since: datetime, until: datetime) -> Clocks:
    """It turns out that we had waited for the customer."""
    return _change(clocks, *(one.note_pause(clocks[milestone], since, until) for milestone in STOPPED_BY_WAITING))


def completed(clocks: Clocks, at: datetime) -> Clocks:
    """Resolved: steps that were skipped are owed no more, and the call-back becomes due."""
    return _change(
        clocks,
        one.cancel(clocks[Milestone.FIRST_CONTACT], at),
        one.cancel(clocks[Milestone.COMMITMENT], at),
        one.reach(clocks[Milestone.RESOLUTION], at),
        one.start(clocks[Milestone.CALL_BACK], at),
    )


def called_back(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, one.reach(clocks[Milestone.CALL_BACK], at))


def ended(clocks: Clocks, at: datetime) -> Clocks:
    """Declined, referred, withdrawn or closed: nothing more is owed."""
    return {milestone: one.cancel(clock, at) for milestone, clock in clocks.items()}


def reopened(clocks: Clocks, at: datetime, *, how: OnReopen) -> Clocks:
    """What was given stays given; what was not is owed again, as the policy wants it.

    Each completion is followed by a call-back of its own. One that was missed stays so and is not owed again, unless
    the policy starts other clocks.
    """
    owed = (
        clock if clock.reached_at else one.reopen(clock, at, how=how)
        for clock in (clocks[Milestone.FIRST_CONTACT], clocks[Milestone.COMMITMENT])
    )
    resolution = one.reopen(clocks[Milestone.RESOLUTION], at, how=how)
    return _change(clocks, *owed, resolution, _next_call_back(clocks[Milestone.CALL_BACK], at, how))


def replanned(clocks: Clocks, plan: Plan, *, since: datetime | None) -> Clocks:
    """Other terms for the same facts; pauses and what was reached are kept. Terms that measure alike change nothing."""
    return {milestone: _replanned(clock, terms_of(plan, milestone), since) for milestone, clock in clocks.items()}


def judged(clocks: Clocks, *, now: datetime) -> Clocks:
    """The clocks as they stand, whatever has been told of them."""
    return {milestone: alerts.ring(clock, now=now)[0] for milestone, clock in clocks.items()}


def overlooked(clocks: Clocks, *, now: datetime) -> Clocks:
    """Clocks that have just been set; of deadlines in the past nobody can be warned any more."""
    return {milestone: alerts.overlook(clock, now=now) for milestone, clock in clocks.items()}


def contact_restarted(clocks: Clocks, at: datetime) -> Clocks:
    """The order of the call centre came at another moment than was thought."""
    return _change(clocks, one.restart(clocks[Milestone.FIRST_CONTACT], at))


def breached(clocks: Clocks) -> tuple[Milestone, ...]:
    """The milestones that are known to be missed, in the order of the flow."""
    return tuple(milestone for milestone in Milestone if any(clock.missed for clock in all_of(clocks[milestone])))


def within_target(clocks: Clocks) -> bool | None:
    """Whether the resolution came in time; unknown until it came or its deadline passed."""
    resolution = clocks[Milestone.RESOLUTION]
    if resolution.missed:
        return False
    return True if resolution.reached_at else None


def all_of(clock: Clock) -> tuple[Clock, ...]:
    """The clocks of a milestone, the present one last."""
    return (*clock.earlier, clock)


def in_flow_order(clocks: Clocks) -> list[Clock]:
    return [clock for milestone in Milestone for clock in all_of(clocks[milestone])]


def _replanned(clock: Clock, terms: Terms, since: datetime | None) -> Clock:
    if clock.terms != terms:
        return one.replan(clock, terms, since=since)
    if clock.terms.policy == terms.policy or clock.stopped_at:
        return clock
    return one.renamed(clock, terms)


def _next_call_back(clock: Clock, at: datetime, how: OnReopen) -> Clock:
    if not clock.runs:
        return replace(clock, cancelled_at=None)
    fresh = Clock(clock.milestone, clock.terms)
    if how is OnReopen.NEW:
        return one.another(fresh, after=one.cancel(clock, at))
    return (
        one.cancel(clock, at)
        if clock.state(at) is ClockState.MISSED
        else replace(fresh, earlier=clock.earlier, number=clock.number)
    )


def _change(clocks: Clocks, *changed: Clock) -> Clocks:
    return {**clocks, **{clock.milestone: clock for clock in changed}}
