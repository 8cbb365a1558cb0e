"""HTTP API of the duplicate search."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.http import DbSession, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.grouping.duplicates import service
from heed_complaint.grouping.duplicates.schemas import DuplicateOut

router = http.router(prefix="/v1/complaints", tags=["groups"])

Days = Annotated[int, Query(ge=1, le=365, description="Maximum days between the receipts.")]


@router.get("/{complaint_id:uuid}/duplicates", dependencies=[requires("complaints:read")])
async def find_duplicates(
    complaint_id: UUID, session: DbSession, page: PageQuery, confidential: SeesConfidential, days: Days = 30
) -> Page[DuplicateOut]:
    """Return likely duplicates, the likeliest first, with the reasons; nothing is merged automatically."""
    (start,) = page.after(int) or (0,)
    found = await service.find_duplicates(session, complaint_id=complaint_id, days=days, confidential=confidential)
    end = start + page.limit
    items = page.show(found[max(start, 0) : end], DuplicateOut.from_domain)
    return Page(items=items, next_cursor=page.cursor_after(end) if end < len(found) else None)
