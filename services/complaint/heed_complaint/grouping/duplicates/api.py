"""Door 1: which complaints might be the same."""

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

Days = Annotated[int, Query(ge=1, le=365, description="How far apart they may have been received.")]


@router.get("/{complaint_id}/duplicates", dependencies=[requires("complaints:read")])
async def find_duplicates(
    complaint_id: UUID, session: DbSession, page: PageQuery, confidential: SeesConfidential, days: Days = 30
) -> Page[DuplicateOut]:
    """The likeliest first, with the reasons; nothing is merged by itself."""
    (shown,) = page.after(int) or (0,)
    found = await service.find(session, complaint_id=complaint_id, days=days, confidential=confidential)
    until = shown + page.limit
    items = page.show(found[max(shown, 0) : until], DuplicateOut.of)
    return Page(items=items, next_cursor=page.cursor_after(until) if until < len(found) else None)
