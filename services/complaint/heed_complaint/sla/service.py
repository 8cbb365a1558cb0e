"""Late is late: what was missed is told once, by whoever notices it first."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import Milestone, SLABreached, SLABreachWithdrawn
from heed_common.outbox import Staged
from heed_complaint.complaints import repository as complaints
from heed_complaint.complaints.events import tell
from heed_complaint.sla import repository, rules
from heed_complaint.sla.rules import Clock, Clocks
from heed_complaint.tables import Complaint

BATCH = 100


async def ring_overdue(session: AsyncSession, *, now: datetime) -> int:
    """Tells of every milestone whose deadline has passed. Answers how many complaints were looked at."""
    overdue = await repository.lock_overdue_complaints(session, now=now, limit=BATCH)
    if not overdue:
        return 0
    # Read after the locks are held: a move may have ended the milestone since it was found overdue.
    found = await repository.lock_clocks_of(session, [complaint.id for complaint in overdue])
    judged = {complaint_id: rules.judge(clocks, now=now) for complaint_id, clocks in found.items()}
    staged = [
        event
        for complaint in overdue
        for event in tell_changes(session, complaint, found[complaint.id], judged[complaint.id], now=now)
    ]
    await repository.save_clocks(session, judged)
    await outbox.stage_all(session, staged, now=now)
    return len(overdue)


def tell_changes(
    session: AsyncSession, complaint: Complaint, before: Clocks, after: Clocks, *, now: datetime
) -> list[Staged]:
    """The breaches that are new and those that have fallen away, each noted in the history too."""
    events: list[Staged] = []
    for milestone in Milestone:
        was, clock = before[milestone], after[milestone]
        if was.missed == clock.missed:
            continue
        complaints.note(
            session,
            complaint.id,
            at=now,
            by=None,
            action="breach" if clock.missed else "withdraw_breach",
            before={"milestone": milestone, "state": was.state},
            after={"milestone": milestone, "state": clock.state},
        )
        events.append(_breach(complaint, after, clock, now=now))
    return events


def _breach(complaint: Complaint, clocks: Clocks, clock: Clock, *, now: datetime) -> Staged:
    if not clock.missed:
        facts = {"milestone": clock.milestone, "due_at": clock.due_at}
        return tell(SLABreachWithdrawn, complaint, clocks, occurred_at=now, **facts)
    # It happened at the deadline, however late it is noticed.
    moment = clock.deadline or now
    return tell(SLABreached, complaint, clocks, occurred_at=moment, milestone=clock.milestone, due_at=moment)
