"""SQL of the customers' read model. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import bulk_upserts, driver
from heed_common.bulk_upserts import Row
from heed_complaint.core.customers.tables import Customer, CustomerAlias, Purchase, SavedValueForecast

SLA_STATE_COLUMNS = ("kind", "role", "buyer_type", "language", "time_zone", "region")
STATE_COLUMNS = (*SLA_STATE_COLUMNS, "external_id_hash")
SCORE_COLUMNS = (
    "tier",
    "loyalty_class",
    "churn_risk",
    "churn_band",
    "value_at_risk",
    "potential_value",
    "value_currency",
)
SLA_RELEVANT_COLUMNS = (*SLA_STATE_COLUMNS, "tier")
"""The columns whose change moves deadlines. Risk and loyalty change because of the complaint itself: a deadline that
followed them would run after its own tail, so they count as they were when it was planned."""


class UpsertedCustomer(NamedTuple):
    """A customer whose columns were replaced, and whether one of them moves deadlines."""

    id: UUID
    moves_deadlines: bool


def _upsert_of(columns: Sequence[str], *, version: str) -> TextClause:
    """Return the upsert of the columns of one source; of each customer the highest version stays.

    The rows are locked and compared before they are replaced. Their order is that of the ids.
    """
    names = ("id", *columns, version)
    relevant = [name for name in columns if name in SLA_RELEVANT_COLUMNS]
    return text(f"""
        WITH given AS (
            SELECT * FROM {bulk_upserts.rows_of(Customer, names)}
        ), stored AS (
            SELECT customer.* FROM customer JOIN given USING (id) ORDER BY id FOR UPDATE OF customer
        ), newer AS MATERIALIZED (
            SELECT given.*, ROW({", ".join(f"given.{name}" for name in relevant)})
                IS DISTINCT FROM ROW({", ".join(f"stored.{name}" for name in relevant)}) AS moves_deadlines
            FROM given LEFT JOIN stored ON stored.id = given.id
            WHERE stored.id IS NULL OR stored.{version} < given.{version}
        ), upserted AS (
            INSERT INTO customer ({", ".join(names)}) SELECT {", ".join(names)} FROM newer ORDER BY id
            ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])}
            WHERE customer.{version} < EXCLUDED.{version}
        )
        SELECT id, moves_deadlines FROM newer
    """)  # noqa: S608 - names from closed lists


UPSERT_STATE = _upsert_of(STATE_COLUMNS, version="customer_version")
UPSERT_SCORES = _upsert_of(SCORE_COLUMNS, version="score_version")
UPSERT_ALIASES = bulk_upserts.newer_wins(
    CustomerAlias, key="duplicate_id", columns=("duplicate_id", "survivor_id", "version"), version="version"
)
FORECAST_COLUMNS = (
    "customer_id",
    "risk_if_resolved_quickly",
    "risk_if_unresolved",
    "expected_value_saved",
    "currency",
    "forecast_at",
    "score_version",
)
UPSERT_FORECASTS = bulk_upserts.upsert(
    SavedValueForecast,
    key="complaint_id",
    columns=("complaint_id", *FORECAST_COLUMNS),
    changes={name: f"EXCLUDED.{name}" for name in FORECAST_COLUMNS},
    where="saved_value_forecast.forecast_at <= EXCLUDED.forecast_at",
)
ADD_PURCHASE_UNITS = bulk_upserts.upsert(
    Purchase,
    key="purchase_id",
    columns=("purchase_id", "customer_id", "occurred_at", "units", "returned"),
    changes={name: f"purchase.{name} + EXCLUDED.{name}" for name in ("units", "returned")},
)
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


async def upsert_state(session: AsyncSession, rows: Sequence[Row]) -> list[UpsertedCustomer]:
    """Upsert the state that customer events name. Return the customers whose state was not newer already."""
    return await _upsert_customers(session, UPSERT_STATE, rows)


async def ids_by_external_id_hash(session: AsyncSession, hashes: Collection[str]) -> dict[str, UUID]:
    """Return the ids of the customers with these hashes, as far as they are known."""
    query = select(Customer.external_id_hash, Customer.id).where(Customer.external_id_hash.in_(sorted(hashes)))
    return {str(hashed): id_ for hashed, id_ in await session.execute(query)}


async def existing_ids(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are known."""
    return set(await session.scalars(select(Customer.id).where(Customer.id.in_(sorted(customer_ids)))))


async def upsert_scores(session: AsyncSession, rows: Sequence[Row]) -> list[UpsertedCustomer]:
    """Upsert the scores. Return the customers whose score was not newer already."""
    return await _upsert_customers(session, UPSERT_SCORES, rows)


async def upsert_aliases(session: AsyncSession, rows: Sequence[Row]) -> None:
    await bulk_upserts.execute(session, UPSERT_ALIASES, rows)


async def upsert_forecasts(session: AsyncSession, rows: Sequence[Row]) -> None:
    await bulk_upserts.execute(session, UPSERT_FORECASTS, rows)


async def archive_outdated_forecasts(session: AsyncSession, scored_at: Mapping[UUID, datetime]) -> list[UUID]:
    """Archive forecasts that the newer scores of these customers no longer contain; return their complaints."""
    if not scored_at:
        return []
    parameters = {"customer_ids": list(scored_at), "forecast_ats": list(scored_at.values())}
    return [row["complaint_id"] for row in await driver.fetch(session, ARCHIVE_OUTDATED_FORECASTS, parameters)]


async def load_forecasts(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, SavedValueForecast]:
    """Return the forecasts of these complaints, as far as scoring has sent them."""
    found = await session.scalars(select(SavedValueForecast).where(SavedValueForecast.complaint_id.in_(complaint_ids)))
    return {forecast.complaint_id: forecast for forecast in found}


async def add_purchase_units(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Add units to purchases, so that a return may come before its purchase; the inbox counts each event once."""
    await bulk_upserts.execute(session, ADD_PURCHASE_UNITS, rows)


async def mark_for_replanning(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Mark the open complaints of these customers for replanning."""
    if customer_ids:
        await session.execute(MARK_FOR_REPLANNING, {"customer_ids": sorted(customer_ids)})


async def _upsert_customers(
    session: AsyncSession, statement: TextClause, rows: Sequence[Row]
) -> list[UpsertedCustomer]:
    found = await driver.fetch(session, statement, bulk_upserts.columns_of(rows))
    return [UpsertedCustomer(*row.values()) for row in found]
