"""SQL of message timers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_complaint.core.tables import Complaint
from heed_complaint.correspondence.timers.tables import MessageTimer
from heed_complaint.lifecycle.notifications.rules import MessageKind

JOB = "message_timers"
"""Name of the job in failed work."""


async def set_timer(session: AsyncSession, complaint_id: UUID, kind: MessageKind, *, due_at: datetime) -> None:
    """Set the timer of this kind, in place of the one before."""
    statement = insert(MessageTimer).values(complaint_id=complaint_id, kind=kind, due_at=due_at)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["complaint_id", "kind"], set_={"due_at": due_at})
    )


async def delete_timer(session: AsyncSession, complaint_id: UUID, kind: MessageKind) -> None:
    await session.execute(
        delete(MessageTimer).where(MessageTimer.complaint_id == complaint_id, MessageTimer.kind == kind)
    )


async def timers_of(session: AsyncSession, complaint_id: UUID) -> Sequence[MessageTimer]:
    query = select(MessageTimer).where(MessageTimer.complaint_id == complaint_id).order_by(MessageTimer.kind)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def lock_complaints_with_due_timers(session: AsyncSession, *, now: datetime, limit: int) -> list[UUID]:
    """Lock the complaints with a due timer, without those that another transaction has locked."""
    is_set_aside = failed_work.is_set_aside(JOB, MessageTimer.complaint_id, now=now)
    due = (
        select(MessageTimer.complaint_id)
        .where(MessageTimer.due_at <= now, ~is_set_aside)
        .order_by(MessageTimer.due_at)
        .limit(limit)
    )
    query = select(Complaint.id).where(Complaint.id.in_(due)).order_by(Complaint.id)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))
