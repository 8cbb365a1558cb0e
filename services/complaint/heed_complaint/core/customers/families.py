"""Who a customer is now, and who belongs to them: the one place of this service that follows merges.

A merge is a view: complaints stay under the customer they were opened for. Lists, rules and reports ask here.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import CTE, Select, Uuid, all_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, array, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Alias, Customer


def _roots(members: Select[UUID]) -> CTE:
    """Return each of the members with the customer that stands for them, as `member` and `root`.

    The longest way up leads to the root. A circle, which half of the events may close until the other half is here,
    ends where it began to turn.
    """
    (member,) = members.subquery("members").c
    up = select(member.label("member"), member.label("here"), array([member]).label("path")).cte("up", recursive=True)
    step = (
        select(up.c.member, Alias.survivor, func.array_append(up.c.path, Alias.survivor))
        .join(Alias, Alias.member == up.c.here)
        .where(Alias.survivor.is_not(None), Alias.survivor != all_(up.c.path))
    )
    up = up.union_all(step)
    longest = select(up.c.member, up.c.here.label("root")).ext(distinct_on(up.c.member))
    return longest.order_by(up.c.member, func.cardinality(up.c.path).desc()).cte("root")


ROOTS = _roots(select(Alias.member).where(Alias.survivor.is_not(None)))
"""Of all who are merged, for statements that read many customers: who is not in it is their own root."""


async def roots_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the root of each customer; who is not merged is their own."""
    roots = _roots(_each(customer_ids))
    return {row.member: row.root for row in await session.execute(select(roots))}


async def members_of(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return these customers and all who were merged into them, directly or in steps."""
    down = _each(customer_ids).cte("down", recursive=True)
    down = down.union(select(Alias.member).join(down, Alias.survivor == down.c.id))
    return set(await session.scalars(select(down.c.id)))


async def family_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """Return all who are one with this customer, the customer among them."""
    return (await families_of(session, [customer_id]))[customer_id]


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return of each customer all who are one with them, the customer among them.

    Up to the root, then down to all its members; both end in circles too.
    """
    each = _each(customer_ids).subquery("each")
    up = select(each.c.id, each.c.id.label("here")).cte("up", recursive=True)
    up = up.union(
        select(up.c.id, Alias.survivor).join(Alias, Alias.member == up.c.here).where(Alias.survivor.is_not(None))
    )
    family = select(up.c.id, up.c.here.label("member")).cte("family", recursive=True)
    family = family.union(select(family.c.id, Alias.member).join(Alias, Alias.survivor == family.c.member))
    families: dict[UUID, set[UUID]] = {}
    for row in await session.execute(select(family)):
        families.setdefault(row.id, set()).add(row.member)
    return families


async def customers_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Return the current customer of each of these ids; unknown ones are left out."""
    roots = await roots_of(session, customer_ids)
    wanted = {*roots, *roots.values()}
    rows = {row.id: row for row in await session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    found = {customer_id: rows.get(root) or rows.get(customer_id) for customer_id, root in roots.items()}
    return {customer_id: customer for customer_id, customer in found.items() if customer is not None}


def _each(customer_ids: Collection[UUID]) -> Select[UUID]:
    return select(func.unnest(literal(sorted(set(customer_ids)), ARRAY(Uuid))).column_valued("id"))
