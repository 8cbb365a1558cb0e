"""HTTP API of messages."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.lifecycle.messages import service
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.messages.schemas import MessageIn, MessageOut
from heed_complaint.lifecycle.messages.service import create_agent_message

router = http.router(prefix="/v1/complaints", tags=["messages"])


@router.post("/{complaint_id:uuid}/messages", status_code=201, dependencies=[requires("complaints:write")])
async def create_message(
    complaint_id: UUID, body: MessageIn, session: DbSession, caller: Caller, now: Now, if_match: IfMatch
) -> MessageOut:
    """Create an internal note, or a message to the customer. 404 `complaint_not_found`.

    A message to the customer is sent by the message policy, if the customer can be reached, and is shown on the private
    page. With the complaint's ETag in If-Match, 412 if the customer wrote since then.
    """
    message = await create_agent_message(
        session,
        complaint_id=complaint_id,
        visibility=body.visibility,
        text=body.text,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    return MessageOut.from_domain(await service.get_message(session, message))


@router.get("/{complaint_id:uuid}/messages", dependencies=[requires("complaints:read")])
async def list_messages(
    complaint_id: UUID,
    session: DbSession,
    page: PageQuery,
    visibility: Annotated[Visibility | None, Query()] = None,
) -> Page[MessageOut]:
    """List the messages, the oldest first; all of them, or those of one visibility."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_messages(
        session, complaint_id=complaint_id, visibility=visibility, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda row: (row.message.id,))
    return Page(items=page.show(shown, MessageOut.from_domain), next_cursor=next_cursor)
