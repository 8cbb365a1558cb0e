"""SQL of the report on value saved."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, cast, func, not_, null, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CTE, Subquery

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.core.customers.tables import SavedValueForecast, SavedValueForecastHistory
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.repository import (
    complaints_in_scope,
    group_column,
    rate_table,
    remedy_costs_by_complaint,
)
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.tables import Milestone


async def rows_by_group(session: AsyncSession, scope: Scope, by: Grouping | None) -> Sequence[Row[Any]]:
    """Return by group the outcomes of complaints, the value at stake in them, and the costs of remedies."""
    complaints, rate = complaints_in_scope(scope), rate_table(scope.exchange_rates)
    spent, late = remedy_costs_by_complaint(complaints, scope.exchange_rates), resolved_late(complaints)
    value = (
        func.coalesce(SavedValueForecast.expected_value_saved, SavedValueForecastHistory.expected_value_saved)
        * rate.c.rate
    )
    solved, failed = is_resolved(complaints), is_unresolved(complaints)
    in_time, too_late = and_(solved, not_(late.c.late)), and_(solved, late.c.late)
    code = (cast(null(), Text) if by is None else group_column(complaints, by, scope.zone)).label("code")
    query = (
        select(
            code,
            func.count().label("complaints"),
            func.count(value).label("known"),
            func.count().filter(in_time).label("resolved_in_time"),
            func.count().filter(too_late).label("resolved_late"),
            func.count().filter(failed).label("unresolved"),
            func.count().filter(complaints.c.ended_at.is_(None), complaints.c.completed_at.is_(None)).label("open"),
            func.coalesce(func.sum(value).filter(in_time), 0).label("saved"),
            func.coalesce(func.sum(value).filter(too_late), 0).label("late"),
            func.coalesce(func.sum(value).filter(failed), 0).label("lost"),
            func.coalesce(func.sum(spent.c.cost), 0).label("remedies"),
        )
        .select_from(complaints)
        .outerjoin(late, late.c.complaint_id == complaints.c.id)
        .outerjoin(SavedValueForecast, SavedValueForecast.complaint_id == complaints.c.id)
        .outerjoin(SavedValueForecastHistory, SavedValueForecastHistory.complaint_id == complaints.c.id)
        .outerjoin(
            rate, rate.c.currency == func.coalesce(SavedValueForecast.currency, SavedValueForecastHistory.currency)
        )
        .outerjoin(spent, spent.c.complaint_id == complaints.c.id)
        .group_by("code")
    )
    return (await session.execute(query)).all()


def is_resolved(complaints: CTE) -> ColumnElement[bool]:
    """Return whether it was completed and not reported as unsolved."""
    return and_(complaints.c.completed_at.is_not(None), complaints.c.solved.is_not(False))


def is_unresolved(complaints: CTE) -> ColumnElement[bool]:
    """Return whether it was declined, closed without a completion, or reported as unsolved."""
    closed = and_(complaints.c.state == ComplaintStatus.CLOSED, complaints.c.completed_at.is_(None))
    return or_(complaints.c.state == ComplaintStatus.DECLINED, closed, complaints.c.solved.is_(False))


def resolved_late(complaints: CTE) -> Subquery:
    """Return for each complaint whether the present clock of the resolution was missed."""
    return (
        select(Milestone.complaint_id, (Milestone.state == ClockState.MISSED).label("late"))
        .ext(distinct_on(Milestone.complaint_id))
        .join(complaints, complaints.c.id == Milestone.complaint_id)
        .where(Milestone.milestone == Name.RESOLUTION)
        .order_by(Milestone.complaint_id, Milestone.cycle.desc())
        .subquery("late")
    )
