"""HTTP API of service points. Its router comes before that of customers, whose `{customer_id}` would match its path."""

from typing import Annotated

from fastapi import Path, Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, Now, SettingsDep, etag, requires
from heed_common.http.filters import Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commerce.service_points import service
from heed_customer.commerce.service_points.rules import Period, ServicePointKind
from heed_customer.commerce.service_points.schemas import (
    PurchaseCountOut,
    ServicePointCode,
    ServicePointIn,
    ServicePointOut,
    ServicePointTouchpointsOut,
)
from heed_customer.commerce.service_points.tables import ServicePoint

router = http.router(prefix="/v1/customers/service-points", tags=["service points"])
READ, WRITE = [requires("customers:read")], [requires("settings:write")]

Code = Annotated[ServicePointCode, Path(description="As in the `service_point_id` of purchases.")]


@router.get("", dependencies=READ)
async def list_service_points(
    session: DbSession, page: PageQuery, kind: ServicePointKind | None = None, *, active: bool | None = None
) -> Page[ServicePointOut]:
    """List the service points in the order of their codes."""
    (after,) = page.after(str) or (None,)
    rows = await service.list_service_points(session, kind=kind, active=active, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: (row.code,))
    shown = page.show(items, ServicePointOut.model_validate, name=lambda row: row.code)
    return Page(items=shown, next_cursor=next_cursor)


@router.put("/{code}", response_model=ServicePointOut, responses=http.created(ServicePointOut), dependencies=WRITE)
async def put_service_point(
    code: Code, body: ServicePointIn, session: DbSession, now: Now, if_match: IfMatch, response: Response
) -> ServicePoint:
    """Create a service point (201), or replace it. 412, 428 without If-Match."""
    row, created = await service.put_service_point(
        session, code=code, content=body.to_domain(), if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(row.revision)
    response.status_code = 201 if created else 200
    return row


@router.get("/{code}", response_model=ServicePointOut, dependencies=READ)
async def get_service_point(code: Code, session: DbSession, response: Response) -> ServicePoint:
    """Return the service point. 404 `service_point_not_found`."""
    row = await service.get_service_point(session, code=code)
    response.headers["ETag"] = etag(row.revision)
    return row


@router.get("/{code}/touchpoints", dependencies=[requires("purchases:read")])
async def count_purchases(
    code: Code, session: DbSession, settings: SettingsDep, times: Times
) -> ServicePointTouchpointsOut:
    """Count purchases, services and returns at the service point; also for a code that only purchases use."""
    row, counts = await service.count_purchases(
        session, code=code, period=Period(times.since, times.until, settings.time_zone)
    )
    items = [PurchaseCountOut.model_validate(count) for count in counts]
    return ServicePointTouchpointsOut(code=code, name=row.name if row is not None else None, items=items)
