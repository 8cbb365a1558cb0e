"""HTTP API of assignments."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import CHANGE
from heed_complaint.workforce.assignment import service
from heed_complaint.workforce.assignment.schemas import (
    AssignIn,
    AssignmentResultOut,
    ComplaintAssignmentOut,
    ComplaintHandOverIn,
    HandOverResultOut,
)

READ, WRITE = requires("complaints:read"), requires("complaints:write")

Seq = Annotated[int, Field(ge=0, lt=2**63)]

router = http.router(prefix="/v1/complaints", tags=["desk"])


@router.post("/agents/{agent_id}/hand-over", dependencies=[WRITE])
async def reassign_all(
    agent_id: str, body: ComplaintHandOverIn, session: DbSession, caller: Caller, now: Now
) -> HandOverResultOut:
    """Reassign all open complaints of an agent. 404 `agent_not_found`, 422 `unknown_agent`."""
    result = await service.reassign_all(
        session,
        agent_id=agent_id,
        to=body.owner,
        note=body.note,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return HandOverResultOut.model_validate(result)


@router.post("/{complaint_id:uuid}/assign", dependencies=[WRITE])
async def assign_complaint(
    complaint_id: UUID,
    body: AssignIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> AssignmentResultOut:
    """Assign a complaint, with the reason. 409 `complaint_ended`, `agent_not_cleared`, 422 `unknown_agent`."""
    result = await service.assign(
        session, complaint_id=complaint_id, request=body.to_request(), by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(result.case.complaint.revision)
    return AssignmentResultOut.from_result(result)


@router.get("/{complaint_id:uuid}/assignments", dependencies=[READ])
async def list_assignments(complaint_id: UUID, session: DbSession, page: PageQuery) -> Page[ComplaintAssignmentOut]:
    """List the assignments of a complaint, the first one first."""
    (after,) = page.after(Seq) or (0,)
    found = await service.list_assignments(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda assignment: (assignment.seq,))
    return Page(items=page.show(shown, ComplaintAssignmentOut.from_row), next_cursor=next_cursor)
