"""SQL of disclosure control."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.analysis.disclosure.tables import AnalysisMember, AnalysisQuery

COUNT_NEW_RESPONSES = text("""
    SELECT count(*) FROM response
    WHERE survey_id = :survey_id AND state = 'published' AND encoded IS NOT NULL
      AND NOT EXISTS (SELECT FROM analysis_member WHERE response_id = response.id)
""")
INSERT_MEMBERS = text("""
    INSERT INTO analysis_member (survey_id, position, response_id)
    SELECT :survey_id, CAST(:first AS int) + row_number() OVER (ORDER BY md5(id::text || :salt)) - 1, id
    FROM response
    WHERE survey_id = :survey_id AND state = 'published' AND encoded IS NOT NULL
      AND NOT EXISTS (SELECT FROM analysis_member WHERE response_id = response.id)
""")


async def count_members(session: AsyncSession, survey_id: UUID) -> int:
    query = select(func.count()).select_from(AnalysisMember).where(AnalysisMember.survey_id == survey_id)
    return await session.scalar(query) or 0


async def count_new_responses(session: AsyncSession, survey_id: UUID) -> int:
    return await session.scalar(COUNT_NEW_RESPONSES, {"survey_id": survey_id}) or 0


async def insert_members(session: AsyncSession, survey_id: UUID, *, first: int, salt: str) -> None:
    """Give positions from `first` on to all responses that have none, in an order that the salt decides."""
    await session.execute(INSERT_MEMBERS, {"survey_id": survey_id, "first": first, "salt": salt})


async def list_queries(session: AsyncSession, survey_id: UUID) -> Sequence[AnalysisQuery]:
    """Return the answered sets, the oldest first."""
    query = select(AnalysisQuery).where(AnalysisQuery.survey_id == survey_id).order_by(AnalysisQuery.id)
    return (await session.scalars(query)).all()


async def insert_queries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(AnalysisQuery), rows)
