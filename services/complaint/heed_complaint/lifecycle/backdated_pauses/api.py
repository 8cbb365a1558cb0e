"""HTTP API of backdated pauses."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_complaint.lifecycle.backdated_pauses import service
from heed_complaint.lifecycle.backdated_pauses.schemas import PauseIn
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints", tags=["sla"])


@router.post("/{complaint_id:uuid}/pauses", status_code=201, dependencies=[requires("complaints:write")])
async def record_pause(
    complaint_id: UUID,
    body: PauseIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """The customer was waited for: the deadline moves. 409 `pause_overlaps`, 422 `out_of_order`, `in_the_future`."""
    case = await service.record_pause(
        session, complaint_id=complaint_id, **body.model_dump(), by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)
