"""Door 1: who takes charge of a complaint, and every hand-over."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import CHANGE
from heed_complaint.workforce.assignment import service
from heed_complaint.workforce.assignment.schemas import AssignIn, AssignmentOut, GivenOut, HandedOverOut, HandOverIn

READ, WRITE = requires("complaints:read"), requires("complaints:write")

Seq = Annotated[int, Field(ge=0, lt=2**63)]

router = http.router(prefix="/v1/complaints", tags=["desk"])


@router.post("/agents/{agent_id}/hand-over", dependencies=[WRITE])
async def hand_over_everything(
    agent_id: str, body: HandOverIn, session: DbSession, caller: Caller, now: Now
) -> HandedOverOut:
    """All open complaints of an agent find others. 404 `agent_not_found`, 422 `unknown_agent`."""
    done = await service.hand_over_everything(
        session,
        agent_id=agent_id,
        to=body.owner,
        note=body.note,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return HandedOverOut.model_validate(done)


@router.post("/{complaint_id:uuid}/assign", dependencies=[WRITE])
async def assign_complaint(
    complaint_id: UUID,
    body: AssignIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> GivenOut:
    """Gives it to somebody, with the reason. 409 `complaint_ended`, `agent_not_cleared`, 422 `unknown_agent`."""
    given = await service.assign(
        session, complaint_id=complaint_id, order=body.as_order(), by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(given.case.complaint.revision)
    return GivenOut.of_given(given)


@router.get("/{complaint_id:uuid}/assignments", dependencies=[READ])
async def list_assignments(complaint_id: UUID, session: DbSession, page: PageQuery) -> Page[AssignmentOut]:
    """Who was given it when and why, the first one first."""
    (after,) = page.after(Seq) or (0,)
    found = await service.assignments(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda assignment: (assignment.seq,))
    return Page(items=page.show(shown, AssignmentOut.of), next_cursor=next_cursor)
