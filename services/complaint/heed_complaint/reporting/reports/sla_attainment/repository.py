"""SQL of the report on SLA attainment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Text, case, cast, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.tables import Milestone


async def rows_by_group(
    session: AsyncSession, scope: Scope, by: Grouping | None, milestone: Name | None
) -> Sequence[Row[Any]]:
    """Return the number of clocks by group, milestone and state."""
    complaints, clock = complaints_in_scope(scope), Milestone.__table__
    code = (cast(null(), Text) if by is None else group_column(complaints, by, scope.zone)).label("code")
    is_open = clock.c.state.in_([ClockState.RUNNING, ClockState.PAUSED])
    # A deadline that has passed is missed, also before the scheduler has marked it.
    late = or_(clock.c.state == ClockState.MISSED, is_open & (clock.c.due_at < scope.now))
    state = case((late, ClockState.MISSED.value), (is_open, "open"), else_=clock.c.state)
    states = select(code, clock.c.milestone, state.label("state")).select_from(complaints)
    states = states.join(clock, clock.c.complaint_id == complaints.c.id)
    if milestone is not None:
        states = states.where(clock.c.milestone == milestone)
    clocks = states.subquery("clocks")
    query = select(
        clocks.c.code,
        clocks.c.milestone,
        *(func.count().filter(clocks.c.state == name).label(name) for name in ("met", "missed", "open", "cancelled")),
    ).group_by(clocks.c.code, clocks.c.milestone)
    return (await session.execute(query)).all()
