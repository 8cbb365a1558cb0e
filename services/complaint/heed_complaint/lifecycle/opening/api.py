"""HTTP API of complaints: open, read, correct, history."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from fastapi import Response

from heed_common import http, paging
from heed_common.batches import BatchOut
from heed_common.http import Caller, DbSession, Earliest, IfMatch, Now, SettingsDep, etag, requires, set_event_header
from heed_common.paging import Page, PageQuery
from heed_complaint.core.customers import service as customers
from heed_complaint.core.visibility_guard import forbid_replay_of_hidden
from heed_complaint.lifecycle.opening import batch, rules, service
from heed_complaint.lifecycle.opening.batch import BatchTerms
from heed_complaint.lifecycle.opening.schemas import ComplaintBatchIn, ComplaintIn, ComplaintPatch, HistoryEntryOut
from heed_complaint.sla import case as cases
from heed_complaint.sla.schemas import ComplaintOut
from heed_complaint.workforce.priority_queue.schemas import ComplaintListItemOut

READ, WRITE = requires("complaints:read"), requires("complaints:write")

router = http.router(prefix="/v1/complaints", tags=["complaints"])


@router.post("", status_code=201, responses=http.repeated(ComplaintOut), dependencies=[WRITE])
async def open_complaint(
    body: ComplaintIn,
    session: DbSession,
    caller: Caller,
    earliest: Earliest,
    now: Now,
    settings: SettingsDep,
    response: Response,
) -> ComplaintOut:
    """Open a complaint; its clocks start.

    404, 409 `external_id_conflict`, 422 `unknown_category`, `customer_unknown`.
    """
    new = body.as_new()
    if body.customer_external_id is not None:
        new = replace(new, customer_id=await customers.wait_for_named(session, external_id=body.customer_external_id))
    rules.check_earliest(body.model_dump(), earliest=earliest, now=now)
    case, is_new = await service.open_complaint(session, new=new, currency=settings.currency, by=caller.id, now=now)
    if not is_new:
        forbid_replay_of_hidden(caller, case.complaint)
        response.status_code = 200
        set_event_header(session, case.complaint.opening_event_id)
    response.headers["Location"] = f"/v1/complaints/{case.complaint.id}"
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)


@router.post(":batch", dependencies=[WRITE])
async def open_complaint_batch(
    body: ComplaintBatchIn, session: DbSession, caller: Caller, earliest: Earliest, now: Now, settings: SettingsDep
) -> BatchOut:
    """Takes up to 1000 complaints in, in one transaction. Each item has its own outcome, in the given order.

    413 `too_many_items`.
    """
    check_replay = partial(forbid_replay_of_hidden, caller)
    terms = BatchTerms(settings.currency, caller.id, earliest, now, check_replay)
    result = await batch.open_complaint_batch(session, items=body.items, terms=terms)
    if event_id := result.repeated_event_id():
        set_event_header(session, event_id)
    return result


@router.get("/{complaint_id:uuid}", dependencies=[READ])
async def read_complaint(complaint_id: UUID, session: DbSession, now: Now, response: Response) -> ComplaintListItemOut:
    """The complaint with its clocks, and what is expected to be saved by it. 404 `complaint_not_found`."""
    case = await cases.load(session, complaint_id=complaint_id)
    response.headers["ETag"] = etag(case.complaint.revision)
    outlook = await customers.load_forecast(session, complaint_id=complaint_id)
    return ComplaintListItemOut.from_case_and_forecast(case, outlook, now=now)


@router.patch("/{complaint_id:uuid}", dependencies=[WRITE])
async def amend_complaint(
    complaint_id: UUID,
    body: ComplaintPatch,
    session: DbSession,
    caller: Caller,
    earliest: Earliest,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> ComplaintOut:
    """Corrects what was recorded; deadlines follow, back to the receipt. 412, 428, 422 `unknown_category`."""
    rules.check_earliest(body.changes(), earliest=earliest, now=now)
    case = await service.update_complaint(
        session, complaint_id=complaint_id, changes=body.changes(), by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(case.complaint.revision)
    return ComplaintOut.from_case(case, now=now)


@router.get("/{complaint_id:uuid}/history", dependencies=[READ])
async def read_history(complaint_id: UUID, session: DbSession, page: PageQuery) -> Page[HistoryEntryOut]:
    """Who did what and when, the first thing first."""
    (after,) = page.after(int) or (0,)
    entries = await service.list_history(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(entries, page, key=lambda entry: (entry.seq,))
    return Page(items=page.show(shown, HistoryEntryOut.of), next_cursor=next_cursor)
