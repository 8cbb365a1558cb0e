"""SQL of remedies."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.repository import merged_ids
from heed_complaint.resolution.remedies.rules import RemedyState
from heed_complaint.resolution.remedies.tables import Remedy


async def granted_on_case(session: AsyncSession, complaint_id: UUID) -> Sequence[Remedy]:
    """Return the remedies granted on the complaint and on the duplicates merged into it.

    The caller holds the lock of the complaint, so no other transaction adds one.
    """
    on_case = Remedy.complaint_id.in_(select(merged_ids(complaint_id).c.id))
    query = select(Remedy).where(on_case, Remedy.state == RemedyState.GRANTED)
    return (await session.scalars(query.order_by(Remedy.id))).all()


async def granted_on_complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Remedy]:
    query = select(Remedy).where(Remedy.complaint_id.in_(complaint_ids), Remedy.state == RemedyState.GRANTED)
    return (await session.scalars(query.order_by(Remedy.complaint_id, Remedy.id))).all()


async def get_remedy(session: AsyncSession, complaint_id: UUID, remedy_id: UUID) -> Remedy | None:
    query = select(Remedy).where(Remedy.complaint_id == complaint_id, Remedy.id == remedy_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def list_remedies(
    session: AsyncSession, complaint_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Remedy]:
    query = select(Remedy).where(Remedy.complaint_id == complaint_id).order_by(Remedy.id).limit(limit)
    if after is not None:
        query = query.where(Remedy.id > after)
    return (await session.scalars(query)).all()
