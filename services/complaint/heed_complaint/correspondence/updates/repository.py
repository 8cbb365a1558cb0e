"""SQL of updates."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import HistoryEntry


async def latest_reason(session: AsyncSession, complaint_id: UUID, *, actions: Sequence[str]) -> str | None:
    """Return the reason of the last of these actions."""
    query = (
        select(HistoryEntry.reason)
        .where(HistoryEntry.complaint_id == complaint_id, HistoryEntry.action.in_(actions))
        .order_by(HistoryEntry.seq.desc())
        .limit(1)
    )
    return await session.scalar(query)
