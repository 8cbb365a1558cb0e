"""Door 1: recording purchases, one by one and in batches."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Earliest, Now, SettingsDep, requires
from heed_customer.item_results import only
from heed_customer.purchases import batch, service
from heed_customer.purchases.rules import RecordedPurchase
from heed_customer.purchases.schemas import BatchIn, BatchOut, PurchaseIn, PurchaseOut

router = http.router(prefix="/v1/purchases", tags=["purchases"])
READ, WRITE = [requires("purchases:read")], [requires("purchases:write")]


@router.post("", status_code=201, response_model=PurchaseOut, responses=http.repeated(PurchaseOut), dependencies=WRITE)
async def record_purchase(
    body: PurchaseIn, session: DbSession, settings: SettingsDep, earliest: Earliest, now: Now, response: Response
) -> RecordedPurchase:
    """A customer bought something. 422 `customer_unknown`; a repeated external_id 200 or 409 `external_id_conflict`."""
    outcomes = await service.record_purchases(
        session, purchases=[body.told()], default_margin=settings.default_margin, earliest=earliest, now=now
    )
    stored = only(outcomes)
    response.headers["Location"] = f"/v1/purchases/{stored.thing.id}"
    if not stored.is_new:
        response.status_code = 200
        http.set_event_header(session, stored.thing.event_id)
    return stored.thing


@router.post(":batch", response_model=BatchOut, dependencies=WRITE)
async def record_batch(
    body: BatchIn, session: DbSession, settings: SettingsDep, earliest: Earliest, now: Now
) -> BatchOut:
    """Up to 1000 purchases in one transaction; each item has its own outcome, in the order given."""
    answer = await batch.record_items(
        session, items=body.items, default_margin=settings.default_margin, earliest=earliest, now=now
    )
    known = [item.event_id for item in answer.items if item.event_id is not None]
    if known and all(item.status != 201 for item in answer.items):
        http.set_event_header(session, known[-1])
    return answer


@router.get("/{purchase_id}", response_model=PurchaseOut, dependencies=READ)
async def read_purchase(purchase_id: UUID, session: DbSession) -> RecordedPurchase:
    """The purchase as it was recorded. 404 `purchase_not_found`."""
    return await service.read_purchase(session, purchase_id=purchase_id)
