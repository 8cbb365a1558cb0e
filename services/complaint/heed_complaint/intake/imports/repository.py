"""SQL of imports of complaints."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.imports.repository import OPEN_STATES, ImportTables
from heed_complaint.intake.imports.tables import ComplaintImport, ComplaintImportChunk, ComplaintImportProblem

TABLES = ImportTables(ComplaintImport, ComplaintImportChunk, ComplaintImportProblem)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Select imports that do not wait for customers."""
    return ComplaintImport.retry_at.is_(None) | (ComplaintImport.retry_at <= now)


async def next_retry_at(session: AsyncSession) -> datetime | None:
    """Return when the next import that waits for customers is tried again."""
    query = select(func.min(ComplaintImport.retry_at)).where(ComplaintImport.state.in_(OPEN_STATES))
    return await session.scalar(query)
