"""Single POSTs of purchases, committed in groups. Unusual requests go to `api.record_purchase`."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.http.grouped_posts import GroupedPost, GroupedWrite, Outcome, group_posts, to_response
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_customer.commerce.purchases import service
from heed_customer.commerce.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.commerce.purchases.schemas import PurchaseOut, parse_purchase
from heed_customer.item_results import ItemOutcome

PATH = "/v1/purchases"


def install(app: FastAPI, settings: ServiceSettings, resources: Resources) -> None:
    """Commit the single POSTs of purchases in groups."""

    async def record(
        session: AsyncSession, writes: Sequence[GroupedWrite[NewPurchase]], now: datetime
    ) -> Sequence[Outcome]:
        outcomes = await service.record_purchases(
            session,
            purchases=[write.content._replace(origin=write.origin) for write in writes],
            default_margin=settings.default_margin,
            earliest=settings.earliest,
            now=now,
        )
        return [_to_outcome(outcome) for outcome in outcomes]

    post = GroupedPost(app, PATH, scope="purchases:write", resources=resources, parse=parse_purchase, record=record)
    group_posts(app, post)


def _to_outcome(outcome: ItemOutcome[RecordedPurchase]) -> Outcome:
    if isinstance(outcome, HeedError):
        return outcome
    purchase, created = outcome
    body, location = PurchaseOut.model_validate(purchase), f"{PATH}/{purchase.id}"
    return to_response(body, created=created, event_id=purchase.event_id, location=location)
