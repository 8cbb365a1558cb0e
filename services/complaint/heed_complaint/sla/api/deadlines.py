"""Door 1: why each deadline is where it is."""

from uuid import UUID

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_complaint.sla import case as cases
from heed_complaint.sla.explanations import ExplanationOut

router = http.router(prefix="/v1/complaints", tags=["sla"])


@router.get("/{complaint_id:uuid}/sla", dependencies=[requires("complaints:read")])
async def explain_deadlines(complaint_id: UUID, session: DbSession, now: Now) -> ExplanationOut:
    """What was counted until each deadline: the intervals of work, without pauses and holidays."""
    case = await cases.load(session, complaint_id=complaint_id)
    return ExplanationOut.of(case.clocks, now=now)
