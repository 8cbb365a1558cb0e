"""HTTP API of needs."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commitments.needs import service
from heed_customer.commitments.needs.rules import NeedFilter, NeedKind
from heed_customer.commitments.needs.schemas import NeedIn, NeedOut, NeedPatch
from heed_customer.commitments.needs.tables import Need
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/needs", tags=["needs"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


def need_filter(
    kind: NeedKind | None = None,
    *,
    confirmed: bool | None = None,
    min_confidence: Annotated[Decimal | None, Query(ge=0, le=1)] = None,
) -> NeedFilter:
    return NeedFilter(kind, confirmed, min_confidence)


@router.post("", status_code=201, response_model=NeedOut, dependencies=WRITE)
async def record_need(
    customer_id: UUID, body: NeedIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> Need:
    """Record a need of the customer. 409 `customer_merged`, 422 `need_in_future`."""
    need = await service.record_need(session, customer_id=customer_id, need=body.to_domain(), by=caller.id, now=now)
    response.headers["Location"] = f"/v1/customers/{customer_id}/needs/{need.id}"
    response.headers["ETag"] = etag(need.revision)
    return need


@router.get("", dependencies=READ)
async def list_needs(
    customer_id: UUID,
    session: DbSession,
    page: PageQuery,
    filters: Annotated[NeedFilter, Depends(need_filter)],
    response: Response,
) -> Page[NeedOut]:
    """List the needs of the customer and its duplicates, the newest first."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/needs")
    rows = await service.list_needs(session, family=family, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda need: (need.id,))
    return Page(items=page.show(items, NeedOut.model_validate), next_cursor=next_cursor)


@router.get("/{need_id}", response_model=NeedOut, dependencies=READ)
async def get_need(customer_id: UUID, need_id: UUID, session: DbSession, response: Response) -> Need:
    """Return a need. 404 `need_not_found`."""
    need = await service.get_need(session, customer_id=customer_id, need_id=need_id)
    response.headers["ETag"] = etag(need.revision)
    return need


@router.patch("/{need_id}", response_model=NeedOut, dependencies=WRITE)
async def update_need(
    customer_id: UUID,
    need_id: UUID,
    body: NeedPatch,
    if_match: IfMatch,
    session: DbSession,
    now: Now,
    response: Response,
) -> Need:
    """Update a need, such as its confirmation (If-Match): omitted fields keep their values. 412, 428."""
    need = await service.update_need(
        session, customer_id=customer_id, need_id=need_id, values=body.changes(), if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(need.revision)
    return need


@router.delete("/{need_id}", status_code=204, dependencies=WRITE)
async def delete_need(customer_id: UUID, need_id: UUID, if_match: IfMatch, session: DbSession) -> None:
    """Delete a need that is met, or was none. 404 `need_not_found`."""
    await service.delete_need(session, customer_id=customer_id, need_id=need_id, if_match=if_match)
