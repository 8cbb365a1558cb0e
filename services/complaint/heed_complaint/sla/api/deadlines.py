"""HTTP API of the explanation of deadlines."""

from uuid import UUID

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_complaint.sla import case as cases
from heed_complaint.sla.schemas import ExplanationOut

router = http.router(prefix="/v1/complaints", tags=["sla"])


@router.get("/{complaint_id:uuid}/sla", dependencies=[requires("complaints:read")])
async def explain_deadlines(complaint_id: UUID, session: DbSession, now: Now) -> ExplanationOut:
    """Explain each deadline: the working intervals that were counted, without pauses and holidays."""
    case = await cases.load(session, complaint_id=complaint_id)
    return ExplanationOut.from_clocks(case.clocks, now=now)
