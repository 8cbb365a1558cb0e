"""Clocks of a complaint through its lifecycle, one for each milestone. Pure: no clock of its own, no tables."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import alerts, clock
from heed_complaint.sla.clock.clock import Clock, ClockState
from heed_complaint.sla.clock.plan import OnReopen, Plan, Terms

Clocks = Mapping[Milestone, Clock]

STOPPED_BY_WAITING = frozenset({Milestone.RESOLUTION})
"""Waiting for the customer pauses the resolution; contact, commitment and call-back go on."""


def opened(plan: Plan, *, received_at: datetime, dispatch_received_at: datetime | None) -> Clocks:
    """Start contact, commitment and resolution at the receipt; the call-back waits for the completion."""
    starts = {
        Milestone.FIRST_CONTACT: contact_start(received_at, dispatch_received_at),
        Milestone.COMMITMENT: received_at,
        Milestone.RESOLUTION: received_at,
    }
    clocks = {milestone: Clock(milestone, terms_of(plan, milestone)) for milestone in Milestone}
    return {**clocks, **{milestone: clock.start(clocks[milestone], at) for milestone, at in starts.items()}}


def cancelled_from_start(plan: Plan, *, at: datetime) -> Clocks:
    """Return the clocks of an unreported grievance: none ever runs."""
    return {milestone: Clock(milestone, terms_of(plan, milestone), cancelled_at=at) for milestone in Milestone}


def terms_of(plan: Plan, milestone: Milestone) -> Terms:
    """Return the terms of the milestone, with the plan's escalation chain unless they have their own."""
    terms = plan.terms[milestone]
    return terms if terms.escalation or not plan.escalation else replace(terms, escalation=plan.escalation)


def contact_start(received_at: datetime, dispatch_received_at: datetime | None) -> datetime:
    """Return the start of the first contact: for a dispatched complaint the receipt of the call centre's order."""
    return received_at if dispatch_received_at is None else dispatch_received_at


def contacted(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, clock.reach(clocks[Milestone.FIRST_CONTACT], at))


def committed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, clock.reach(clocks[Milestone.COMMITMENT], at))


def paused(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(clock.pause(clocks[milestone], at) for milestone in STOPPED_BY_WAITING))


def resumed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(clock.resume(clocks[milestone], at) for milestone in STOPPED_BY_WAITING))


def pause_recorded(clocks: Clocks, since: datetime, until: datetime) -> Clocks:
    """Record afterwards that we waited for the customer."""
    return _change(clocks, *(clock.record_pause(clocks[milestone], since, until) for milestone in STOPPED_BY_WAITING))


def completed(clocks: Clocks, at: datetime) -> Clocks:
    """Reach the resolution, cancel the skipped milestones and start the call-back."""
    return _change(
        clocks,
        clock.cancel(clocks[Milestone.FIRST_CONTACT], at),
        clock.cancel(clocks[Milestone.COMMITMENT], at),
        clock.reach(clocks[Milestone.RESOLUTION], at),
        clock.start(clocks[Milestone.CALL_BACK], at),
    )


def called_back(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, clock.reach(clocks[Milestone.CALL_BACK], at))


def ended(clocks: Clocks, at: datetime) -> Clocks:
    """Cancel all pending milestones: the complaint was declined, referred, withdrawn or closed."""
    return {milestone: clock.cancel(ending, at) for milestone, ending in clocks.items()}


def reopened(clocks: Clocks, at: datetime, *, how: OnReopen) -> Clocks:
    """Reopen the milestones that were not reached, by the policy.

    Each completion is followed by a call-back of its own. One that was missed remains so and is not due again, unless
    the policy starts new clocks.
    """
    first = (
        pending if pending.reached_at else clock.reopen(pending, at, how=how)
        for pending in (clocks[Milestone.FIRST_CONTACT], clocks[Milestone.COMMITMENT])
    )
    resolution = clock.reopen(clocks[Milestone.RESOLUTION], at, how=how)
    return _change(clocks, *first, resolution, _next_call_back(clocks[Milestone.CALL_BACK], at, how))


def replanned(clocks: Clocks, plan: Plan, *, since: datetime | None) -> Clocks:
    """Apply other terms to the same facts. Terms that measure alike change nothing but the policy's name."""
    return {milestone: _replanned(before, terms_of(plan, milestone), since) for milestone, before in clocks.items()}


def evaluate(clocks: Clocks, *, now: datetime) -> Clocks:
    """Return the clocks with all alerts recorded that are due now."""
    return {milestone: alerts.due_alerts(before, now=now)[0] for milestone, before in clocks.items()}


def suppress_past_warnings(clocks: Clocks, *, now: datetime) -> Clocks:
    """Suppress warnings of clocks that have just been set to deadlines in the past: they would come too late."""
    return {milestone: alerts.suppress_past_warning(before, now=now) for milestone, before in clocks.items()}


def contact_restarted(clocks: Clocks, at: datetime) -> Clocks:
    """Correct the start of the first contact: the call centre's order came at another moment than recorded."""
    return _change(clocks, clock.restart(clocks[Milestone.FIRST_CONTACT], at))


def breached(clocks: Clocks) -> tuple[Milestone, ...]:
    """Return the milestones whose breach was announced, in the order of the flow."""
    return tuple(
        milestone for milestone in Milestone if any(each.breach_announced for each in with_previous(clocks[milestone]))
    )


def within_target(clocks: Clocks) -> bool | None:
    """Return whether the resolution was in time; None until it is reached or its deadline passes."""
    resolution = clocks[Milestone.RESOLUTION]
    if resolution.breach_announced:
        return False
    return True if resolution.reached_at else None


def with_previous(present: Clock) -> tuple[Clock, ...]:
    """Return all clocks of a milestone, the present one last."""
    return (*present.earlier, present)


def in_flow_order(clocks: Clocks) -> list[Clock]:
    """Return all clocks by milestone, in the order of the flow."""
    return [each for milestone in Milestone for each in with_previous(clocks[milestone])]


def _replanned(before: Clock, terms: Terms, since: datetime | None) -> Clock:
    if before.terms != terms:
        return clock.replan(before, terms, since=since)
    if before.terms.policy == terms.policy or before.stopped_at:
        return before
    return clock.with_terms(before, terms)


def _next_call_back(before: Clock, at: datetime, how: OnReopen) -> Clock:
    if not before.runs:
        return replace(before, cancelled_at=None)
    fresh = Clock(before.milestone, before.terms)
    if how is OnReopen.NEW:
        return clock.next_clock(fresh, after=clock.cancel(before, at))
    return (
        clock.cancel(before, at)
        if before.state(at) is ClockState.MISSED
        else replace(fresh, earlier=before.earlier, cycle=before.cycle)
    )


def _change(clocks: Clocks, *changed: Clock) -> Clocks:
    return {**clocks, **{after.milestone: after for after in changed}}
