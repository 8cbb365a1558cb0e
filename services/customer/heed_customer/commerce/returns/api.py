"""HTTP API of returns."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.contracts.customer import ReturnReason
from heed_common.http import DbSession, Earliest, Now, requires
from heed_common.http.filters import AnyOf, CustomerIds, ExternalIds, Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commerce.purchases import service as purchases
from heed_customer.commerce.returns import service
from heed_customer.commerce.returns.rules import ReturnFilter
from heed_customer.commerce.returns.schemas import ReturnIn, ReturnOut
from heed_customer.commerce.returns.tables import PurchaseReturn
from heed_customer.item_results import single
from heed_customer.records.customers import service as customers

all_router = http.router(prefix="/v1/purchases/returns", tags=["purchases"])
"""Included before the purchases, among whose ids `returns` would be looked for."""
router = http.router(prefix="/v1/purchases", tags=["purchases"])
READ = [requires("purchases:read")]


@all_router.get("", dependencies=READ)
async def list_returns(
    session: DbSession,
    page: PageQuery,
    times: Times,
    purchase_id: AnyOf[UUID] = (),
    customer_ids: CustomerIds = (),
    external_ids: ExternalIds = (),
    reason: AnyOf[ReturnReason] = (),
) -> Page[ReturnOut]:
    """List returns, the latest recorded first; with `from` or `to`, which mean `occurred_at`, the latest one first.

    404 `customer_not_found`.
    """
    family = await customers.get_families(session, customer_ids=customer_ids)
    filters = ReturnFilter(purchase_id, family, external_ids, reason, times)
    after = page.after(*times.key_types)
    rows = await service.list_returns(session, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda returned: times.key(returned.occurred_at, returned.id))
    return Page(items=page.show(items, ReturnOut.model_validate), next_cursor=next_cursor)


@router.get("/{purchase_id}/returns", dependencies=READ)
async def list_returns_of_purchase(purchase_id: UUID, session: DbSession, page: PageQuery) -> Page[ReturnOut]:
    """List the returns of the purchase, the latest recorded first. 404 `purchase_not_found`."""
    after = page.after(UUID)
    await purchases.get_purchase(session, purchase_id=purchase_id)
    rows = await service.list_returns(session, filters=ReturnFilter([purchase_id]), after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda returned: (returned.id,))
    return Page(items=page.show(items, ReturnOut.model_validate), next_cursor=next_cursor)


@router.post(
    "/{purchase_id}/returns",
    status_code=201,
    response_model=ReturnOut,
    responses=http.repeated(ReturnOut),
    dependencies=[requires("purchases:write")],
)
async def return_purchase(
    purchase_id: UUID, body: ReturnIn, session: DbSession, earliest: Earliest, now: Now, response: Response
) -> PurchaseReturn:
    """Record a return of articles. 409 `return_exceeds_purchase`, 422 `sku_unknown`, `out_of_order`."""
    outcomes = await service.record_returns(session, returns=[body.to_domain(purchase_id)], earliest=earliest, now=now)
    recorded, created = single(outcomes)
    if not created:
        response.status_code = 200
        http.set_event_header(session, recorded.event_id)
    return recorded
