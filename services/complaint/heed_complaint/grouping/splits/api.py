"""HTTP API of splits."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_complaint.grouping.splits import service
from heed_complaint.grouping.splits.schemas import SplitIn
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints", tags=["groups"])


@router.post("/{complaint_id:uuid}/split", status_code=201, dependencies=[requires("complaints:write")])
async def split_complaint(
    complaint_id: UUID,
    body: SplitIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """Split off a part and return the new complaint; its clocks count from the same receipt.

    409 `complaint_ended`, 412.
    """
    case = await service.split(
        session,
        complaint_id=complaint_id,
        part=body.changes(),
        note=body.note,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.headers["Location"] = f"/v1/complaints/{case.complaint.id}"
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)
