"""Every query of the clocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.rules import Clock, Clocks, ClockState
from heed_complaint.tables import Complaint
from heed_complaint.tables import Milestone as Row

STORED = ("target", "started_at", "stood", "stood_since", "reached_at", "cancelled_at", "missed")
DERIVED = ("state", "due_at")
"""What follows from the facts is stored as well, for those who search by it."""
# Written out, not bound: only so the planner may always use the index on the deadlines of running clocks.
RUNNING = Row.state == literal_column(f"'{ClockState.RUNNING}'")
CLOCKS = select(Row.complaint_id, Row.milestone, *(getattr(Row, name) for name in STORED))


async def clocks_of(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, Clocks]:
    return await _read(session, complaint_ids, lock=False)


async def lock_clocks_of(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, Clocks]:
    """The caller holds the locks of the complaints."""
    return await _read(session, complaint_ids, lock=True)


async def save_clocks(session: AsyncSession, clocks: dict[UUID, Clocks]) -> None:
    rows = [
        {"complaint_id": complaint_id, "milestone": clock.milestone}
        | {name: getattr(clock, name) for name in STORED + DERIVED}
        for complaint_id in sorted(clocks)
        for clock in clocks[complaint_id].values()
    ]
    if not rows:
        return
    statement = insert(Row).values(rows)
    changed = {name: statement.excluded[name] for name in STORED + DERIVED}
    await session.execute(statement.on_conflict_do_update(index_elements=["complaint_id", "milestone"], set_=changed))


async def lock_overdue_complaints(session: AsyncSession, *, now: datetime, limit: int) -> list[Complaint]:
    """Complaints with a running clock whose deadline has passed; those that somebody is working on are left out."""
    overdue = select(Row.complaint_id).where(RUNNING, Row.due_at < now).order_by(Row.due_at).limit(limit)
    locked = select(Complaint).where(Complaint.id.in_(overdue)).order_by(Complaint.id)
    return list(await session.scalars(locked.with_for_update(skip_locked=True)))


async def next_deadline(session: AsyncSession) -> datetime | None:
    return await session.scalar(select(func.min(Row.due_at)).where(RUNNING))


async def _read(session: AsyncSession, complaint_ids: Sequence[UUID], *, lock: bool) -> dict[UUID, Clocks]:
    query = CLOCKS.where(Row.complaint_id.in_(complaint_ids)).order_by(Row.complaint_id, Row.milestone)
    found: dict[UUID, dict[Milestone, Clock]] = {}
    for complaint_id, milestone, *facts in await session.execute(query.with_for_update() if lock else query):
        known: dict[str, Any] = dict(zip(STORED, facts, strict=True))
        found.setdefault(complaint_id, {})[Milestone(milestone)] = Clock(Milestone(milestone), **known)
    return dict(found)
