"""SQL of promises."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_complaint.core.tables import Complaint
from heed_complaint.sla.promises.tables import Promise

JOB = "promises"
"""Name of the job in failed work."""
# A literal, not a parameter: only then can the planner always use the partial index on open promises.
IS_OPEN = Promise.state == literal_column("'open'")


async def insert_many(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(Promise), [dict(row) for row in rows])


def add(session: AsyncSession, promise: Promise) -> None:
    session.add(promise)


async def lock_promise(session: AsyncSession, promise_id: UUID) -> Promise | None:
    """Lock and return the promise; the caller holds the lock of the complaint."""
    return await session.get(Promise, promise_id, with_for_update=True, populate_existing=True)


async def lock_open_promises(session: AsyncSession, complaint_id: UUID) -> Sequence[Promise]:
    """Lock and return the open promises, the most urgent first; the caller holds the lock of the complaint."""
    query = select(Promise).where(IS_OPEN, Promise.complaint_id == complaint_id)
    found = await session.scalars(
        query.order_by(Promise.promised_by, Promise.id).with_for_update(), execution_options={"populate_existing": True}
    )
    return found.all()


async def list_promises(
    session: AsyncSession, complaint_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Promise]:
    """Return the promises on the complaint, the oldest first."""
    query = select(Promise).where(Promise.complaint_id == complaint_id).order_by(Promise.id).limit(limit)
    return (await session.scalars(query if after is None else query.where(Promise.id > after))).all()


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Return the moment at which the next open promise is due."""
    is_set_aside = failed_work.is_set_aside(JOB, Promise.complaint_id, now=now)
    return await session.scalar(select(func.min(Promise.promised_by)).where(IS_OPEN, ~is_set_aside))


async def lock_complaints_with_overdue_promises(session: AsyncSession, *, now: datetime, limit: int) -> list[UUID]:
    """Lock the complaints with an overdue promise, without those that another transaction has locked."""
    is_set_aside = failed_work.is_set_aside(JOB, Promise.complaint_id, now=now)
    overdue = (
        select(Promise.complaint_id)
        .where(IS_OPEN, Promise.promised_by < now, ~is_set_aside)
        .order_by(Promise.promised_by)
    )
    query = select(Complaint.id).where(Complaint.id.in_(overdue.limit(limit))).order_by(Complaint.id)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))


async def kept_by_agent(session: AsyncSession, *, since: datetime) -> dict[str, tuple[int, int]]:
    """Return for each agent how many promises were kept, of how many that were kept or broken."""
    kept = func.count().filter(Promise.state == "kept")
    query = select(Promise.made_by, kept, func.count()).where(
        Promise.settled_at >= since, Promise.state.in_(("kept", "broken"))
    )
    return {by: (good, cases) for by, good, cases in await session.execute(query.group_by(Promise.made_by))}


async def complaints_with_broken_promises(session: AsyncSession, complaint_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the complaints on which a promise was broken."""
    query = select(Promise.complaint_id).where(Promise.complaint_id.in_(complaint_ids), Promise.state == "broken")
    return set(await session.scalars(query))
