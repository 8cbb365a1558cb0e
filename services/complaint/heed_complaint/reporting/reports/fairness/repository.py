"""SQL of the report on fairness."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Float, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column, rate_table, seconds
from heed_complaint.resolution.remedies.rules import RemedyState
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla.tables import Milestone


async def rows_by_stratum(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """Return times to the first resolution and amounts of remedies by stratum of complaints and group of customers."""
    complaints, clock, rate, remedy = (
        complaints_in_scope(scope),
        Milestone.__table__,
        rate_table(scope.exchange_rates),
        Remedy.__table__,
    )
    given = (
        select(remedy.c.complaint_id, func.sum(remedy.c.amount * rate.c.rate).label("amount"))
        .join(complaints, complaints.c.id == remedy.c.complaint_id)
        .join(rate, rate.c.currency == remedy.c.currency)
        .where(remedy.c.state == RemedyState.GRANTED)
        .group_by(remedy.c.complaint_id)
        .subquery("given")
    )
    first = select(clock).where(clock.c.milestone == Name.RESOLUTION, clock.c.cycle == 1).subquery("first")
    took = func.greatest(seconds(first.c.first_reached_at - complaints.c.received_at), 0.0)
    done = first.c.first_reached_at.is_not(None)
    groups = (
        group_column(complaints, "category", scope.zone).label("category"),
        *(complaints.c[name] for name in ("severity", "tier", "customer_kind", "region")),
    )
    query = (
        select(
            *groups,
            func.count().filter(complaints.c.completed_at.is_(None), complaints.c.ended_at.is_(None)).label("open"),
            func.array_agg(took).filter(done).label("seconds"),
            func.array_agg(cast(func.coalesce(given.c.amount, 0), Float)).filter(done).label("given"),
        )
        .select_from(complaints)
        .outerjoin(first, first.c.complaint_id == complaints.c.id)
        .outerjoin(given, given.c.complaint_id == complaints.c.id)
        .group_by(*groups)
    )
    return (await session.execute(query)).all()
