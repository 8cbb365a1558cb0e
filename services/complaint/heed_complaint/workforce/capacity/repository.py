"""The queries of the capacity view."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.core.priority_rank.tables import Place
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.sla.tables import Milestone
from heed_complaint.workforce.assignment.tables import Completion

MOST_CASES = 5000
"""The newest complaints from which waits are predicted."""
HANDLED = (Complaint.kind != CaseKind.UNVOICED_GRIEVANCE, Complaint.merged_into.is_(None))
Counts = dict[str | None, int]


async def open_by_queue(session: AsyncSession, *, confidential: bool) -> list[tuple[str | None, int, int]]:
    """What is to be done in each queue, and how much of it nobody is in charge of."""
    free = func.count().filter(Place.owner.is_(None))
    query = select(Place.queue, func.count(), free).where(and_(Place.to_do)).group_by(Place.queue)
    rows = await session.execute(query if confidential else query.where(Place.confidential.is_(False)))
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


async def waits(session: AsyncSession, *, confidential: bool) -> Sequence[Any]:
    """Of the newest complaints when they came, were first contacted, were completed and ended."""
    contact = and_(
        Milestone.complaint_id == Complaint.id, Milestone.milestone == Name.FIRST_CONTACT, Milestone.number == 1
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
        .limit(MOST_CASES)
    )
    return (await session.execute(query)).all()


async def _counts(session: AsyncSession, query: Any) -> Counts:  # noqa: ANN401 a select of a name and a number
    return {row[0]: row[1] for row in await session.execute(query)}
