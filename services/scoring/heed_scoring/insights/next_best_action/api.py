"""Door 1: what to do next for a customer, or for those of a class."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.http import DbSession, RequestLanguage, requires
from heed_common.paging import Page, PageQuery
from heed_scoring.insights.next_best_action import service
from heed_scoring.insights.next_best_action.rules import LoyaltyClass
from heed_scoring.insights.next_best_action.schemas import ActionOut
from heed_scoring.scores.api import set_survivor_location
from heed_scoring.scores.confidentiality.auth import MayReadConfidential
from heed_scoring.time_zone.http import Today

router = http.router(prefix="/v1")
READS_SCORES: dict[str, Any] = {"dependencies": [requires("scores:read")]}


@router.get("/scores/{customer_id}/next-action", tags=["scores"], **READS_SCORES)
async def get_next_action(
    customer_id: UUID,
    session: DbSession,
    today: Today,
    language: RequestLanguage,
    confidential: MayReadConfidential,
    response: Response,
) -> ActionOut:
    """The next best action by class of loyalty and bond level, with the rule that chose it. 404 `no_score_then`.

    Of a merged customer the survivor's, at `Content-Location`.
    """
    action = await service.get_next_action(
        session, customer_id=customer_id, confidential=confidential, language=language, today=today
    )
    set_survivor_location(response, action.customer_id, requested=customer_id, below="/next-action")
    return action


@router.get("/portfolio/next-actions", tags=["portfolio"], **READS_SCORES)
async def list_next_actions(
    session: DbSession,
    today: Today,
    language: RequestLanguage,
    page: PageQuery,
    confidential: MayReadConfidential,
    loyalty_class: Annotated[LoyaltyClass | None, Query(alias="class", description="Of loyalty.")] = None,
) -> Page[ActionOut]:
    """The next best actions, where most value is at risk first."""
    items, cursor = await service.list_next_actions(
        session,
        loyalty_class=loyalty_class,
        page=page,
        confidential=confidential,
        language=language,
        today=today,
    )
    return Page(items=items, next_cursor=cursor)
