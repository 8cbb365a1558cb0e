"""Single POSTs of returns, committed in groups. Unusual requests go to `api.return_purchase`.

So does the second return of one purchase in a group, whose value depends on the first, and the second request with an
external_id.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.http.grouped_posts import GroupedPost, GroupedWrite, Outcome, group_posts, to_response
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_customer.commerce.returns import service
from heed_customer.commerce.returns.rules import NewReturn
from heed_customer.commerce.returns.schemas import ReturnIn, ReturnOut
from heed_customer.commerce.returns.tables import PurchaseReturn
from heed_customer.item_results import ItemOutcome

PATH = "/v1/purchases/{purchase_id}/returns"


def install(app: FastAPI, settings: ServiceSettings, resources: Resources) -> None:
    """Commit the single POSTs of returns in groups."""

    async def record(
        session: AsyncSession, writes: Sequence[GroupedWrite[NewReturn]], now: datetime
    ) -> Sequence[Outcome]:
        independent = _independent([write.content for write in writes])
        outcomes = await service.record_returns(
            session,
            returns=[replace(writes[index].content, origin=writes[index].origin) for index in independent],
            earliest=settings.earliest,
            now=now,
        )
        recorded = dict(zip(independent, map(_to_outcome, outcomes), strict=True))
        return [recorded.get(index) for index in range(len(writes))]

    post = GroupedPost(app, PATH, scope="purchases:write", resources=resources, parse=_parse, record=record)
    group_posts(app, post)


def _parse(document: object, purchase_id: UUID) -> NewReturn:
    return ReturnIn.model_validate(document).to_domain(purchase_id)


def _independent(returns: Sequence[NewReturn]) -> list[int]:
    """Return the positions of the first return of each purchase and external_id."""
    seen: set[UUID | str] = set()
    independent = []
    for index, new in enumerate(returns):
        keys: set[UUID | str] = {new.purchase_id, new.external_id}
        if seen.isdisjoint(keys):
            independent.append(index)
        seen |= keys
    return independent


def _to_outcome(outcome: ItemOutcome[PurchaseReturn]) -> Outcome:
    if isinstance(outcome, HeedError):
        return outcome
    recorded, created = outcome
    return to_response(ReturnOut.model_validate(recorded), created=created, event_id=recorded.event_id)
