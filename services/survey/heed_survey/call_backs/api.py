"""HTTP API of call-backs and recipients."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from heed_common import http, paging
from heed_common.http import Caller, DbSession, get_settings, requires
from heed_common.paging import Page, PageQuery
from heed_survey.call_backs import service
from heed_survey.call_backs.rules import CONFIDENTIAL_SCOPE, CallBackState
from heed_survey.call_backs.schemas import CallBackOut, RecipientOut
from heed_survey.settings import Settings

READ = requires("surveys:read")

router = http.router(prefix="/v1/surveys", tags=["call-backs"])


@router.get("/call-backs", dependencies=[READ])
async def list_call_backs(
    session: DbSession,
    settings: Annotated[Settings, Depends(get_settings)],
    caller: Caller,
    page: PageQuery,
    state: Annotated[CallBackState, Query()] = CallBackState.DUE,
) -> Page[CallBackOut]:
    """List call-backs, the earliest completion first. Confidential complaints need the scope to read them."""
    after = page.after(datetime, UUID)
    call_backs = await service.list_call_backs(
        session,
        state=state,
        confidential=caller.may(CONFIDENTIAL_SCOPE),
        after=after and (after[0], after[1]),
        limit=page.fetch_limit,
    )
    shown, next_cursor = paging.paginate(call_backs, page, key=lambda call_back: (call_back.completed_at, call_back.id))
    delay = settings.call_back_delay
    items = page.show(shown, lambda call_back: CallBackOut.from_domain(call_back, delay=delay))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/recipients/{customer_id}", dependencies=[READ])
async def get_recipient(customer_id: UUID, session: DbSession, caller: Caller) -> RecipientOut:
    """Return whether the customer may be sent a survey now. Confidential complaints need the scope to read them."""
    blocking = (await service.blocking_complaints(session, [customer_id])).get(customer_id, [])
    sees_confidential = caller.may(CONFIDENTIAL_SCOPE)
    shown = [complaint.complaint_id for complaint in blocking if sees_confidential or not complaint.confidential]
    return RecipientOut(customer_id=customer_id, may_be_asked=not blocking, open_complaints=shown)
