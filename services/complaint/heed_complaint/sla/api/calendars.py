"""Door 1: the working hours that deadlines are counted by."""

from typing import Annotated

from fastapi import Path, Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.sla.replanning import dry_run as previews
from heed_complaint.sla.replanning.schemas import PreviewOut
from heed_complaint.sla.terms.calendars import service
from heed_complaint.sla.terms.calendars.schemas import NAME, CalendarIn, CalendarOut

router = http.router(prefix="/v1/sla/calendars", tags=["sla"])
READ, WRITE = requires("settings:read"), requires("settings:write")

NameInPath = Annotated[str, Path(pattern=NAME)]
DryRun = Annotated[bool, Query(description="Changes nothing and answers whose deadlines would move.")]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An earlier one, as a deadline refers to it.")]


@router.get("", dependencies=[READ])
async def list_calendars(session: DbSession, page: PageQuery) -> Page[CalendarOut]:
    """Each as it counts now, by name."""
    (after,) = page.after(str) or ("",)
    rows, next_cursor = paginate(
        await service.list_calendars(session, after=after, limit=page.fetch_limit), page, key=lambda row: (row.name,)
    )
    return Page(items=page.show(rows, CalendarOut.of), next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def read_calendar(
    name: NameInPath, session: DbSession, response: Response, version: Version = None
) -> CalendarOut:
    """As it counts now, or in one of its versions, which never change. 404 `calendar_not_found`."""
    row = await service.get(session, name=name, version=version)
    response.headers["ETag"] = etag(row.version)
    return CalendarOut.of(row)


@router.put("/{name}", responses=http.created(CalendarOut), dependencies=[WRITE])
async def write_calendar(
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
) -> CalendarOut | PreviewOut:
    """A new version, by which open complaints are planned anew. 409 `calendar_fixed`, 412, 422 `calendar_invalid`, 428.

    With `dry_run` nothing is changed: the answer names the deadlines of open complaints that would move.
    """
    document = body.as_document()
    if dry_run:
        book = await service.candidate(session, name=name, document=document, if_match=if_match, now=now)
        return await previews.preview(session, book, page=page, confidential=sees, now=now)
    row, is_new = await service.write(session, name=name, document=document, by=caller.id, if_match=if_match, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(row.version)
    return CalendarOut.of(row)
