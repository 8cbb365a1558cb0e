"""Door 1: why each deadline is where it is."""

from uuid import UUID

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_complaint.complaints import service
from heed_complaint.sla.rules import in_flow_order, judged
from heed_complaint.sla.schemas import ClockOut

router = http.router(prefix="/v1/complaints", tags=["sla"])


@router.get("/{complaint_id}/sla", dependencies=[requires("complaints:read")])
async def explain_deadlines(complaint_id: UUID, session: DbSession, now: Now) -> list[ClockOut]:
    """The facts that each deadline follows from."""
    case = await service.get(session, complaint_id=complaint_id)
    return [ClockOut.of(clock, now=now) for clock in in_flow_order(judged(case.clocks, now=now))]
