"""Every query of surveys."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.tables import Survey


async def insert_survey(session: AsyncSession, values: Mapping[str, Any]) -> Survey | None:
    """The new row; None where the external id is taken already."""
    statement = insert(Survey).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Survey))).one_or_none()


async def survey_by_id(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id)


async def survey_by_external_id(session: AsyncSession, external_id: str | None) -> Survey:
    return (await session.scalars(select(Survey).where(Survey.external_id == external_id))).one()


async def lock_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id, with_for_update=True, populate_existing=True)


async def list_surveys(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[Survey]:
    """The newest first."""
    query = select(Survey).order_by(Survey.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Survey.id < before))).all()
