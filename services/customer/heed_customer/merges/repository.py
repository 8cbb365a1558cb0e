"""Every query of merges. Of the aliases of one member the one with the highest version holds."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.tables import Alias, Customer

CHAIN = text("""
    WITH RECURSIVE chain (id, place) AS (
        SELECT CAST(:id AS uuid), 0
        UNION ALL
        SELECT newest.survivor, chain.place + 1
        FROM chain CROSS JOIN LATERAL (
            SELECT survivor FROM alias WHERE member = chain.id ORDER BY version DESC LIMIT 1
        ) AS newest
        WHERE newest.survivor IS NOT NULL
    )
    SELECT customer.* FROM chain JOIN customer USING (id) ORDER BY chain.place
""")


MERGED_WITH_REACHED = """
    SELECT survivor AS id FROM (
        SELECT survivor FROM alias WHERE member = reached.id ORDER BY version DESC LIMIT 1
    ) AS newest WHERE survivor IS NOT NULL
    UNION ALL
    SELECT member FROM alias WHERE survivor = reached.id
        AND version = (SELECT max(version) FROM alias AS newest WHERE newest.member = alias.member)
"""
"""For recursive statements: one step from a customer to those who are merged with it, in both directions."""
SELECT_FAMILY = text(f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL ({MERGED_WITH_REACHED}) AS next
    )
    SELECT id FROM reached
""")  # noqa: S608 - of constants


def survivor_of_customer() -> ScalarSelect[UUID | None]:
    """For statements about customers: whom each of them is merged into."""
    newest = select(Alias.survivor).where(Alias.member == Customer.id).order_by(Alias.version.desc()).limit(1)
    return newest.correlate(Customer).scalar_subquery()


def survivors_where(condition: ColumnElement[bool]) -> Select[UUID]:
    """Return the query of all whom customers that meet the condition are merged into, directly or in steps."""
    newest = select(Alias).ext(distinct_on(Alias.member)).order_by(Alias.member, Alias.version.desc()).cte("newest")
    found = (
        select(newest.c.survivor.label("id"))
        .join(Customer, Customer.id == newest.c.member)
        .where(newest.c.survivor.is_not(None), condition)
        .cte("found", recursive=True)
    )
    further = select(newest.c.survivor).join(found, newest.c.member == found.c.id)
    found = found.union(further.where(newest.c.survivor.is_not(None)))
    return select(found.c.id)


async def merge_alone(session: AsyncSession) -> None:
    """Until the end of the transaction nobody else merges or un-merges."""
    await advisory_locks.lock(session, AdvisoryLock.CUSTOMER_MERGES)


async def chain(session: AsyncSession, customer_id: UUID) -> Sequence[Customer]:
    """The customer, whom it is merged into, whom that one is merged into, and so on to the root."""
    return (await session.scalars(select(Customer).from_statement(CHAIN), {"id": customer_id})).all()


async def family_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """Return the customer and all who are one with them."""
    return set((await session.scalars(SELECT_FAMILY, {"id": customer_id})).all())


async def find_merged(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers are merged into others."""
    return set(
        await session.scalars(select(Customer.id).where(Customer.id.in_(ids), survivor_of_customer().is_not(None)))
    )


async def lock_pair(session: AsyncSession, one: UUID, other: UUID) -> dict[UUID, Customer]:
    """Both, everybody in the same order; purchases go on being recorded."""
    statement = select(Customer).where(Customer.id.in_([one, other])).order_by(Customer.id)
    rows = await session.scalars(statement.with_for_update(key_share=True))
    return {row.id: row for row in rows}


async def add_alias(session: AsyncSession, member: Customer, survivor: UUID | None, *, known_at: datetime) -> None:
    """Appended under the member's version; what was before stays to be read."""
    session.add(Alias(member=member.id, version=member.version, survivor=survivor, known_at=known_at))
    await session.flush()
