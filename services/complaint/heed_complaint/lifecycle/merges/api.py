"""HTTP API of merges."""

from uuid import UUID

from fastapi import Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import SeesConfidential, refuse_hidden
from heed_complaint.lifecycle.merges import service
from heed_complaint.lifecycle.merges.schemas import ComplaintMergeIn, ComplaintUnmergeIn
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints", tags=["groups"])
READ, WRITE = requires("complaints:read"), requires("complaints:write")


@router.post("/{complaint_id:uuid}/merge", dependencies=[WRITE])
async def merge_complaints(
    complaint_id: UUID,
    body: ComplaintMergeIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """Merge a duplicate into this complaint and return the survivor.

    409 `already_merged`, `merge_cycle`, `complaint_is_merged`, `complaint_ended`, `different_customers`,
    `less_confidential`, `survivor_is_unvoiced`; 412 where If-Match is stale.
    """
    await refuse_hidden(session, caller, [body.duplicate_id])
    case = await service.merge(
        session,
        survivor_id=complaint_id,
        duplicate_id=body.duplicate_id,
        confirmed=body.confirm_other_customer,
        note=body.note,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)


@router.post("/{complaint_id:uuid}/unmerge", dependencies=[WRITE])
async def unmerge_complaints(
    complaint_id: UUID,
    body: ComplaintUnmergeIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """Undo exactly this merge and return the complaint that had survived. 409 `not_merged`."""
    await refuse_hidden(session, caller, [body.duplicate_id])
    case = await service.unmerge(
        session,
        survivor_id=complaint_id,
        duplicate_id=body.duplicate_id,
        note=body.note,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)


@router.get("/{complaint_id:uuid}/merged", dependencies=[READ])
async def list_merged_complaints(
    complaint_id: UUID, session: DbSession, page: PageQuery, confidential: SeesConfidential, now: Now
) -> Page[ComplaintOut]:
    """What was merged into it, each as it came in: texts and attachments are read here."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_duplicates(
        session, complaint_id=complaint_id, confidential=confidential, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda case: (case.complaint.id,))
    return Page(items=page.show(shown, lambda case: ComplaintOut.from_case(case, now=now)), next_cursor=next_cursor)
