"""Late is late: what fell due is told once, by whoever notices it first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import SLABreached, SLABreachWithdrawn, SLAEscalated, SLAWarned
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.sla import repository, store
from heed_complaint.sla.clock import alerts, milestones
from heed_complaint.sla.clock.alerts import Alarm, News
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import OnReopen, Plan
from heed_complaint.sla.event_factory import build_event
from heed_complaint.sla.terms.resolver import plans_for
from heed_complaint.sla.terms.revisions import repository as changes

BATCH = 100

EVENTS = {
    Alarm.WARNING: SLAWarned,
    Alarm.BREACH: SLABreached,
    Alarm.BREACH_WITHDRAWN: SLABreachWithdrawn,
    Alarm.ESCALATION: SLAEscalated,
}


async def plan_clocks(session: AsyncSession, complaint: Complaint) -> Clocks:
    """The clocks of a new complaint, by the terms that hold for it."""
    plan = await _plan(session, complaint)
    if not complaint.is_voiced:
        return milestones.owed_nothing(plan, at=complaint.received_at)
    return milestones.opened(
        plan, received_at=complaint.received_at, dispatch_received_at=complaint.dispatch_received_at
    )


async def replan_clocks(session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime) -> Clocks:
    """The clocks by the terms that hold for what is now known, from the start or from now on as the policy wants it."""
    plan = await _plan(session, complaint)
    start = milestones.contact_from(complaint.received_at, complaint.dispatch_received_at)
    return milestones.replanned(
        milestones.contact_restarted(clocks, start), plan, since=None if plan.retroactive else now
    )


async def _plan(session: AsyncSession, complaint: Complaint) -> Plan:
    plan = (await plans_for(session, [complaint]))[complaint.id]
    await changes.mark_planned(session, [complaint.id], revision=plan.revision)
    return plan


async def on_reopen(session: AsyncSession, complaint: Complaint) -> OnReopen:
    """What becomes of the clocks as the complaint comes back; whatever changed meanwhile is looked at then."""
    await changes.mark_planned(session, [complaint.id], revision=changes.TO_DO)
    return (await plans_for(session, [complaint]))[complaint.id].on_reopen


async def ring_due(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Tells of everything whose moment has come. Answers how many complaints were looked at."""

    async def fire_alerts(complaints: Sequence[Complaint]) -> None:
        # Read under the locks: a transition may have changed the clocks since they were found due.
        found = await store.lock(session, [complaint.id for complaint in complaints])
        await ring_all(session, complaints, found, now=now)

    due = await repository.lock_due_complaints(session, now=now, limit=BATCH)
    await isolate(session, repository.JOB, due, fire_alerts, key=attrgetter("id"), now=now)
    return len(due)


async def ring_all(
    session: AsyncSession, due: Sequence[Complaint], found: Mapping[UUID, Clocks], *, now: datetime
) -> None:
    """Tells of everything that is due on these complaints, and keeps their clocks. The caller holds their locks."""
    staged: list[StagedEvent] = []
    rung: dict[UUID, Clocks] = {}
    for complaint in due:
        rung[complaint.id], events = ring(session, complaint, found[complaint.id], now=now)
        staged += events
    await session.flush()
    await store.save(session, rung, now=now)
    await outbox.stage_all(session, staged, now=now)


def ring(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime
) -> tuple[Clocks, list[StagedEvent]]:
    """Tells of what is due on one complaint, and notes it in the history. The caller holds its lock."""
    rung = {milestone: alerts.ring(clock, now=now) for milestone, clock in clocks.items()}
    after = {milestone: clock for milestone, (clock, _) in rung.items()}
    news = sorted((item for _, its_news in rung.values() for item in its_news), key=lambda item: item.at)
    return after, [_told(session, complaint, after, item, now=now) for item in news]


def ring_anew(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime
) -> tuple[Clocks, list[StagedEvent]]:
    """The same after the deadlines were set anew: of one that lies in the past by now nobody is warned."""
    return ring(session, complaint, milestones.overlooked(clocks, now=now), now=now)


def _told(session: AsyncSession, complaint: Complaint, clocks: Clocks, news: News, *, now: datetime) -> StagedEvent:
    clock = news.clock
    facts: dict[str, object] = {"milestone": clock.milestone}
    if news.alarm is Alarm.ESCALATION:
        complaint.escalation = max(complaint.escalation, news.step)
        facts |= {"step": news.step, "to": clock.terms.escalation[news.step - 1].to}
    complaints.append_history(
        session,
        complaint.id,
        at=now,
        by=None,
        action=news.alarm,
        before={"milestone": clock.milestone},
        after=facts | {"state": clock.state(now)},
    )
    # It happened at its own moment, however late it is noticed.
    return build_event(EVENTS[news.alarm], complaint, clocks, occurred_at=news.at, **facts, **_due(news))


def _due(news: News) -> dict[str, datetime | None]:
    match news.alarm:
        case Alarm.BREACH:
            return {"due_at": news.at}
        case Alarm.WARNING | Alarm.BREACH_WITHDRAWN:
            return {"due_at": news.clock.due_at}
        case _:
            return {}
