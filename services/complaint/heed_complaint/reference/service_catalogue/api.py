"""Door 1: the service catalogue."""

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
    """What the handling of each category is like, and the severity that this suggests."""
    (after,) = page.after(str) or ("",)
    found = await service.entries(session, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda entry: (entry.category,))
    return Page(items=page.show(shown, EntryOut.of), next_cursor=next_cursor)


@router.get("/{category}", dependencies=[requires("complaints:read")])
async def read_catalogue_entry(category: Category, session: DbSession, response: Response) -> EntryOut:
    """Of the category, or else of its first level. 404 `not_in_catalogue`."""
    entry = await service.get(session, category=category)
    if entry.category == category:
        response.headers["ETag"] = etag(entry.revision)
    return EntryOut.of(entry)


@router.put("/{category}", responses=http.created(EntryOut), dependencies=[requires("settings:write")])
async def put_catalogue_entry(
    category: Category, body: EntryIn, session: DbSession, if_match: IfMatch, response: Response
) -> EntryOut:
    """412, 428, 422 `unknown_category`."""
    entry, is_new = await service.put(session, category=category, written=body.model_dump(), if_match=if_match)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(entry.revision)
    return EntryOut.of(entry)
