"""SQL of the report on trends."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Row, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import BusinessDays
from heed_complaint.core.tables import Complaint
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column
from heed_complaint.reporting.reports.trends.schemas import Interval, TrendsBy


async def first_day(session: AsyncSession, zone: str) -> date | None:
    """Return the day of the first complaint ever received: before it nothing was counted."""
    first = await session.scalar(select(func.min(Complaint.received_at)))
    return first and BusinessDays.of(zone).day_of(first)


async def rows_by_period(session: AsyncSession, scope: Scope, by: TrendsBy, every: Interval) -> Sequence[Row[Any]]:
    """Return the number of complaints by group and period, without empty periods."""
    complaints = complaints_in_scope(scope)
    start = cast(func.date_trunc(every, func.timezone(scope.zone, complaints.c.received_at)), Date)
    query = select(
        group_column(complaints, by, scope.zone).label("code"), start.label("start"), func.count().label("size")
    )
    return (await session.execute(query.group_by("code", "start"))).all()
