"""The query of the Pareto report."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports.query import By, Scope
from heed_complaint.reporting.reports.repository import costs, counted, group


async def by_group(session: AsyncSession, scope: Scope, by: By) -> Sequence[Row[Any]]:
    """Of each group how many complaints there were and what their remedies cost."""
    complaints = counted(scope)
    spent, code = costs(complaints, scope.house), group(complaints, by, scope.zone).label("code")
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


async def causes(session: AsyncSession, scope: Scope) -> dict[str, int]:
    """How many complaints have which known cause."""
    complaints = counted(scope)
    query = select(complaints.c.cause, func.count()).where(complaints.c.cause.is_not(None)).group_by(complaints.c.cause)
    return {row[0]: row[1] for row in await session.execute(query)}
