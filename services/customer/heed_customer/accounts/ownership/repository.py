"""SQL of owners."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.accounts.ownership.tables import OwnerChange

INSERT_CURRENT_OWNERS = text("""
    INSERT INTO customer_owner (customer_id, version, owner, since)
    SELECT id, version, owner, CAST(:now AS timestamptz) FROM customer
    WHERE id = ANY(CAST(:ids AS uuid[])) AND (owner IS NOT NULL OR version > 1)
    ORDER BY id
    ON CONFLICT DO NOTHING
""")


async def insert_current_owners(session: AsyncSession, customer_ids: Collection[UUID], *, now: datetime) -> None:
    """Insert the present owner of each customer under its version; a hand-over has inserted its own row already."""
    await session.execute(INSERT_CURRENT_OWNERS, {"ids": sorted(customer_ids), "now": now})


async def add_change(session: AsyncSession, change: OwnerChange) -> None:
    session.add(change)
    await session.flush()


async def list_changes(
    session: AsyncSession, customer_ids: Collection[UUID], *, after: tuple[datetime, int, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """Return a page of changes with the owner before each, the newest first."""
    table = OwnerChange
    previous = func.lag(table.owner).over(partition_by=table.customer_id, order_by=table.version)
    changes = (
        select(*table.__table__.columns, previous.label("previous_owner"))
        .where(table.customer_id.in_(customer_ids))
        .subquery()
    )
    position = (changes.c.since, changes.c.version, changes.c.customer_id)
    query = select(changes).order_by(*(column.desc() for column in position)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*position) < after)
    return (await session.execute(query)).all()
