"""Every query of scoring about customers, their ledger and their history."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.customer_state import CustomerState
from heed_scoring.ledger import Kind, LedgerRow
from heed_scoring.said import Said
from heed_scoring.tables import Customer, History, Ledger

ADD_CUSTOMERS = text("""
    INSERT INTO customer (customer_id, facts, facts_version, version)
    SELECT id, '{}', 0, 0 FROM unnest(CAST(:ids AS uuid[])) AS row(id) ORDER BY id
    ON CONFLICT DO NOTHING
""")
LOCK_CUSTOMERS = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version
    FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY customer_id FOR UPDATE
""")
CLAIM_STALE = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version
    FROM customer
    WHERE facts_version > 0 AND (scored_day < :today OR model_version <> :model_version)
    ORDER BY customer_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
ADD_ROWS = text("""
    INSERT INTO ledger (event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    SELECT event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin,
           CAST(detail AS jsonb)
    FROM unnest(
        CAST(:event_ids AS uuid[]), CAST(:places AS smallint[]),
        CAST(:types AS text[]), CAST(:kinds AS text[]), CAST(:customer_ids AS uuid[]),
        CAST(:known_ats AS timestamptz[]), CAST(:days AS date[]), CAST(:currencies AS text[]),
        CAST(:units AS bigint[]), CAST(:grosses AS bigint[]), CAST(:margins AS bigint[]), CAST(:details AS text[])
    ) AS row(event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    ORDER BY event_id, place
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")
WRITE_CUSTOMERS = text("""
    UPDATE customer SET
        facts = CAST(row.facts AS jsonb), facts_version = row.facts_version, known_at = row.known_at,
        version = row.version, scored_day = row.scored_day, model_version = row.model_version,
        numbers = CAST(row.numbers AS jsonb), amount = row.amount, potential = row.potential,
        loyalty = row.loyalty, probability = row.probability, value_at_risk = row.value_at_risk
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:facts AS text[]), CAST(:facts_versions AS bigint[]),
        CAST(:known_ats AS timestamptz[]), CAST(:versions AS bigint[]), CAST(:scored_days AS date[]),
        CAST(:model_versions AS text[]), CAST(:numbers AS text[]), CAST(:amounts AS numeric[]),
        CAST(:potentials AS numeric[]), CAST(:loyalties AS numeric[]), CAST(:probabilities AS numeric[]),
        CAST(:values_at_risk AS numeric[])
    ) AS row(id, facts, facts_version, known_at, version, scored_day, model_version, numbers, amount, potential,
             loyalty, probability, value_at_risk)
    WHERE customer.customer_id = row.id
""")
ADD_HISTORY = text("""
    INSERT INTO history (customer_id, known_at, said)
    SELECT customer_id, known_at, CAST(said AS jsonb)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:known_ats AS timestamptz[]), CAST(:saids AS text[]))
        AS row(customer_id, known_at, said)
    ORDER BY customer_id, known_at
""")

ENDS = text("""
    SELECT event_id, 'dead' AS ending FROM dead_letter WHERE event_id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT event_id, 'committed' FROM ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))
""")


async def lock_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Makes the missing rows and locks all of them, everybody in the same order."""
    ids = sorted(set(customer_ids))
    if not ids:
        return {}
    await session.execute(ADD_CUSTOMERS, {"ids": ids})
    return {state.customer_id: state for state in _states((await session.execute(LOCK_CUSTOMERS, {"ids": ids})).all())}


async def claim_stale(session: AsyncSession, *, today: date, model_version: str, limit: int) -> list[CustomerState]:
    """Customers whose last score is of another day or another model, locked; those at work elsewhere are passed by."""
    rows = await session.execute(CLAIM_STALE, {"today": today, "model_version": model_version, "limit": limit})
    return _states(rows.all())


async def add_rows(session: AsyncSession, rows: Sequence[tuple[LedgerRow, datetime]]) -> set[UUID]:
    """Writes the events into the ledger and answers those that were not there before."""
    if not rows:
        return set()
    events = [row for row, _ in rows]
    added = await session.execute(
        ADD_ROWS,
        {
            "event_ids": [row.event_id for row in events],
            "places": [row.place for row in events],
            "types": [row.type for row in events],
            "kinds": [row.kind.value for row in events],
            "customer_ids": [row.customer_id for row in events],
            "known_ats": [known_at for _, known_at in rows],
            "days": [row.day for row in events],
            "currencies": [row.currency for row in events],
            "units": [row.units for row in events],
            "grosses": [row.gross for row in events],
            "margins": [row.margin for row in events],
            "details": [json.dumps(row.detail) if row.detail is not None else None for row in events],
        },
    )
    return set(added.scalars())


async def write_customers(session: AsyncSession, states: Sequence[CustomerState]) -> None:
    """Facts and last numbers of locked customers, in one statement."""
    rows = sorted(states, key=lambda state: state.customer_id)
    if not rows:
        return
    await session.execute(
        WRITE_CUSTOMERS,
        {
            "ids": [state.customer_id for state in rows],
            "facts": [json.dumps(state.facts) for state in rows],
            "facts_versions": [state.facts_version for state in rows],
            "known_ats": [state.known_at for state in rows],
            "versions": [state.version for state in rows],
            "scored_days": [state.scored_day for state in rows],
            "model_versions": [state.model_version for state in rows],
            "numbers": [json.dumps(state.numbers) for state in rows],
            "amounts": [state.columns["amount"] for state in rows],
            "potentials": [state.columns["potential"] for state in rows],
            "loyalties": [state.columns["loyalty"] for state in rows],
            "probabilities": [state.columns["probability"] for state in rows],
            "values_at_risk": [state.columns["value_at_risk"] for state in rows],
        },
    )


async def add_history(session: AsyncSession, rows: Sequence[tuple[UUID, datetime, Said]]) -> None:
    if rows:
        await session.execute(
            ADD_HISTORY,
            {
                "ids": [customer_id for customer_id, _, _ in rows],
                "known_ats": [known_at for _, known_at, _ in rows],
                "saids": [json.dumps(said) for _, _, said in rows],
            },
        )


async def customer(session: AsyncSession, customer_id: UUID) -> Customer | None:
    return await session.get(Customer, customer_id)


async def rows_until(session: AsyncSession, customer_id: UUID, *, at: datetime) -> list[LedgerRow]:
    """What was known of the customer at that moment, the event of that microsecond included."""
    found = await session.scalars(
        select(Ledger).where(Ledger.customer_id == customer_id, Ledger.known_at <= at).order_by(Ledger.known_at)
    )
    return [
        LedgerRow(
            row.event_id, row.type, Kind(row.kind), row.customer_id, row.place, row.day, row.currency,
            row.units, row.gross, row.margin, row.detail,
        )
        for row in found
    ]  # fmt: skip


async def last_said(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> Said | None:
    """The newest history row of that moment; of all without one."""
    query = select(History.said).where(History.customer_id == customer_id).order_by(History.known_at.desc()).limit(1)
    return await session.scalar(query if at is None else query.where(History.known_at <= at))


async def by_value_at_risk(session: AsyncSession, *, after: tuple[str, UUID] | None, limit: int) -> Sequence[Customer]:
    """Customers with a score, the largest value at risk first."""
    query = select(Customer).where(Customer.value_at_risk.is_not(None))
    if after is not None:
        query = query.where(tuple_(Customer.value_at_risk, Customer.customer_id) < (Decimal(after[0]), after[1]))
    ordered = query.order_by(Customer.value_at_risk.desc(), Customer.customer_id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()


async def history(
    session: AsyncSession, customer_id: UUID, *, before: datetime | None, limit: int
) -> list[tuple[datetime, Said]]:
    """What was said, newest first."""
    query = select(History.known_at, History.said).where(History.customer_id == customer_id)
    if before is not None:
        query = query.where(History.known_at < before)
    rows = await session.execute(query.order_by(History.known_at.desc()).limit(limit))
    return [(known_at, said) for known_at, said in rows]


async def ends(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Which of these events scoring has committed, and which ended among the dead letters."""
    rows = await session.execute(ENDS, {"ids": event_ids})
    return {row.event_id: row.ending for row in rows}


def _states(rows: Sequence[Row[Any]]) -> list[CustomerState]:
    return [
        CustomerState(row.customer_id, _loads(row.facts), row.facts_version, row.known_at, row.version,
                      _loads(row.numbers), model_version=row.model_version)
        for row in rows
    ]  # fmt: skip


def _loads(value: Any) -> Any:  # noqa: ANN401 - jsonb comes as text where a statement is written out
    return json.loads(value) if isinstance(value, str) else value
