"""SQL of the read model of customers. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Alias, Bought, Customer, Outlook

Row = Mapping[str, Any]

# The last forecast is archived: reports compare the value saved with its cost.
ARCHIVE_OUTDATED_FORECASTS = text("""
    WITH gone AS (
        DELETE FROM outlook
        USING unnest(CAST(:customer_ids AS uuid[]), CAST(:forecast_ats AS timestamptz[])) AS newer(customer_id, said_at)
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
MARK_FOR_REPLANNING = text("""
    UPDATE planned SET revision = 0 WHERE complaint_id IN (
        SELECT id FROM complaint WHERE customer_id = ANY(CAST(:customer_ids AS uuid[])) AND ended_at IS NULL
        ORDER BY id FOR UPDATE
    )
""")


async def lock_customers(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Row]:
    """Lock and return the stored rows by id."""
    query = select(Customer.__table__).where(Customer.id.in_(customer_ids)).order_by(Customer.id).with_for_update()
    return {row["id"]: dict(row) for row in (await session.execute(query)).mappings()}


async def upsert_customers(session: AsyncSession, rows: Sequence[Row], *, version: str) -> None:
    """Upsert the columns of one source; `version` names the column of its version."""
    if not rows:
        return
    statement = insert(Customer)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    newer = getattr(Customer, version) < statement.excluded[version]
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["id"])])


async def upsert_aliases(session: AsyncSession, rows: Sequence[Row]) -> None:
    statement = insert(Alias)
    changed = {name: statement.excluded[name] for name in ("survivor", "version")}
    newer = Alias.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["member"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["member"])])


async def upsert_forecasts(session: AsyncSession, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = insert(Outlook)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "complaint_id"}
    newer = Outlook.said_at <= statement.excluded.said_at
    upsert = statement.on_conflict_do_update(index_elements=["complaint_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["complaint_id"])])


async def archive_outdated_forecasts(session: AsyncSession, newer: Mapping[UUID, datetime]) -> list[UUID]:
    """Archive forecasts that are older than the scores of their customers; return the ids of the complaints."""
    if not newer:
        return []
    return list(
        await session.scalars(
            ARCHIVE_OUTDATED_FORECASTS, {"customer_ids": list(newer), "forecast_ats": list(newer.values())}
        )
    )


async def load_forecasts(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, Outlook]:
    """Return the last forecast of each complaint that has one."""
    found = await session.scalars(select(Outlook).where(Outlook.complaint_id.in_(complaint_ids)))
    return {outlook.complaint_id: outlook for outlook in found}


async def add_purchase_units(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Add units; sums, because a return may arrive before its purchase. The inbox deduplicates."""
    statement = insert(Bought)
    summed = {name: getattr(Bought, name) + statement.excluded[name] for name in ("units", "returned")}
    upsert = statement.on_conflict_do_update(index_elements=["purchase_id"], set_=summed)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["purchase_id"])])


async def mark_for_replanning(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Mark the open complaints of the customers for replanning."""
    if customer_ids:
        await session.execute(MARK_FOR_REPLANNING, {"customer_ids": sorted(customer_ids)})
