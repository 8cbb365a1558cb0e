"""HTTP API of the service catalogue."""

from typing import Annotated

from fastapi import Path, Response

from heed_common import http, paging
from heed_common.http import DbSession, IfMatch, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.reference.service_catalogue import service
from heed_complaint.reference.service_catalogue.schemas import EntryIn, EntryOut

Category = Annotated[str, Path(min_length=1, max_length=200)]

router = http.router(prefix="/v1/complaints/catalogue", tags=["desk"])


@router.get("", dependencies=[requires("complaints:read")])
async def list_catalogue(session: DbSession, page: PageQuery) -> Page[EntryOut]:
    """Return the handling profile of each category, and the severity that it suggests."""
    (after,) = page.after(str) or ("",)
    found = await service.list_entries(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda entry: (entry.category,))
    return Page(items=page.show(shown, EntryOut.from_domain), next_cursor=next_cursor)


@router.get("/{category}", dependencies=[requires("complaints:read")])
async def get_catalogue_entry(category: Category, session: DbSession, response: Response) -> EntryOut:
    """Return the entry of the category, or else of its first level. 404 `not_in_catalogue`."""
    entry = await service.get_entry(session, category=category)
    if entry.category == category:
        response.headers["ETag"] = etag(entry.revision)
    return EntryOut.from_domain(entry)


@router.put("/{category}", responses=http.created(EntryOut), dependencies=[requires("settings:write")])
async def put_catalogue_entry(
    category: Category, body: EntryIn, session: DbSession, if_match: IfMatch, response: Response
) -> EntryOut:
    """Create an entry (201) or replace it (If-Match). 412, 422 `unknown_category`, 428."""
    entry, created = await service.put_entry(session, category=category, values=body.model_dump(), if_match=if_match)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(entry.revision)
    return EntryOut.from_domain(entry)
