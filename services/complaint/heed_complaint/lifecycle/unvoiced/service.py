"""An unvoiced grievance is counted and not handled: nothing is owed on it, until somebody complains after all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening.errors import KindIsSettled
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.service import plan_clocks, replan_clocks


def voiced(complaint: Complaint, changed: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """What else changes where the kind does: a grievance that is voiced is received now, and nothing is owed before."""
    is_voiced = changed.get("kind", complaint.kind) != CaseKind.UNVOICED_GRIEVANCE
    if is_voiced == complaint.is_voiced:
        return {}
    if complaint.ended_at is not None or complaint.state != ComplaintStatus.RECEIVED:
        raise KindIsSettled(pointer="/kind")
    if not is_voiced:
        return {}
    dispatched_before = complaint.dispatch_received_at is not None and "dispatch_received_at" not in changed
    return {"received_at": now, **({"dispatch_received_at": None} if dispatched_before else {})}


async def replan(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, was_voiced: bool, now: datetime
) -> Clocks:
    """The clocks after a correction: from the start where it has just been voiced, none where nobody has said it."""
    if complaint.is_voiced and not was_voiced:
        return await plan_clocks(session, complaint)
    replanned = await replan_clocks(session, complaint, clocks, now=now)
    return replanned if complaint.is_voiced else sla.ended(replanned, now)
