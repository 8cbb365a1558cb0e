"""Door 1: what to do next for a customer, or for those of a class."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.http import DbSession, Now, Spoken, requires
from heed_common.paging import Page, PageQuery
from heed_scoring.actions import service
from heed_scoring.actions.rules import LoyaltyClass
from heed_scoring.actions.schemas import ActionOut

router = http.router(prefix="/v1")
READ: dict[str, Any] = {"dependencies": [requires("scores:read")]}


@router.get("/scores/{customer_id}/next-action", tags=["scores"], **READ)
async def read_next_action(customer_id: UUID, session: DbSession, now: Now, language: Spoken) -> ActionOut:
    """The next best action by class of loyalty and bond level, with the rule that chose it. 404 `no_score_then`."""
    return await service.next_action(session, customer_id=customer_id, language=language, today=now.date())


@router.get("/portfolio/next-actions", tags=["portfolio"], response_model=Page[ActionOut], **READ)
async def list_next_actions(
    session: DbSession,
    now: Now,
    language: Spoken,
    page: PageQuery,
    loyalty_class: Annotated[LoyaltyClass | None, Query(alias="class", description="Of loyalty.")] = None,
) -> dict[str, Any]:
    """The next best actions, where most value is at risk first."""
    items, cursor = await service.next_actions(
        session, loyalty_class=loyalty_class, page=page, language=language, today=now.date()
    )
    return {"items": items, "next_cursor": cursor}
