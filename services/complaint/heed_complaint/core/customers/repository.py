"""SQL of the customers' read model. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Customer, CustomerAlias, Purchase, SavedValueForecast

Row = Mapping[str, Any]

# The last forecast is archived: reports compare the value saved with its costs.
ARCHIVE_OUTDATED_FORECASTS = text("""
    WITH outdated AS (
        DELETE FROM saved_value_forecast AS forecast
        USING unnest(CAST(:customer_ids AS uuid[]), CAST(:forecast_ats AS timestamptz[]))
            AS newer(customer_id, forecast_at)
        WHERE forecast.customer_id = newer.customer_id AND forecast.forecast_at < newer.forecast_at
        RETURNING forecast.complaint_id, forecast.expected_value_saved, forecast.currency, forecast.forecast_at
    ), archived AS (
        INSERT INTO saved_value_forecast_history AS history (complaint_id, expected_value_saved, currency, forecast_at)
        SELECT complaint_id, expected_value_saved, currency, forecast_at FROM outdated ORDER BY complaint_id
        ON CONFLICT (complaint_id) DO UPDATE SET expected_value_saved = EXCLUDED.expected_value_saved,
            currency = EXCLUDED.currency, forecast_at = EXCLUDED.forecast_at
        WHERE history.forecast_at <= EXCLUDED.forecast_at
    )
    SELECT complaint_id FROM outdated
""")
MARK_FOR_REPLANNING = text("""
    UPDATE complaint_plan_state SET revision = 0 WHERE complaint_id IN (
        SELECT id FROM complaint WHERE customer_id = ANY(CAST(:customer_ids AS uuid[])) AND ended_at IS NULL
        ORDER BY id FOR UPDATE
    )
""")


async def lock_customers(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, Row]:
    """Lock the customers and return their columns."""
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
    statement = insert(CustomerAlias)
    changed = {name: statement.excluded[name] for name in ("survivor_id", "version")}
    newer = CustomerAlias.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["duplicate_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["duplicate_id"])])


async def upsert_forecasts(session: AsyncSession, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = insert(SavedValueForecast)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "complaint_id"}
    newer = SavedValueForecast.forecast_at <= statement.excluded.forecast_at
    upsert = statement.on_conflict_do_update(index_elements=["complaint_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["complaint_id"])])


async def archive_outdated_forecasts(session: AsyncSession, scored_at: Mapping[UUID, datetime]) -> list[UUID]:
    """Archive forecasts that the newer scores of these customers no longer contain; return their complaints."""
    if not scored_at:
        return []
    return list(
        await session.scalars(
            ARCHIVE_OUTDATED_FORECASTS, {"customer_ids": list(scored_at), "forecast_ats": list(scored_at.values())}
        )
    )


async def load_forecasts(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, SavedValueForecast]:
    """Return the forecasts of these complaints, as far as scoring has sent them."""
    found = await session.scalars(select(SavedValueForecast).where(SavedValueForecast.complaint_id.in_(complaint_ids)))
    return {forecast.complaint_id: forecast for forecast in found}


async def add_purchase_units(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Add units to purchases, so that a return may come before its purchase; the inbox counts each event once."""
    statement = insert(Purchase)
    summed = {name: getattr(Purchase, name) + statement.excluded[name] for name in ("units", "returned")}
    upsert = statement.on_conflict_do_update(index_elements=["purchase_id"], set_=summed)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["purchase_id"])])


async def mark_for_replanning(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Mark the open complaints of these customers for replanning."""
    if customer_ids:
        await session.execute(MARK_FOR_REPLANNING, {"customer_ids": sorted(customer_ids)})
