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
from heed_complaint.sla.service import events_of_change


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
    clocks, staged = events_of_change(
        session, ComplaintAmended, complaint, recorded, occurred_at=now, now=now, changed=("pauses",)
    )
    case = Case(complaint, clocks)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return case
