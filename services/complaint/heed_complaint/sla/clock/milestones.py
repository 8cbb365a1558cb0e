"""Clocks of a complaint through its lifecycle, one for each milestone. Pure: no clock of its own, no tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from heed_common.contracts.complaint import MESSAGE_MILESTONES, Milestone
from heed_complaint.sla.clock import alerts, clock
from heed_complaint.sla.clock.clock import Clock, ClockState
from heed_complaint.sla.clock.plan import OnReopen, Plan, Terms
from heed_complaint.sla.clock.run import Run

Clocks = Mapping[Milestone, Clock]

ALWAYS_PRESENT = tuple(milestone for milestone in Milestone if milestone not in MESSAGE_MILESTONES)
STOPPED_BY_WAITING = (Milestone.PROGRESS, Milestone.RESOLUTION)
"""Waiting for the customer pauses progress and resolution; contact, commitment and call-back go on."""
SKIPPED_BY_COMPLETION = (
    *(Milestone.ACKNOWLEDGEMENT, Milestone.FIRST_CONTACT, Milestone.COMMITMENT),
    Milestone.PROGRESS,
)


def opened(
    plan: Plan,
    *,
    received_at: datetime,
    dispatch_received_at: datetime | None,
    by_message: Collection[Milestone] = (),
) -> Clocks:
    """Start the clocks at the receipt; the call-back waits for the completion.

    Those of `by_message` exist because messages can be sent to the customer.
    """
    starts = {
        Milestone.FIRST_CONTACT: contact_start(received_at, dispatch_received_at),
        Milestone.COMMITMENT: received_at,
        Milestone.RESOLUTION: received_at,
        **dict.fromkeys(by_message, received_at),
    }
    clocks = {milestone: Clock(milestone, terms_of(plan, milestone)) for milestone in (*ALWAYS_PRESENT, *by_message)}
    return {**clocks, **{milestone: clock.start(clocks[milestone], at) for milestone, at in starts.items()}}


def cancelled_from_start(plan: Plan, *, at: datetime) -> Clocks:
    """Return the clocks of an unreported grievance: none ever runs."""
    return {milestone: Clock(milestone, terms_of(plan, milestone), cancelled_at=at) for milestone in ALWAYS_PRESENT}


def terms_of(plan: Plan, milestone: Milestone) -> Terms:
    """Return the terms of the milestone, with the plan's escalation chain unless they have their own."""
    terms = plan.terms[milestone]
    return terms if terms.escalation or not plan.escalation else replace(terms, escalation=plan.escalation)


def contact_start(received_at: datetime, dispatch_received_at: datetime | None) -> datetime:
    """Return the start of the first contact: for a dispatched complaint the receipt of the call centre's order."""
    return received_at if dispatch_received_at is None else dispatch_received_at


def acknowledged(clocks: Clocks, at: datetime) -> Clocks:
    """Reach the acknowledgement: the message that confirms the receipt was sent."""
    return _change(clocks, *(clock.reach(each, at) for each in _present(clocks, [Milestone.ACKNOWLEDGEMENT])))


def unreachable(clocks: Clocks, at: datetime) -> Clocks:
    """Cancel what only a message can reach: the customer has no address, or does not want messages."""
    return _change(clocks, *(clock.cancel(each, at) for each in _present(clocks, MESSAGE_MILESTONES)))


def contacted(clocks: Clocks, at: datetime) -> Clocks:
    return informed(_change(clocks, clock.reach(clocks[Milestone.FIRST_CONTACT], at)), at)


def committed(clocks: Clocks, at: datetime) -> Clocks:
    return informed(_change(clocks, clock.reach(clocks[Milestone.COMMITMENT], at)), at)


def informed(clocks: Clocks, at: datetime) -> Clocks:
    """Count the time without news from now on: the customer has just heard from us."""
    progress = clocks.get(Milestone.PROGRESS)
    if progress is None or progress.stopped_at:
        return clocks
    if progress.breached_at(at) is not None:
        return progress_reported(clocks, at)
    return _change(clocks, clock.restart_last(progress, at))


def progress_reported(clocks: Clocks, at: datetime) -> Clocks:
    """Reach the progress milestone, and start its next clock: the customer is informed again after as much time."""
    progress = clocks.get(Milestone.PROGRESS)
    if progress is None or progress.stopped_at:
        return clocks
    return _change(clocks, _next_progress(progress, after=clock.reach(progress, at), at=at))


def paused(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(clock.pause(each, at) for each in _present(clocks, STOPPED_BY_WAITING)))


def resumed(clocks: Clocks, at: datetime) -> Clocks:
    return _change(clocks, *(clock.resume(each, at) for each in _present(clocks, STOPPED_BY_WAITING)))


def pause_recorded(clocks: Clocks, since: datetime, until: datetime) -> Clocks:
    """Record afterwards that we waited for the customer."""
    return _change(clocks, *(clock.record_pause(each, since, until) for each in _present(clocks, STOPPED_BY_WAITING)))


def completed(clocks: Clocks, at: datetime) -> Clocks:
    """Reach the resolution, cancel the skipped milestones and start the call-back."""
    return _change(
        clocks,
        *(clock.cancel(each, at) for each in _present(clocks, SKIPPED_BY_COMPLETION)),
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
    progress = (
        _next_progress(each, after=clock.cancel(each, at), at=at) for each in _present(clocks, [Milestone.PROGRESS])
    )
    return _change(clocks, *first, *progress, resolution, _next_call_back(clocks[Milestone.CALL_BACK], at, how))


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
        present.milestone
        for present in _present(clocks, Milestone)
        if any(each.breach_announced for each in with_previous(present))
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
    return [each for present in _present(clocks, Milestone) for each in with_previous(present)]


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


def _next_progress(progress: Clock, *, after: Clock, at: datetime) -> Clock:
    """Return the next clock without news. A pause that is open stops it, too."""
    fresh = Clock(progress.milestone, progress.terms, ledger=progress.ledger)
    return clock.next_clock(fresh, after=after, runs=(Run(progress.terms, at),))


def _present(clocks: Clocks, milestones: Iterable[Milestone]) -> list[Clock]:
    """Return the clocks of these milestones that the complaint has, in the order given."""
    return [clocks[milestone] for milestone in milestones if milestone in clocks]


def _change(clocks: Clocks, *changed: Clock) -> Clocks:
    return {**clocks, **{after.milestone: after for after in changed}}
