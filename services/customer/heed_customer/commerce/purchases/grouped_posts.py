"""Single POSTs of purchases, committed in groups. Unusual requests go to `api.record_purchase`."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import FastAPI
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.http.grouped_posts import GroupedPost, GroupedWrite, Outcome, group_posts
from heed_common.idempotency import StoredResponse
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_customer.commerce.purchases import service
from heed_customer.commerce.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.commerce.purchases.schemas import PurchaseOut, parse_purchase

PATH = "/v1/purchases"
OUT = TypeAdapter(PurchaseOut)


def install(app: FastAPI, settings: ServiceSettings, resources: Resources) -> None:
    """Commit the single POSTs of purchases in groups."""

    async def record(
        session: AsyncSession, writes: Sequence[GroupedWrite[NewPurchase]], now: datetime
    ) -> Sequence[Outcome]:
        outcomes = await service.record_purchases(
            session,
            purchases=[write.content._replace(traceparent=write.traceparent) for write in writes],
            default_margin=settings.default_margin,
            earliest=settings.earliest,
            now=now,
        )
        return [outcome if isinstance(outcome, HeedError) else _to_response(*outcome) for outcome in outcomes]

    post = GroupedPost(app, PATH, scope="purchases:write", resources=resources, parse=parse_purchase, record=record)
    group_posts(app, post)


def _to_response(purchase: RecordedPurchase, created: bool) -> StoredResponse:  # noqa: FBT001 fields of `Upserted`
    headers = {
        "content-type": "application/json",
        "location": f"{PATH}/{purchase.id}",
        "heed-event": str(purchase.event_id),
    }
    body = OUT.dump_json(OUT.validate_python(purchase, from_attributes=True))
    return StoredResponse(201 if created else 200, headers, body)
