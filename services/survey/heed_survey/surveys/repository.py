"""SQL of surveys and their versions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.surveys.rules import SurveyState
from heed_survey.surveys.tables import Survey, SurveyVersion


class SurveyHead(NamedTuple):
    """A survey with the title and languages of its current version."""

    survey: Survey
    title: dict[str, str]
    languages: list[str]


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


async def add_version(session: AsyncSession, version: SurveyVersion) -> None:
    session.add(version)
    await session.flush()


async def find_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id)


async def get_by_external_id(session: AsyncSession, external_id: str | None) -> Survey:
    return (await session.scalars(select(Survey).where(Survey.external_id == external_id))).one()


async def lock_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    return await session.get(Survey, survey_id, with_for_update=True, populate_existing=True)


async def find_version(session: AsyncSession, survey_id: UUID, survey_version: int) -> SurveyVersion | None:
    return await session.get(SurveyVersion, (survey_id, survey_version), populate_existing=True)


async def find_content_hash(session: AsyncSession, survey_id: UUID, survey_version: int) -> bytes | None:
    query = select(SurveyVersion.content_hash)
    return await session.scalar(
        query.where(SurveyVersion.survey_id == survey_id, SurveyVersion.survey_version == survey_version)
    )


async def list_versions(session: AsyncSession, survey_id: UUID, *, since: int, limit: int) -> Sequence[SurveyVersion]:
    """Return versions from this one on, the oldest first."""
    query = select(SurveyVersion).where(SurveyVersion.survey_id == survey_id, SurveyVersion.survey_version >= since)
    return (await session.scalars(query.order_by(SurveyVersion.survey_version).limit(limit))).all()


async def list_surveys(
    session: AsyncSession,
    *,
    external_ids: Collection[str],
    states: Collection[SurveyState],
    before: UUID | None,
    limit: int,
) -> list[SurveyHead]:
    """Return a page, the newest first."""
    is_current = (SurveyVersion.survey_id == Survey.id) & (SurveyVersion.survey_version == Survey.survey_version)
    query = select(Survey, SurveyVersion.content["title"], SurveyVersion.languages).join(SurveyVersion, is_current)
    query = query.order_by(Survey.id.desc()).limit(limit)
    if external_ids:
        query = query.where(Survey.external_id.in_(external_ids))
    if states:
        query = query.where(Survey.state.in_(states))
    if before is not None:
        query = query.where(Survey.id < before)
    return [SurveyHead(*row) for row in await session.execute(query)]
