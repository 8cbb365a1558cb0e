"""SQL of the report on remedies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.remedy_costs.schemas import RemediesBy
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column, rate_table, remedy_cost
from heed_complaint.resolution.remedies.rules import RemedyState
from heed_complaint.resolution.remedies.tables import Remedy


async def rows_by_group(session: AsyncSession, scope: Scope, by: RemediesBy) -> Sequence[Row[Any]]:
    """Return by group the granted remedies with their costs, and those pending approval."""
    complaints, rate, remedy = complaints_in_scope(scope), rate_table(scope.exchange_rates), Remedy.__table__
    granted = remedy.c.state == RemedyState.GRANTED
    code = remedy.c.kind if by == "kind" else group_column(complaints, by, scope.zone)
    query = (
        select(
            code.label("code"),
            func.count().filter(granted).label("remedies"),
            func.count(distinct(remedy.c.complaint_id)).filter(granted).label("complaints"),
            func.coalesce(func.sum(remedy.c.amount * rate.c.rate).filter(granted), 0).label("amount"),
            func.coalesce(func.sum(remedy_cost(remedy) * rate.c.rate).filter(granted), 0).label("cost"),
            func.count().filter(granted, remedy.c.over_limit).label("over_limit"),
            func.count().filter(remedy.c.state == RemedyState.PENDING).label("pending"),
            func.count().filter(granted, rate.c.rate.is_(None)).label("without_rate"),
        )
        .select_from(complaints)
        .join(remedy, remedy.c.complaint_id == complaints.c.id)
        .outerjoin(rate, rate.c.currency == remedy.c.currency)
        .group_by("code")
    )
    return (await session.execute(query)).all()


async def complaints_with_remedy(session: AsyncSession, scope: Scope) -> int:
    """Return the number of complaints with a granted remedy."""
    complaints, remedy = complaints_in_scope(scope), Remedy.__table__
    query = (
        select(func.count(distinct(remedy.c.complaint_id)))
        .select_from(complaints)
        .join(remedy, remedy.c.complaint_id == complaints.c.id)
        .where(remedy.c.state == RemedyState.GRANTED)
    )
    return (await session.execute(query)).scalar_one()
