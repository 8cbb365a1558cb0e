"""Use cases of deadlines: plan them, and fire each due alert exactly once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import (
    ComplaintEvent,
    Milestone,
    SLABreached,
    SLABreachWithdrawn,
    SLAEscalated,
    SLAWarned,
)
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.sla import case as cases
from heed_complaint.sla import repository
from heed_complaint.sla.case import build_event
from heed_complaint.sla.clock import alerts, milestones
from heed_complaint.sla.clock.alerts import Alert, AlertKind
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import OnReopen, Plan
from heed_complaint.sla.clock.working_time import BeyondHorizon
from heed_complaint.sla.errors import BeyondCalendar
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.revisions import repository as revisions

BATCH_SIZE = 100

EVENTS = {
    AlertKind.WARNING: SLAWarned,
    AlertKind.BREACH: SLABreached,
    AlertKind.BREACH_WITHDRAWN: SLABreachWithdrawn,
    AlertKind.ESCALATION: SLAEscalated,
}


async def plan_for(session: AsyncSession, complaint: Complaint) -> Plan:
    """Return the plan of the complaint by the current terms, and mark it as planned by them."""
    terms = await resolver.current_terms(session)
    plans = await resolver.plans_for(session, [complaint], terms=terms)
    await revisions.mark_planned(session, [complaint.id], revision=terms.revision)
    return plans[complaint.id]


async def plans_of(session: AsyncSession, complaints: Sequence[Complaint]) -> dict[UUID, Plan]:
    """Return the plans of many complaints by the current terms."""
    return await resolver.plans_for(session, complaints, terms=await resolver.current_terms(session))


async def mark_planned(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Mark the complaints as planned by the terms that the same transaction has planned them by."""
    if complaint_ids:
        terms = await resolver.current_terms(session)
        await revisions.mark_planned(session, complaint_ids, revision=terms.revision)


def new_clocks(complaint: Complaint, plan: Plan, *, by_message: Collection[Milestone] = ()) -> Clocks:
    """Return the clocks of a complaint from its receipt on, those of `by_message` among them.

    Those of an unreported grievance never run.
    """
    if not complaint.is_voiced:
        return milestones.cancelled_from_start(plan, at=complaint.received_at)
    return milestones.opened(
        plan,
        received_at=complaint.received_at,
        dispatch_received_at=complaint.dispatch_received_at,
        by_message=by_message,
    )


def replanned_clocks(complaint: Complaint, plan: Plan, clocks: Clocks, *, now: datetime) -> Clocks:
    """Return the clocks of a corrected complaint, replanned from the start or from now on as its policy requires."""
    start = milestones.contact_start(complaint.received_at, complaint.dispatch_received_at)
    return milestones.replanned(
        milestones.contact_restarted(clocks, start), plan, since=None if plan.retroactive else now
    )


async def reopen_policy(session: AsyncSession, complaint: Complaint) -> OnReopen:
    """Return what happens to the clocks of a reopened complaint, and mark it for replanning."""
    await revisions.mark_planned(session, [complaint.id], revision=revisions.NEVER)
    plans = await resolver.plans_for(session, [complaint], terms=await resolver.current_terms(session))
    return plans[complaint.id].on_reopen


async def fire_due_alerts(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Fire one batch of due alerts and return the number of complaints in it."""

    async def fire(complaints: Sequence[Complaint]) -> None:
        # Loaded under the locks: a transition may have changed the clocks since they were found due.
        clocks = await repository.load_clocks(session, [complaint.id for complaint in complaints], lock=True)
        await fire_alerts(session, complaints, clocks, now=now)

    due = await repository.lock_due_complaints(session, now=now, limit=BATCH_SIZE)
    await isolate(session, repository.JOB, due, fire, key=attrgetter("id"), now=now)
    return len(due)


async def fire_alerts(
    session: AsyncSession, complaints: Sequence[Complaint], clocks: Mapping[UUID, Clocks], *, now: datetime
) -> None:
    """Fire all due alerts of these complaints and save their clocks. The caller holds their locks."""
    staged: list[StagedEvent] = []
    after: dict[UUID, Clocks] = {}
    for complaint in complaints:
        after[complaint.id], events = alerts_for(session, complaint, clocks[complaint.id], now=now)
        staged += events
    await cases.save_clocks(session, after, now=now)
    await outbox.stage_all(session, staged, now=now)


def alerts_for(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime
) -> tuple[Clocks, list[StagedEvent]]:
    """Record the due alerts of one complaint in its clocks and history, and return their events.

    The caller holds its lock.
    """
    after, due = alerts.all_due_alerts(clocks, now=now)
    return after, [_alert_event(session, complaint, after, alert, now=now) for alert in due]


def events_of_change(
    session: AsyncSession,
    kind: Callable[..., ComplaintEvent],
    complaint: Complaint,
    clocks: Clocks,
    *,
    occurred_at: datetime,
    now: datetime,
    **more: object,
) -> tuple[Clocks, list[StagedEvent]]:
    """Return the event of a change that set or moved deadlines, followed by those of the alerts that are due by now.

    All of them name the breaches of now. No warning is sent for a deadline that is already past.
    """
    after, due = alerts.all_due_alerts(milestones.suppress_past_warnings(clocks, now=now), now=now)
    event = build_event(kind, complaint, after, occurred_at=occurred_at, **more)
    return after, [event, *(_alert_event(session, complaint, after, alert, now=now) for alert in due)]


@contextmanager
def calendar_years_required(*, pointer: str) -> Iterator[None]:
    """Raise `BeyondCalendar` if a moment in the request lies in years whose days no calendar knows."""
    try:
        yield
    except BeyondHorizon as error:
        raise BeyondCalendar(str(error), pointer=pointer) from error


def _alert_event(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, alert: Alert, *, now: datetime
) -> StagedEvent:
    clock = alert.clock
    fields: dict[str, object] = {"milestone": clock.milestone}
    if alert.kind is AlertKind.ESCALATION:
        complaint.escalation_level = max(complaint.escalation_level, alert.step)
        fields |= {"step": alert.step, "to": alerts.recipient(alert)}
    before, after = alerts.history_values(alert, now=now)
    complaints.append_history(session, complaint.id, at=now, by=None, action=alert.kind, before=before, after=after)
    # The alert occurred at its own moment, however late the scheduler is.
    return build_event(EVENTS[alert.kind], complaint, clocks, occurred_at=alert.at, **fields, **_due_at(alert))


def _due_at(alert: Alert) -> dict[str, datetime | None]:
    match alert.kind:
        case AlertKind.BREACH:
            return {"due_at": alert.at}
        case AlertKind.WARNING | AlertKind.BREACH_WITHDRAWN:
            return {"due_at": alert.clock.due_at}
        case _:
            return {}
