"""SQL of service points."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.commerce.service_points.rules import Period, PurchaseCount
from heed_customer.commerce.service_points.tables import ServicePoint

COUNT_PURCHASES = text("""
    SELECT to_char(purchase.occurred_at AT TIME ZONE CAST(:time_zone AS text), 'YYYY-MM') AS month, purchase.kind,
        purchase.currency, count(DISTINCT purchase.customer_id) AS customers, count(*) AS purchases,
        sum(purchase.gross) AS gross, count(returned.gross) AS returned_purchases,
        COALESCE(sum(returned.gross), 0) AS returned_gross
    FROM purchase LEFT JOIN LATERAL (
        SELECT sum(purchase_return.gross) AS gross FROM purchase_return
        WHERE purchase_return.purchase_id = purchase.id
    ) AS returned ON true
    WHERE purchase.service_point_id = :code
        AND purchase.occurred_at >= CAST(:since AS timestamptz) AND purchase.occurred_at < CAST(:until AS timestamptz)
    GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3 LIMIT :limit
""")


async def lock_service_point(session: AsyncSession, code: str) -> ServicePoint | None:
    """Lock the service point until the transaction ends."""
    return await session.scalar(select(ServicePoint).where(ServicePoint.code == code).with_for_update())


async def get_service_point(session: AsyncSession, code: str) -> ServicePoint | None:
    return await session.get(ServicePoint, code)


async def add_service_point(session: AsyncSession, row: ServicePoint) -> None:
    session.add(row)
    await session.flush()


async def list_service_points(
    session: AsyncSession, *, kind: str | None, active: bool | None, after: str | None, limit: int
) -> Sequence[ServicePoint]:
    """Return a page in the order of the codes."""
    query = select(ServicePoint).order_by(ServicePoint.code).limit(limit)
    if kind is not None:
        query = query.where(ServicePoint.kind == kind)
    if active is not None:
        query = query.where(ServicePoint.active.is_(active))
    if after is not None:
        query = query.where(ServicePoint.code > after)
    return (await session.scalars(query)).all()


async def count_purchases(session: AsyncSession, code: str, *, period: Period, limit: int) -> list[PurchaseCount]:
    """Return the purchases at the service point by month, kind and currency, the latest month first."""
    parameters = {
        "code": code,
        "since": period.since or datetime.min.replace(tzinfo=UTC),
        "until": period.until or datetime.max.replace(tzinfo=UTC),
        "time_zone": period.time_zone,
        "limit": limit,
    }
    return [PurchaseCount(*row) for row in await session.execute(COUNT_PURCHASES, parameters)]
