"""SQL that merges customers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.records.customers.tables import Customer, CustomerMerge


async def lock_merges(session: AsyncSession) -> None:
    """Let no other transaction merge or un-merge customers until this one ends."""
    await advisory_locks.lock(session, AdvisoryLock.CUSTOMER_MERGES)


async def lock_customers(session: AsyncSession, one: UUID, other: UUID) -> dict[UUID, Customer]:
    """Lock both in the order of their ids, as all writers do; purchases can still be recorded."""
    statement = select(Customer).where(Customer.id.in_([one, other])).order_by(Customer.id)
    rows = await session.scalars(statement.with_for_update(key_share=True))
    return {row.id: row for row in rows}


async def append_merge(
    session: AsyncSession, duplicate: Customer, survivor_id: UUID | None, *, recorded_at: datetime
) -> None:
    """Append a merge, or without a survivor an un-merge, under the duplicate's version; earlier rows are history."""
    session.add(
        CustomerMerge(
            duplicate_id=duplicate.id, version=duplicate.version, survivor_id=survivor_id, recorded_at=recorded_at
        )
    )
    await session.flush()
