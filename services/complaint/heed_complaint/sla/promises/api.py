"""HTTP API of promises."""

from uuid import UUID

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.sla.promises import service
from heed_complaint.sla.promises.schemas import ComplaintPromiseIn, ComplaintPromiseOut, RenegotiationIn

READ, WRITE = requires("complaints:read"), requires("complaints:write")

router = http.router(prefix="/v1/complaints/{complaint_id:uuid}/promises", tags=["promises"])


@router.get("", dependencies=[READ])
async def list_promises(complaint_id: UUID, session: DbSession, page: PageQuery) -> Page[ComplaintPromiseOut]:
    """List the promises on a complaint, the oldest first."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_promises(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda promise: (promise.id,))
    return Page(items=page.show(shown, ComplaintPromiseOut.of), next_cursor=next_cursor)


@router.post("", status_code=201, dependencies=[WRITE])
async def create_promise(
    complaint_id: UUID, body: ComplaintPromiseIn, session: DbSession, caller: Caller, now: Now
) -> ComplaintPromiseOut:
    """Create a promise to the customer. 409 `complaint_ended`, 422 `promised_for_the_past`."""
    promise = await service.create(
        session,
        complaint_id=complaint_id,
        kind=body.kind,
        description=body.what,
        promised_by=body.promised_by,
        by=caller.id,
        now=now,
    )
    return ComplaintPromiseOut.of(promise)


@router.post("/{promise_id}/keep", dependencies=[WRITE])
async def keep_promise(
    complaint_id: UUID, promise_id: UUID, session: DbSession, caller: Caller, now: Now
) -> ComplaintPromiseOut:
    """Mark a promise as kept. 409 `promise_is_broken`, `promise_not_open`."""
    promise = await service.mark_kept(session, complaint_id=complaint_id, promise_id=promise_id, by=caller.id, now=now)
    return ComplaintPromiseOut.of(promise)


@router.post("/{promise_id}/renegotiate", dependencies=[WRITE])
async def renegotiate_promise(
    complaint_id: UUID,
    promise_id: UUID,
    body: RenegotiationIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
) -> ComplaintPromiseOut:
    """Break a promise with notice in advance; return the promise that replaces it. 409 `promise_is_broken`."""
    promise = await service.renegotiate(
        session,
        complaint_id=complaint_id,
        promise_id=promise_id,
        apology=body.apology,
        promised_by=body.promised_by,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    return ComplaintPromiseOut.of(promise)
