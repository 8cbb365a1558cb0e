"""SQL of incidents. Complaints are sorted by id, which is the order of their locks."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint, product_key
from heed_complaint.core.visibility import visible
from heed_complaint.grouping.incidents.rules import MatchCriteria
from heed_complaint.grouping.incidents.tables import Incident


async def get_incident(session: AsyncSession, incident_id: UUID) -> Incident | None:
    return await session.get(Incident, incident_id)


async def lock_incident(session: AsyncSession, incident_id: UUID) -> Incident | None:
    return await session.get(Incident, incident_id, with_for_update=True, populate_existing=True)


async def list_incidents(
    session: AsyncSession, *, state: str | None, before: UUID | None, limit: int
) -> Sequence[Incident]:
    """Return the newest first."""
    query = select(Incident).order_by(Incident.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Incident.state == state)
    if before is not None:
        query = query.where(Incident.id < before)
    return (await session.scalars(query)).all()


async def count_by_state(
    session: AsyncSession, incident_ids: Collection[UUID], *, confidential: bool
) -> dict[UUID, dict[str, int]]:
    """Return how many complaints about each incident are in which state."""
    query = (
        select(Complaint.incident_id, Complaint.state, func.count())
        .where(
            Complaint.incident_id.in_(incident_ids),
            Complaint.merged_into.is_(None),
            visible(confidential=confidential),
        )
        .group_by(Complaint.incident_id, Complaint.state)
        .order_by(Complaint.incident_id, Complaint.state)
    )
    counts: dict[UUID, dict[str, int]] = {incident_id: {} for incident_id in incident_ids}
    for incident_id, state, count in await session.execute(query):
        if incident_id is not None:
            counts[incident_id][state] = count
    return counts


async def list_complaints(
    session: AsyncSession, incident_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> Sequence[Complaint]:
    """Return the complaints about the incident, without those that are merged into another one."""
    query = (
        select(Complaint)
        .where(
            Complaint.incident_id == incident_id,
            Complaint.merged_into.is_(None),
            visible(confidential=confidential),
        )
        .order_by(Complaint.id)
        .limit(limit)
    )
    return (await session.scalars(query if after is None else query.where(Complaint.id > after))).all()


async def visible_ids(session: AsyncSession, complaint_ids: Collection[UUID], *, confidential: bool) -> set[UUID]:
    """Return those of the ids that exist and that the caller may see."""
    query = select(Complaint.id).where(Complaint.id.in_(complaint_ids), visible(confidential=confidential))
    return set(await session.scalars(query))


async def count_matching(session: AsyncSession, criteria: MatchCriteria, *, confidential: bool) -> int:
    query = select(func.count()).select_from(Complaint).where(*_matching(criteria, confidential=confidential))
    return await session.scalar(query) or 0


async def matching_ids(
    session: AsyncSession, criteria: MatchCriteria, *, confidential: bool, limit: int
) -> Sequence[UUID]:
    query = (
        select(Complaint.id).where(*_matching(criteria, confidential=confidential)).order_by(Complaint.id).limit(limit)
    )
    return (await session.scalars(query)).all()


def _matching(criteria: MatchCriteria, *, confidential: bool) -> list[ColumnElement[bool]]:
    """Return the conditions for open complaints about no incident yet that meet all criteria."""
    where = [Complaint.incident_id.is_(None), Complaint.ended_at.is_(None), visible(confidential=confidential)]
    if criteria.category is not None:
        below = Complaint.category.startswith(f"{criteria.category}.", autoescape=True)
        where.append(or_(Complaint.category == criteria.category, below))
    if criteria.product is not None:
        where.append(Complaint.product_key == product_key(criteria.product))
    if criteria.service_point_id is not None:
        where.append(Complaint.service_point_id == criteria.service_point_id)
    if criteria.received_from is not None:
        where.append(Complaint.received_at >= criteria.received_from)
    if criteria.received_until is not None:
        where.append(Complaint.received_at < criteria.received_until)
    return where
