"""SQL of the capacity view."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.core.priority_rank.tables import PriorityRank
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.sla.tables import Milestone
from heed_complaint.workforce.assignment.tables import Completion

MAX_CASES = 5000
"""The number of newest complaints from which waiting times are forecast."""
HANDLED = (Complaint.kind != CaseKind.UNVOICED_GRIEVANCE, Complaint.merged_into.is_(None))
Counts = dict[str | None, int]


async def open_by_queue(session: AsyncSession, *, confidential: bool) -> list[tuple[str | None, int, int]]:
    """Return the actionable complaints of each queue, and those without an owner."""
    unassigned = func.count().filter(PriorityRank.owner.is_(None))
    query = (
        select(PriorityRank.queue, func.count(), unassigned)
        .where(and_(PriorityRank.actionable))
        .group_by(PriorityRank.queue)
    )
    rows = await session.execute(query if confidential else query.where(PriorityRank.confidential.is_(False)))
    return [(queue, count, unassigned) for queue, count, unassigned in rows]


async def arrivals_by_queue(session: AsyncSession, *, since: datetime, confidential: bool) -> Counts:
    query = select(Complaint.queue, func.count()).where(
        Complaint.opened_at >= since, *HANDLED, visible(confidential=confidential)
    )
    return await _counts(session, query.group_by(Complaint.queue))


async def completions_by_queue(session: AsyncSession, *, since: datetime, confidential: bool) -> Counts:
    query = select(Complaint.queue, func.count()).join(Completion, Completion.complaint_id == Complaint.id)
    query = query.where(Completion.at >= since, visible(confidential=confidential))
    return await _counts(session, query.group_by(Complaint.queue))


async def completions_by_agent(session: AsyncSession, *, since: datetime) -> Counts:
    query = select(Completion.by, func.count()).where(Completion.at >= since).group_by(Completion.by)
    return await _counts(session, query)


async def waiting_times(session: AsyncSession, *, confidential: bool) -> Sequence[Any]:
    """Return the receipt, first contact, completion and end of the newest complaints."""
    contact = and_(
        Milestone.complaint_id == Complaint.id, Milestone.milestone == Name.FIRST_CONTACT, Milestone.cycle == 1
    )
    query = (
        select(
            Complaint.category,
            Complaint.received_at,
            Complaint.completed_at,
            Complaint.ended_at,
            Milestone.first_reached_at.label("contacted_at"),
        )
        .outerjoin(Milestone, contact)
        .where(*HANDLED, visible(confidential=confidential))
        .order_by(Complaint.id.desc())
        .limit(MAX_CASES)
    )
    return (await session.execute(query)).all()


async def _counts(session: AsyncSession, query: Any) -> Counts:  # noqa: ANN401 a select of a name and a number
    return {row[0]: row[1] for row in await session.execute(query)}
