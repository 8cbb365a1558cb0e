"""SQL of improvement actions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.actions.improvements.tables import Improvement


async def add_improvement(session: AsyncSession, improvement: Improvement) -> None:
    session.add(improvement)
    await session.flush()


async def find_improvement(
    session: AsyncSession, survey_id: UUID, improvement_id: UUID, *, lock: bool = False
) -> Improvement | None:
    query = select(Improvement).where(Improvement.id == improvement_id, Improvement.survey_id == survey_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def list_improvements(
    session: AsyncSession, survey_id: UUID, *, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Improvement]:
    """Return a page of the survey's improvement actions, the earliest due first."""
    position = tuple_(Improvement.due_on, Improvement.id)
    query = select(Improvement).where(Improvement.survey_id == survey_id).order_by(position).limit(limit)
    return (await session.scalars(query if after is None else query.where(position > after))).all()
