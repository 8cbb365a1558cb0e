"""Which customers are one. SQL of merges: of each duplicate the row with the highest version is in force."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.records.customers.tables import Customer, CustomerMerge

SELECT_MERGE_CHAIN = text("""
    WITH RECURSIVE chain (id, position) AS (
        SELECT CAST(:id AS uuid), 0
        UNION ALL
        SELECT newest.survivor_id, chain.position + 1
        FROM chain CROSS JOIN LATERAL (
            SELECT survivor_id FROM customer_merge WHERE duplicate_id = chain.id ORDER BY version DESC LIMIT 1
        ) AS newest
        WHERE newest.survivor_id IS NOT NULL
    )
    SELECT customer.* FROM chain JOIN customer USING (id) ORDER BY chain.position
""")
MERGED_WITH_REACHED_SQL = """
    SELECT survivor_id AS id FROM (
        SELECT survivor_id FROM customer_merge WHERE duplicate_id = reached.id ORDER BY version DESC LIMIT 1
    ) AS newest WHERE survivor_id IS NOT NULL
    UNION ALL
    SELECT duplicate_id FROM customer_merge WHERE survivor_id = reached.id AND version = (
        SELECT max(version) FROM customer_merge AS newest WHERE newest.duplicate_id = customer_merge.duplicate_id
    )
"""
"""For recursive statements: one step from a customer to those merged with it, in both directions."""
FAMILY_SQL = f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL ({MERGED_WITH_REACHED_SQL}) AS next
    )
    SELECT id FROM reached
"""  # noqa: S608 - of constants
SELECT_FAMILY = text(FAMILY_SQL)
LOCK_FAMILY = text(f"SELECT * FROM customer WHERE id IN ({FAMILY_SQL}) ORDER BY id FOR NO KEY UPDATE")  # noqa: S608

SELECT_FAMILIES = text(f"""
    WITH RECURSIVE reached (origin, id) AS (
        SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION
        SELECT reached.origin, next.id FROM reached CROSS JOIN LATERAL ({MERGED_WITH_REACHED_SQL}) AS next
    )
    SELECT origin, id FROM reached
""")  # noqa: S608 - of constants

SELECT_SURVIVORS = text("""
    WITH RECURSIVE chain (root, id, position) AS (
        SELECT id, id, 0 FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION ALL
        SELECT chain.root, newest.survivor_id, chain.position + 1
        FROM chain CROSS JOIN LATERAL (
            SELECT survivor_id FROM customer_merge WHERE duplicate_id = chain.id ORDER BY version DESC LIMIT 1
        ) AS newest
        WHERE newest.survivor_id IS NOT NULL
    )
    SELECT DISTINCT ON (root) root, id FROM chain ORDER BY root, position DESC
""")


def survivor_of_customer() -> ScalarSelect[UUID | None]:
    """Return a subquery for statements about customers: the survivor that each customer is merged into."""
    merge = CustomerMerge
    newest = select(merge.survivor_id).where(merge.duplicate_id == Customer.id).order_by(merge.version.desc()).limit(1)
    return newest.correlate(Customer).scalar_subquery()


def survivors_where(condition: ColumnElement[bool]) -> Select[UUID]:
    """Return the query of all survivors, direct and indirect, of the duplicates that meet the condition.

    A statement may have several of these queries, so their parts have no fixed names.
    """
    merge = CustomerMerge
    newest = select(merge).ext(distinct_on(merge.duplicate_id)).order_by(merge.duplicate_id, merge.version.desc())
    in_force = newest.cte()
    found = (
        select(in_force.c.survivor_id.label("id"))
        .join(Customer, Customer.id == in_force.c.duplicate_id)
        .where(in_force.c.survivor_id.is_not(None), condition)
        .cte(recursive=True)
    )
    further = select(in_force.c.survivor_id).join(found, in_force.c.duplicate_id == found.c.id)
    found = found.union(further.where(in_force.c.survivor_id.is_not(None)))
    return select(found.c.id)


def customers_of_owner(owner: str) -> Select[UUID]:
    """Return the query of an account manager's customers, and of all duplicates of these."""
    merge = CustomerMerge
    newest = select(merge).ext(distinct_on(merge.duplicate_id)).order_by(merge.duplicate_id, merge.version.desc())
    in_force = newest.cte()
    found = (
        select(Customer.id.label("id"))
        .where(Customer.owner == owner, survivor_of_customer().is_(None))
        .cte(recursive=True)
    )
    found = found.union(select(in_force.c.duplicate_id).join(found, in_force.c.survivor_id == found.c.id))
    return select(found.c.id)


async def merge_chain(session: AsyncSession, customer_id: UUID) -> Sequence[Customer]:
    """Return the customer, the one it is merged into, and so on to the last survivor."""
    return (await session.scalars(select(Customer).from_statement(SELECT_MERGE_CHAIN), {"id": customer_id})).all()


async def family_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """Return the customer and all customers merged with it, directly or indirectly."""
    return set((await session.scalars(SELECT_FAMILY, {"id": customer_id})).all())


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each of these customers all customers merged with it, itself included."""
    families: dict[UUID, set[UUID]] = {customer_id: set() for customer_id in customer_ids}
    for origin, member in await session.execute(SELECT_FAMILIES, {"ids": sorted(set(customer_ids))}):
        families[origin].add(member)
    return families


async def lock_family(session: AsyncSession, customer_id: UUID) -> list[Customer]:
    """Lock the customer and all customers merged with it until the transaction ends. Return them, the survivor first.

    The list is empty for an unknown customer. Locked in the order of their ids, as all writers do; purchases can still
    be recorded.
    """
    statement = select(Customer).from_statement(LOCK_FAMILY)
    family, members = {customer_id}, dict[UUID, Customer]()
    # A merge that commits while this transaction waits for its locks adds members.
    while family - members.keys():
        rows = await session.scalars(statement, {"id": customer_id}, execution_options={"populate_existing": True})
        members = {row.id: row for row in rows}
        if not members:
            return []
        family = await family_of(session, customer_id)
    merged = await find_merged(session, family) if len(family) > 1 else set()
    return sorted((members[id_] for id_ in family), key=lambda member: (member.id in merged, member.id))


async def find_survivors(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return for each of these customers the survivor that it is merged into, or itself."""
    rows = await session.execute(SELECT_SURVIVORS, {"ids": list(customer_ids)})
    return {row.root: row.id for row in rows}


async def load_survivors(session: AsyncSession, members: Collection[UUID]) -> list[Customer]:
    """Return those of the customers that are merged into no other one."""
    statement = select(Customer).where(Customer.id.in_(members), survivor_of_customer().is_(None))
    return list(await session.scalars(statement))


async def find_merged(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers are merged into others."""
    return set(
        await session.scalars(select(Customer.id).where(Customer.id.in_(ids), survivor_of_customer().is_not(None)))
    )
