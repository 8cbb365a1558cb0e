"""SQL of guarantees."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.resolution.guarantees.tables import Guarantee, GuaranteeClaim


async def insert_guarantee(session: AsyncSession, values: Mapping[str, Any]) -> Guarantee | None:
    """Insert the guarantee; return None if the name is taken, also by a concurrent transaction."""
    statement = insert(Guarantee).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return (await session.scalars(statement.returning(Guarantee))).one_or_none()


async def get_guarantee(session: AsyncSession, name: str) -> Guarantee | None:
    return await session.get(Guarantee, name)


async def lock_guarantee(session: AsyncSession, name: str) -> Guarantee | None:
    return await session.get(Guarantee, name, with_for_update=True, populate_existing=True)


async def delete_guarantee(session: AsyncSession, name: str) -> None:
    await session.execute(delete(Guarantee).where(Guarantee.name == name))


async def list_guarantees(session: AsyncSession, *, after: str, limit: int) -> Sequence[Guarantee]:
    query = select(Guarantee).where(Guarantee.name > after).order_by(Guarantee.name).limit(limit)
    return (await session.scalars(query)).all()


async def list_all(session: AsyncSession) -> Sequence[Guarantee]:
    return (await session.scalars(select(Guarantee).order_by(Guarantee.name))).all()


async def claims_on(session: AsyncSession, complaint_id: UUID) -> dict[str, GuaranteeClaim]:
    rows = await session.scalars(select(GuaranteeClaim).where(GuaranteeClaim.complaint_id == complaint_id))
    return {row.guarantee: row for row in rows}


async def record_claim(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert the claim; return whether it is the first one of this guarantee on the complaint."""
    statement = insert(GuaranteeClaim).values(**values).on_conflict_do_nothing()
    return (await session.scalar(statement.returning(GuaranteeClaim.guarantee))) is not None


async def active_claims(session: AsyncSession, complaint_ids: Collection[UUID]) -> Sequence[GuaranteeClaim]:
    """Return the claims whose breach was not withdrawn; the caller holds the locks of the complaints."""
    query = select(GuaranteeClaim).where(
        GuaranteeClaim.complaint_id.in_(complaint_ids), GuaranteeClaim.withdrawn_at.is_(None)
    )
    return (await session.scalars(query.order_by(GuaranteeClaim.complaint_id, GuaranteeClaim.guarantee))).all()
