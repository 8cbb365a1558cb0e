"""Every query of incidents. Complaints are named in the order of their ids, which is the order of their locks."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint, product_key
from heed_complaint.core.visibility import visible
from heed_complaint.grouping.incidents.rules import Like
from heed_complaint.grouping.incidents.tables import Incident


async def incident_by_id(session: AsyncSession, incident_id: UUID) -> Incident | None:
    return await session.get(Incident, incident_id)


async def lock_incident(session: AsyncSession, incident_id: UUID) -> Incident | None:
    return await session.get(Incident, incident_id, with_for_update=True, populate_existing=True)


async def list_incidents(
    session: AsyncSession, *, state: str | None, before: UUID | None, limit: int
) -> Sequence[Incident]:
    """The newest first."""
    query = select(Incident).order_by(Incident.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Incident.state == state)
    if before is not None:
        query = query.where(Incident.id < before)
    return (await session.scalars(query)).all()


async def count_by_state(
    session: AsyncSession, incident_ids: Collection[UUID], *, confidential: bool
) -> dict[UUID, dict[str, int]]:
    """How many of the complaints about each stand where."""
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


async def complaints_about(
    session: AsyncSession, incident_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> Sequence[Complaint]:
    """Those that are handled themselves; of a merged one the survivor is."""
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


async def known_of(session: AsyncSession, complaint_ids: Collection[UUID], *, confidential: bool) -> set[UUID]:
    """Which of them there are for the caller."""
    query = select(Complaint.id).where(Complaint.id.in_(complaint_ids), visible(confidential=confidential))
    return set(await session.scalars(query))


async def count_alike(session: AsyncSession, like: Like, *, confidential: bool) -> int:
    query = select(func.count()).select_from(Complaint).where(*_alike(like, confidential=confidential))
    return await session.scalar(query) or 0


async def ids_alike(session: AsyncSession, like: Like, *, confidential: bool, limit: int) -> Sequence[UUID]:
    query = select(Complaint.id).where(*_alike(like, confidential=confidential)).order_by(Complaint.id).limit(limit)
    return (await session.scalars(query)).all()


def _alike(like: Like, *, confidential: bool) -> list[ColumnElement[bool]]:
    """Open complaints about no incident yet for which all that is named holds."""
    where = [Complaint.incident_id.is_(None), Complaint.ended_at.is_(None), visible(confidential=confidential)]
    if like.category is not None:
        below = Complaint.category.startswith(f"{like.category}.", autoescape=True)
        where.append(or_(Complaint.category == like.category, below))
    if like.product is not None:
        where.append(Complaint.product_key == product_key(like.product))
    if like.service_point_id is not None:
        where.append(Complaint.service_point_id == like.service_point_id)
    if like.received_from is not None:
        where.append(Complaint.received_at >= like.received_from)
    if like.received_until is not None:
        where.append(Complaint.received_at < like.received_until)
    return where
