"""SQL of reports. The content is read only where it is shown."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from heed_survey.reporting.reports.tables import SurveyReport

WITH_CONTENT = undefer(SurveyReport.content)


async def add_report(session: AsyncSession, report: SurveyReport) -> None:
    session.add(report)
    await session.flush()


async def find_report(
    session: AsyncSession, survey_id: UUID, report_id: UUID, *, lock: bool = False
) -> SurveyReport | None:
    query = select(SurveyReport).where(SurveyReport.id == report_id, SurveyReport.survey_id == survey_id)
    query = query.options(WITH_CONTENT)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def find_public_report(session: AsyncSession, code: str) -> SurveyReport | None:
    query = select(SurveyReport).where(SurveyReport.public_code == code).options(WITH_CONTENT)
    return (await session.scalars(query)).one_or_none()


async def list_reports(
    session: AsyncSession, survey_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[SurveyReport]:
    """Return a page of the survey's reports, the newest first."""
    query = select(SurveyReport).where(SurveyReport.survey_id == survey_id)
    if before is not None:
        query = query.where(SurveyReport.id < before)
    return (await session.scalars(query.order_by(SurveyReport.id.desc()).limit(limit))).all()
