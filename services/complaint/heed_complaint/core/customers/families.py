"""Families of merged customers: the only module of this service that follows merges.

A merge is a view: complaints stay under the customer they were opened for. Lists, rules and reports ask here.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import CTE, Select, Uuid, all_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Customer, CustomerAlias

GIVEN = select(func.unnest(bindparam("customer_ids", type_=ARRAY(Uuid))).column_valued("id"))


def _roots(members: Select[UUID]) -> CTE:
    """Return each of the members with its surviving customer, as `member` and `root`.

    The longest way up leads to the root. A circle, which half of the events may close until the other half is here,
    ends where it began to turn.
    """
    (member,) = members.subquery("members").c
    up = select(member.label("member"), member.label("here"), array([member]).label("path")).cte("up", recursive=True)
    step = (
        select(up.c.member, CustomerAlias.survivor_id, func.array_append(up.c.path, CustomerAlias.survivor_id))
        .join(CustomerAlias, CustomerAlias.duplicate_id == up.c.here)
        .where(CustomerAlias.survivor_id.is_not(None), CustomerAlias.survivor_id != all_(up.c.path))
    )
    up = up.union_all(step)
    longest = select(up.c.member, up.c.here.label("root")).ext(distinct_on(up.c.member))
    return longest.order_by(up.c.member, func.cardinality(up.c.path).desc()).cte("root")


def _family() -> CTE:
    """Return each given customer with all members of its family, as `id` and `member`.

    The recursion goes up to the root, then down to all its members; both terminate in circles too.
    """
    given = GIVEN.subquery("given")
    up = select(given.c.id, given.c.id.label("here")).cte("up", recursive=True)
    up = up.union(
        select(up.c.id, CustomerAlias.survivor_id)
        .join(CustomerAlias, CustomerAlias.duplicate_id == up.c.here)
        .where(CustomerAlias.survivor_id.is_not(None))
    )
    family = select(up.c.id, up.c.here.label("member")).cte("family", recursive=True)
    return family.union(
        select(family.c.id, CustomerAlias.duplicate_id).join(
            CustomerAlias, CustomerAlias.survivor_id == family.c.member
        )
    )


def _members() -> CTE:
    """Return the given customers and all that were merged into them, directly or in steps."""
    down = GIVEN.cte("down", recursive=True)
    return down.union(select(CustomerAlias.duplicate_id).join(down, CustomerAlias.survivor_id == down.c.id))


def _customers() -> Select[UUID, Customer]:
    """Return each given customer, as `member`, with the row of its root, or its own if the root has none."""
    roots = _roots(GIVEN)
    return (
        select(roots.c.member, Customer)
        .join(Customer, Customer.id.in_([roots.c.root, roots.c.member]))
        .ext(distinct_on(roots.c.member))
        .order_by(roots.c.member, (Customer.id == roots.c.root).desc())
    )


ROOTS = _roots(select(CustomerAlias.duplicate_id).where(CustomerAlias.survivor_id.is_not(None)))
"""The roots of all merged customers, for statements on many customers: one without a row is its own root."""
SELECT_ROOTS = select(_roots(GIVEN))
SELECT_CUSTOMERS = _customers()
SELECT_FAMILIES = select(_family())
SELECT_MEMBERS = select(_members().c.id)


async def roots_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the root of each customer; one that is not merged is its own root."""
    rows = await session.execute(SELECT_ROOTS, {"customer_ids": sorted(set(customer_ids))})
    return {row.member: row.root for row in rows}


async def members_of(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return these customers and all that were merged into them, directly or in steps."""
    return set(await session.scalars(SELECT_MEMBERS, {"customer_ids": sorted(set(customer_ids))}))


async def family_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """Return the family of the customer, including the customer."""
    return (await families_of(session, [customer_id]))[customer_id]


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return the family of each customer, including the customer."""
    families: dict[UUID, set[UUID]] = {}
    for row in await session.execute(SELECT_FAMILIES, {"customer_ids": sorted(set(customer_ids))}):
        families.setdefault(row.id, set()).add(row.member)
    return families


async def customers_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Return the row of the survivor of each customer, or its own; customers without a row are left out."""
    rows = await session.execute(SELECT_CUSTOMERS, {"customer_ids": sorted(set(customer_ids))})
    return {row.member: row.Customer for row in rows}
