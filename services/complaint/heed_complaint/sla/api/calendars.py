"""HTTP API of calendars: the working hours by which deadlines are counted."""

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.sla.api.parameters import DryRun, NameInPath, Version
from heed_complaint.sla.replanning import dry_run as dry_runs
from heed_complaint.sla.replanning.schemas import ReplanningPreviewOut
from heed_complaint.sla.terms.calendars import service
from heed_complaint.sla.terms.calendars.schemas import CalendarIn, CalendarOut

router = http.router(prefix="/v1/sla/calendars", tags=["sla"])
READ, WRITE = requires("settings:read"), requires("settings:write")


@router.get("", dependencies=[READ])
async def list_calendars(session: DbSession, page: PageQuery) -> Page[CalendarOut]:
    """List the newest version of each calendar, by name."""
    (after,) = page.after(str) or ("",)
    rows, next_cursor = paginate(
        await service.list_calendars(session, after=after, limit=page.fetch_limit), page, key=lambda row: (row.name,)
    )
    return Page(items=page.show(rows, CalendarOut.from_row), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_calendar(
    name: NameInPath, session: DbSession, response: Response, version: Version = None
) -> CalendarOut:
    """Get a calendar in its newest or in an earlier version; versions never change. 404 `calendar_not_found`."""
    row = await service.get(session, name=name, version=version)
    response.headers["ETag"] = etag(row.version)
    return CalendarOut.from_row(row)


@router.put("/{name}", responses=http.created(CalendarOut), dependencies=[WRITE])
async def put_calendar(
    name: NameInPath,
    body: CalendarIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    page: PageQuery,
    sees: SeesConfidential,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> CalendarOut | ReplanningPreviewOut:
    """Create a version and replan open complaints. 409 `calendar_fixed`, 412, 422 `calendar_invalid`, 428.

    With `dry_run` nothing is changed: the response names the deadlines of open complaints that would move.
    """
    document = body.to_document()
    if dry_run:
        terms = await service.dry_run_terms(session, name=name, document=document, if_match=if_match, now=now)
        return await dry_runs.preview(session, terms, page=page, confidential=sees, now=now)
    row, created = await service.put(session, name=name, document=document, by=caller.id, if_match=if_match, now=now)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(row.version)
    return CalendarOut.from_row(row)
