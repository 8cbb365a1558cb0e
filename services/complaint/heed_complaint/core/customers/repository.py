"""Every query of what is remembered of customers. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Alias, Bought, Customer, Outlook

Row = Mapping[str, Any]

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
