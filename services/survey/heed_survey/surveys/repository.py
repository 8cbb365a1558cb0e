"""SQL of surveys."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.surveys.tables import Survey


async def insert_survey(session: AsyncSession, values: Mapping[str, Any]) -> Survey | None:
    """Insert the survey; None if its external_id exists."""
    statement = insert(Survey).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Survey))).one_or_none()


async def insert_built_in_survey(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert the survey. Return False if its id exists."""
    statement = insert(Survey).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return (await session.execute(statement.returning(Survey.id))).one_or_none() is not None


async def add_survey(session: AsyncSession, survey: Survey) -> None:
    session.add(survey)
    await session.flush()


async def find_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id)


async def get_by_external_id(session: AsyncSession, external_id: str | None) -> Survey:
    return (await session.scalars(select(Survey).where(Survey.external_id == external_id))).one()


async def lock_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id, with_for_update=True, populate_existing=True)


async def list_surveys(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Survey]:
    """Return a page, the newest first."""
    query = select(Survey).order_by(Survey.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Survey.id < before))).all()
