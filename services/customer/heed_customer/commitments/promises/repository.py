"""SQL of promises."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_customer.commitments.promises.rules import PromiseFilter
from heed_customer.commitments.promises.tables import Promise

JOB = "promises"
"""Name of the job in failed work."""
# A literal, not a parameter: only then can the planner always use the partial index on open promises.
IS_OPEN = Promise.state == literal_column("'open'")


async def add_promise(session: AsyncSession, promise: Promise) -> None:
    session.add(promise)
    await session.flush()


async def get_promise(session: AsyncSession, promise_id: UUID) -> Promise | None:
    return await session.get(Promise, promise_id)


async def lock_promise(session: AsyncSession, promise_id: UUID) -> Promise | None:
    return await session.get(Promise, promise_id, with_for_update=True, populate_existing=True)


async def list_promises(
    session: AsyncSession, customer_ids: Collection[UUID], *, filters: PromiseFilter, after: UUID | None, limit: int
) -> Sequence[Promise]:
    """Return the promises to these customers, the newest first."""
    query = select(Promise).where(Promise.customer_id.in_(customer_ids)).order_by(Promise.id.desc()).limit(limit)
    if filters.state is not None:
        query = query.where(Promise.state == filters.state)
    if filters.made_by is not None:
        query = query.where(Promise.made_by == filters.made_by)
    if filters.due_before is not None:
        query = query.where(Promise.due_at < filters.due_before)
    return (await session.scalars(query if after is None else query.where(Promise.id < after))).all()


async def list_open_ids(session: AsyncSession, customer_ids: Collection[UUID], *, limit: int) -> Sequence[UUID]:
    """Return the open promises to these customers, the most urgent first."""
    query = select(Promise.id).where(IS_OPEN, Promise.customer_id.in_(customer_ids))
    return (await session.scalars(query.order_by(Promise.due_at, Promise.id).limit(limit))).all()


async def count_open(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many promises are open, by the customer that they were made to."""
    query = select(Promise.customer_id, func.count()).where(IS_OPEN, Promise.customer_id.in_(customer_ids))
    rows = await session.execute(query.group_by(Promise.customer_id))
    return dict(rows.all())


async def lock_overdue(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Promise]:
    """Lock and return overdue promises, without those that another transaction has locked."""
    is_set_aside = failed_work.is_set_aside(JOB, Promise.id, now=now)
    query = select(Promise).where(IS_OPEN, Promise.due_at < now, ~is_set_aside).order_by(Promise.due_at, Promise.id)
    found = await session.scalars(
        query.limit(limit).with_for_update(skip_locked=True), execution_options={"populate_existing": True}
    )
    return found.all()
