"""SQL of promises."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_customer.commitments.promises.rules import PromiseFilter, PromiseState
from heed_customer.commitments.promises.tables import Promise
from heed_customer.records.customers.identity import customers_of_owner

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
    query = select(Promise).where(Promise.customer_id.in_(customer_ids), *_conditions(filters))
    query = query.order_by(Promise.id.desc()).limit(limit)
    return (await session.scalars(query if after is None else query.where(Promise.id < after))).all()


async def list_all_promises(
    session: AsyncSession, *, filters: PromiseFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Promise]:
    """Return the promises to all customers, by the moment at which they are due."""
    query = select(Promise).where(*_conditions(filters)).order_by(Promise.due_at, Promise.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(Promise.due_at, Promise.id) > after)
    return (await session.scalars(query)).all()


def _conditions(filters: PromiseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.state is PromiseState.OPEN:
        conditions.append(IS_OPEN)
    elif filters.state is not None:
        conditions.append(Promise.state == filters.state)
    if filters.made_by is not None:
        conditions.append(Promise.made_by == filters.made_by)
    if filters.due_before is not None:
        conditions.append(Promise.due_at < filters.due_before)
    if filters.due_from is not None:
        conditions.append(Promise.due_at >= filters.due_from)
    if filters.owner is not None:
        conditions.append(Promise.customer_id.in_(customers_of_owner(filters.owner)))
    return conditions


async def list_open_ids(session: AsyncSession, customer_ids: Collection[UUID], *, limit: int) -> Sequence[UUID]:
    """Return the open promises to these customers, the most urgent first."""
    query = select(Promise.id).where(IS_OPEN, Promise.customer_id.in_(customer_ids))
    return (await session.scalars(query.order_by(Promise.due_at, Promise.id).limit(limit))).all()


async def count_open(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many promises are open, by the customer that they were made to."""
    query = select(Promise.customer_id, func.count()).where(IS_OPEN, Promise.customer_id.in_(customer_ids))
    rows = await session.execute(query.group_by(Promise.customer_id))
    return dict(rows.all())


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Return the moment at which the next open promise is due."""
    is_set_aside = failed_work.is_set_aside(JOB, Promise.id, now=now)
    return await session.scalar(select(func.min(Promise.due_at)).where(IS_OPEN, ~is_set_aside))


async def lock_overdue(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Promise]:
    """Lock and return overdue promises, without those that another transaction has locked."""
    is_set_aside = failed_work.is_set_aside(JOB, Promise.id, now=now)
    query = select(Promise).where(IS_OPEN, Promise.due_at < now, ~is_set_aside).order_by(Promise.due_at, Promise.id)
    found = await session.scalars(
        query.limit(limit).with_for_update(skip_locked=True), execution_options={"populate_existing": True}
    )
    return found.all()
