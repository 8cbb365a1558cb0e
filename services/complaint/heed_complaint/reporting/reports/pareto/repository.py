"""SQL of the Pareto report."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column, remedy_costs_by_complaint


async def rows_by_group(session: AsyncSession, scope: Scope, by: Grouping) -> Sequence[Row[Any]]:
    """Return the number of complaints and the remedy costs of each group."""
    complaints = complaints_in_scope(scope)
    spent, code = (
        remedy_costs_by_complaint(complaints, scope.exchange_rates),
        group_column(complaints, by, scope.zone).label("code"),
    )
    query = (
        select(
            code,
            func.count().label("size"),
            func.coalesce(func.sum(spent.c.cost), 0).label("cost"),
            func.coalesce(func.sum(spent.c.without_rate), 0).label("without_rate"),
        )
        .select_from(complaints)
        .outerjoin(spent, spent.c.complaint_id == complaints.c.id)
        .group_by(code)
    )
    return list((await session.execute(query)).all())


async def complaints_by_cause(session: AsyncSession, scope: Scope) -> dict[str, int]:
    """Return the number of complaints by known cause."""
    complaints = complaints_in_scope(scope)
    query = select(complaints.c.cause, func.count()).where(complaints.c.cause.is_not(None)).group_by(complaints.c.cause)
    return {row[0]: row[1] for row in await session.execute(query)}
