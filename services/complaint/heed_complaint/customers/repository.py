"""Every query of what is remembered of customers. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.customers.tables import Alias, Bought, Customer, Outlook

Row = Mapping[str, Any]

# A circle that half of what was told closes ends where it began to turn; the other half opens it again.
ROOTS = text("""
    WITH RECURSIVE up (id, here, path) AS (
        SELECT id, id, ARRAY[id] FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION ALL
        SELECT up.id, alias.survivor, up.path || alias.survivor FROM up JOIN alias ON alias.member = up.here
        WHERE alias.survivor IS NOT NULL AND alias.survivor <> ALL (up.path)
    )
    SELECT DISTINCT ON (id) id, here FROM up ORDER BY id, cardinality(path) DESC
""")
MEMBERS = text("""
    WITH RECURSIVE down (id) AS (
        SELECT id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION
        SELECT alias.member FROM down JOIN alias ON alias.survivor = down.id
    )
    SELECT id FROM down
""")
# What was said last is kept: reports hold what was saved against what it cost.
FORGET = text("""
    WITH gone AS (
        DELETE FROM outlook
        USING unnest(CAST(:customer_ids AS uuid[]), CAST(:said_ats AS timestamptz[])) AS newer(customer_id, said_at)
        WHERE outlook.customer_id = newer.customer_id AND outlook.said_at < newer.said_at
        RETURNING outlook.complaint_id, outlook.expected_value_saved, outlook.currency, outlook.said_at
    ), kept AS (
        INSERT INTO past_outlook (complaint_id, expected_value_saved, currency, said_at)
        SELECT complaint_id, expected_value_saved, currency, said_at FROM gone ORDER BY complaint_id
        ON CONFLICT (complaint_id) DO UPDATE SET expected_value_saved = EXCLUDED.expected_value_saved,
            currency = EXCLUDED.currency, said_at = EXCLUDED.said_at
        WHERE past_outlook.said_at <= EXCLUDED.said_at
    )
    SELECT complaint_id FROM gone
""")
REPLAN = text("""
    UPDATE planned SET revision = 0 WHERE complaint_id IN (
        SELECT id FROM complaint WHERE customer_id = ANY(CAST(:customer_ids AS uuid[])) AND ended_at IS NULL
        ORDER BY id FOR UPDATE
    )
""")


async def customers_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """What is known of whoever each of these customers is now; whom nobody has told of is left out."""
    roots = await roots_of(session, customer_ids)
    wanted = {*roots, *roots.values()}
    rows = {row.id: row for row in await session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    found = {customer_id: rows.get(root) or rows.get(customer_id) for customer_id, root in roots.items()}
    return {customer_id: customer for customer_id, customer in found.items() if customer is not None}


async def roots_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Of each customer the one that stands for them; who is not merged stands for themselves."""
    rows = await session.execute(ROOTS, {"ids": sorted(set(customer_ids))})
    return {row.id: row.here for row in rows}


async def members_of(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """These customers and all who were merged into them, over however many steps."""
    return set(await session.scalars(MEMBERS, {"ids": sorted(set(customer_ids))}))


async def family_of(session: AsyncSession, customer_id: UUID) -> set[UUID]:
    """All who are one with this customer."""
    return await members_of(session, (await roots_of(session, [customer_id])).values())


async def lock_customers(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Row]:
    """What is known of them so far, by column."""
    query = select(Customer.__table__).where(Customer.id.in_(customer_ids)).order_by(Customer.id).with_for_update()
    return {row["id"]: dict(row) for row in (await session.execute(query)).mappings()}


async def write_customers(session: AsyncSession, rows: Sequence[Row], *, version: str) -> None:
    """What one source says; `version` names the column that counts its words."""
    if not rows:
        return
    statement = insert(Customer)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    newer = getattr(Customer, version) < statement.excluded[version]
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["id"])])


async def write_aliases(session: AsyncSession, rows: Sequence[Row]) -> None:
    statement = insert(Alias)
    changed = {name: statement.excluded[name] for name in ("survivor", "version")}
    newer = Alias.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["member"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["member"])])


async def write_outlooks(session: AsyncSession, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = insert(Outlook)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "complaint_id"}
    newer = Outlook.said_at <= statement.excluded.said_at
    upsert = statement.on_conflict_do_update(index_elements=["complaint_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["complaint_id"])])


async def forget_outlooks(session: AsyncSession, said: Mapping[UUID, datetime]) -> list[UUID]:
    """What these customers' scores of those moments do not speak of any more: answers of which complaints."""
    if not said:
        return []
    return list(await session.scalars(FORGET, {"customer_ids": list(said), "said_ats": list(said.values())}))


async def outlooks_of(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Outlook]:
    """What scoring last said of each of these complaints, if anything."""
    found = await session.scalars(select(Outlook).where(Outlook.complaint_id.in_(complaint_ids)))
    return {outlook.complaint_id: outlook for outlook in found}


async def add_bought(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Sums, so that a return may come before its purchase; the inbox sees to it that each is counted once."""
    statement = insert(Bought)
    summed = {name: getattr(Bought, name) + statement.excluded[name] for name in ("units", "returned")}
    upsert = statement.on_conflict_do_update(index_elements=["purchase_id"], set_=summed)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["purchase_id"])])


async def ask_to_replan(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """The deadlines of their open complaints are looked at again by the loop that does that."""
    if customer_ids:
        await session.execute(REPLAN, {"customer_ids": sorted(customer_ids)})
