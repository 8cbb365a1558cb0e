"""SQL of the counts of open complaints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

COUNT_OPEN = text("""
    SELECT severity, count(*) AS complaints, count(*) FILTER (WHERE is_overdue) AS overdue
    FROM complaint CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM milestone WHERE complaint_id = complaint.id AND due_at < :now
                AND reached_at IS NULL AND cancelled_at IS NULL
        ) AS is_overdue
    ) AS clocks
    WHERE state <> ALL(:ended) AND kind <> :unvoiced AND merged_into IS NULL GROUP BY severity
""")


async def count_open(
    session: AsyncSession, *, ended: Sequence[str], unvoiced: str, now: datetime
) -> Sequence[Row[Any]]:
    """Return the number of open complaints and of overdue ones among them, by severity."""
    return (await session.execute(COUNT_OPEN, {"ended": list(ended), "unvoiced": unvoiced, "now": now})).all()
