"""HTTP API of transitions."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_complaint.lifecycle.transitions import service
from heed_complaint.lifecycle.transitions.schemas import AnyMove
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints", tags=["complaints"])


@router.post("/{complaint_id:uuid}/transitions", dependencies=[requires("complaints:write")])
async def move_complaint(
    complaint_id: UUID,
    body: AnyMove,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """Takes the complaint a step on. 409 `move_not_allowed` with the allowed ones, 412 where If-Match is stale."""
    case = await service.transition(
        session,
        complaint_id=complaint_id,
        step=body.root.as_move(),
        by=caller.id,
        if_match=if_match,
        now=now,
        answers_customer=True,
    )
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)
