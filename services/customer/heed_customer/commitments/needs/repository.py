"""SQL of needs."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.commitments.needs.rules import NeedFilter
from heed_customer.commitments.needs.tables import Need


async def add_need(session: AsyncSession, need: Need) -> None:
    session.add(need)
    await session.flush()


async def get_need(session: AsyncSession, need_id: UUID) -> Need | None:
    return await session.get(Need, need_id)


async def lock_need(session: AsyncSession, need_id: UUID) -> Need | None:
    return await session.get(Need, need_id, with_for_update=True, populate_existing=True)


async def delete_need(session: AsyncSession, need: Need) -> None:
    await session.delete(need)


async def list_needs(
    session: AsyncSession, customer_ids: Collection[UUID], *, filters: NeedFilter, after: UUID | None, limit: int
) -> Sequence[Need]:
    """Return the needs of these customers, the newest first."""
    query = select(Need).where(Need.customer_id.in_(customer_ids)).order_by(Need.id.desc()).limit(limit)
    if filters.kind is not None:
        query = query.where(Need.kind == filters.kind)
    if filters.confirmed is not None:
        query = query.where(Need.confirmed.is_(filters.confirmed))
    if filters.min_confidence is not None:
        query = query.where(Need.confidence >= filters.min_confidence)
    return (await session.scalars(query if after is None else query.where(Need.id < after))).all()
