"""HTTP API of purchases."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.batches import BatchOut
from heed_common.contracts.customer import PurchaseKind
from heed_common.fields import ExternalId
from heed_common.http import DbSession, Earliest, Now, SettingsDep, requires
from heed_common.http.filters import AnyOf, CustomerIds, ExternalIds, Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commerce.purchases import batch, service
from heed_customer.commerce.purchases.rules import PurchaseFilter, RecordedPurchase
from heed_customer.commerce.purchases.schemas import BatchIn, PurchaseIn, PurchaseOut
from heed_customer.item_results import single
from heed_customer.records.customers import service as customers

router = http.router(prefix="/v1/purchases", tags=["purchases"])
READ, WRITE = [requires("purchases:read")], [requires("purchases:write")]


@router.post("", status_code=201, response_model=PurchaseOut, responses=http.repeated(PurchaseOut), dependencies=WRITE)
async def record_purchase(
    body: PurchaseIn, session: DbSession, settings: SettingsDep, earliest: Earliest, now: Now, response: Response
) -> RecordedPurchase:
    """Record a purchase. 422 `customer_unknown`; for an existing external_id 200 or 409 `external_id_conflict`."""
    outcomes = await service.record_purchases(
        session, purchases=[body.to_domain()], default_margin=settings.default_margin, earliest=earliest, now=now
    )
    purchase, created = single(outcomes)
    response.headers["Location"] = f"/v1/purchases/{purchase.id}"
    if not created:
        response.status_code = 200
        http.set_event_header(session, purchase.event_id)
    return purchase


@router.post(":batch", response_model=BatchOut, dependencies=WRITE)
async def record_purchase_batch(
    body: BatchIn, session: DbSession, settings: SettingsDep, earliest: Earliest, now: Now
) -> BatchOut:
    """Record up to 1000 purchases in one transaction. Each item has its own outcome, in the given order."""
    result = await batch.record_purchase_batch(
        session, items=body.items, default_margin=settings.default_margin, earliest=earliest, now=now
    )
    if event_id := result.repeated_event_id():
        http.set_event_header(session, event_id)
    return result


@router.get("", dependencies=READ)
async def list_purchases(
    session: DbSession,
    page: PageQuery,
    times: Times,
    customer_ids: CustomerIds = (),
    external_ids: ExternalIds = (),
    kind: AnyOf[PurchaseKind] = (),
    service_point_id: AnyOf[ExternalId] = (),
) -> Page[PurchaseOut]:
    """List purchases, the latest recorded first; with `from` or `to`, which mean `occurred_at`, the latest one first.

    404 `customer_not_found`.
    """
    family = await customers.get_families(session, customer_ids=customer_ids)
    filters = PurchaseFilter(family, external_ids, kind, service_point_id, times)
    after = page.after(*times.key_types)
    rows = await service.list_purchases(session, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda purchase: times.key(purchase.occurred_at, purchase.id))
    return Page(items=page.show(items, PurchaseOut.model_validate), next_cursor=next_cursor)


@router.get("/{purchase_id}", response_model=PurchaseOut, dependencies=READ)
async def get_purchase(purchase_id: UUID, session: DbSession) -> RecordedPurchase:
    """Return the purchase as it was recorded. 404 `purchase_not_found`."""
    return await service.get_purchase(session, purchase_id=purchase_id)
