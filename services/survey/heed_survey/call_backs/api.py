"""Door 1: whom to call back, and who is to be left in peace."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from heed_common import http, paging
from heed_common.http import Caller, DbSession, get_settings, requires
from heed_common.paging import Page, PageQuery
from heed_survey.call_backs import service
from heed_survey.call_backs.rules import CallBackState
from heed_survey.call_backs.schemas import CallBackOut, RecipientOut
from heed_survey.settings import Settings

READ = requires("surveys:read")
SEE_CONFIDENTIAL = "complaints:confidential:read"

router = http.router(prefix="/v1/surveys", tags=["call-backs"])


@router.get("/call-backs", dependencies=[READ])
async def list_call_backs(
    session: DbSession,
    settings: Annotated[Settings, Depends(get_settings)],
    caller: Caller,
    page: PageQuery,
    state: Annotated[CallBackState, Query()] = CallBackState.DUE,
) -> Page[CallBackOut]:
    """Whom to call back, those that have waited longest first; about confidential complaints for those who may know."""
    after = page.after(datetime, UUID)
    found = await service.list_call_backs(
        session,
        state=state,
        confidential=caller.may(SEE_CONFIDENTIAL),
        after=after and (after[0], after[1]),
        limit=page.fetch_limit,
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda known: (known.completed_at, known.id))
    items = page.show(shown, lambda known: CallBackOut.of(known, delay=settings.call_back_delay))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/recipients/{customer_id}", dependencies=[READ])
async def read_recipient(customer_id: UUID, session: DbSession, caller: Caller) -> RecipientOut:
    """Whether the customer may be sent a survey now. Complaints that are not for the caller's eyes are not named."""
    found = (await service.complaints_in_the_way(session, [customer_id])).get(customer_id, [])
    sees = caller.may(SEE_CONFIDENTIAL)
    named = [each.complaint_id for each in found if sees or not each.confidential]
    return RecipientOut(customer_id=customer_id, may_be_asked=not found, open_complaints=named)
