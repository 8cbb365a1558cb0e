"""HTTP API of touchpoints."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, SettingsDep, requires
from heed_common.http.filters import Times
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location
from heed_customer.timeline.api import CONFIDENTIAL_SCOPE
from heed_customer.timeline.touchpoints import service
from heed_customer.timeline.touchpoints.rules import Dimension, Period
from heed_customer.timeline.touchpoints.schemas import TouchpointCountOut, TouchpointsOut

router = http.router(prefix="/v1/customers", tags=["timeline"])

By = Annotated[Dimension, Query(description="Counted by this, beside kind and month.")]


@router.get("/{customer_id}/touchpoints", dependencies=[requires("customers:read")])
async def count_touchpoints(
    customer_id: UUID,
    session: DbSession,
    settings: SettingsDep,
    caller: Caller,
    response: Response,
    times: Times,
    by: By = Dimension.CHANNEL,
) -> TouchpointsOut:
    """Count interactions, purchases, returns, complaints, messages and answers of the customer, with their cost.

    Includes all customers merged with it. Without `complaints:confidential:read` confidential complaints do not count.
    404 `customer_not_found`.
    """
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/touchpoints")
    counts, truncated = await service.count_touchpoints(
        session,
        family=family,
        dimension=by,
        period=Period(times.since, times.until, settings.time_zone),
        confidential=caller.may(CONFIDENTIAL_SCOPE),
    )
    items = [TouchpointCountOut.model_validate(count) for count in counts]
    return TouchpointsOut(by=by, items=items, truncated=truncated)
