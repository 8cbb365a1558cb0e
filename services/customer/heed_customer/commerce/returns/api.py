"""HTTP API of returns."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Earliest, Now, requires
from heed_customer.commerce.returns import service
from heed_customer.commerce.returns.schemas import ReturnIn, ReturnOut
from heed_customer.commerce.returns.tables import PurchaseReturn
from heed_customer.item_results import single

router = http.router(prefix="/v1/purchases", tags=["purchases"])


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
