"""Use case of backdated pauses."""

from datetime import datetime
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAmended, Milestone
from heed_common.revisions import check_if_match
from heed_complaint.core import repository
from heed_complaint.lifecycle.backdated_pauses import rules
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.event_factory import build_event
from heed_complaint.sla.service import alerts_after_replan


async def record_pause(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    since: datetime,
    until: datetime,
    reason: str,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Case:
    """Record the pause, move the deadline, and withdraw a breach that it explains."""
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    check_if_match(if_match, complaint.revision)
    resolution = case.clocks[Milestone.RESOLUTION]
    rules.check_pause(resolution, since=since, until=until, received_at=complaint.received_at, now=now)
    recorded = sla.pause_recorded(case.clocks, since, until)
    complaint.revision += 1
    amended = build_event(
        ComplaintAmended, complaint, sla.evaluate(recorded, now=now), occurred_at=now, changed=("pauses",)
    )
    repository.append_history(
        session,
        complaint_id,
        at=now,
        by=by,
        action="record_pause",
        before={},
        after=to_jsonable_python({"since": since, "until": until}),
        reason=reason,
    )
    clocks, due = alerts_after_replan(session, complaint, recorded, now=now)
    case = Case(complaint, clocks)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [amended, *due], now=now)
    return case
