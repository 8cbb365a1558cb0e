"""HTTP API of the market basket."""

from typing import Annotated, Literal

from fastapi import Query

from heed_common import http
from heed_common.http import DbSession, requires
from heed_scoring.insights.baskets import service
from heed_scoring.insights.baskets.schemas import BasketOut
from heed_scoring.time_zone.http import Today

MAX_DAYS = 3650

router = http.router(prefix="/v1/portfolio", tags=["portfolio"])


@router.get("/basket", dependencies=[requires("scores:read")])
async def get_basket(
    session: DbSession,
    today: Today,
    level: Literal["category", "product"] = "product",
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 365,
    least_support: Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)] = 0.01,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BasketOut:
    """Return the categories or products that are bought together, by the purchases of the last days."""
    return await service.get_basket(
        session,
        level="categories" if level == "category" else "products",
        days=days,
        least_support=least_support,
        limit=limit,
        today=today,
    )
