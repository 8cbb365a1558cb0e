"""Every query of scoring about customers, their ledger and their history."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.customer_state import CustomerState
from heed_scoring.facts import Facts, from_json, to_json
from heed_scoring.ledger import Kind, LedgerRow
from heed_scoring.said import Said, read
from heed_scoring.score import Score
from heed_scoring.tables import Customer, History, Ledger
from heed_scoring.union import union

# What is known of merges before the locks tells whom to lock; no round trip of its own, because most are not merged.
ADD_CUSTOMERS = text("""
    WITH added AS (
        INSERT INTO customer (customer_id, facts, facts_version, version)
        SELECT id, '{}', 0, 0 FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        WHERE NOT EXISTS (SELECT FROM customer WHERE customer_id = id) ORDER BY id
        ON CONFLICT DO NOTHING
    )
    SELECT other.customer_id
    FROM (
        SELECT DISTINCT root FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND root IS NOT NULL
    ) AS top
    CROSS JOIN LATERAL (SELECT customer_id FROM customer WHERE root = top.root OFFSET 0) AS other
""")
LOCK_CUSTOMERS = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version, scored_day, told_breaks, root
    FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY customer_id FOR UPDATE
""")
ANY_STALE = text("""
    SELECT EXISTS (SELECT FROM customer WHERE model_version = :model_version AND scored_day < :today)
        OR EXISTS (SELECT FROM customer WHERE model_version < :model_version)
        OR EXISTS (SELECT FROM customer WHERE model_version > :model_version)
""")
CLAIM_STALE = text("""
    SELECT customer_id, facts, facts_version, known_at, version, numbers, model_version, scored_day, told_breaks, root
    FROM customer
    WHERE customer_id > :after AND customer_id <= :until
        AND (scored_day < :today OR model_version <> :model_version)
    ORDER BY customer_id FOR UPDATE SKIP LOCKED
""")
END_OF_PAGE = text("""
    SELECT customer_id FROM customer WHERE customer_id > :after ORDER BY customer_id OFFSET :size - 1 LIMIT 1
""")
ADD_ROWS = text("""
    INSERT INTO ledger (event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    SELECT event_id, place, type, kind, customer_id, known_at, day, currency, units, CAST(gross AS numeric),
           CAST(margin AS numeric), CAST(detail AS jsonb)
    FROM unnest(
        CAST(:event_ids AS uuid[]), CAST(:places AS smallint[]),
        CAST(:types AS text[]), CAST(:kinds AS text[]), CAST(:customer_ids AS uuid[]),
        CAST(:known_ats AS timestamptz[]), CAST(:days AS date[]), CAST(:currencies AS text[]),
        CAST(:units AS bigint[]), CAST(:grosses AS text[]), CAST(:margins AS text[]), CAST(:details AS text[])
    ) AS row(event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    ORDER BY event_id, place
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")
# Who has no score is a member of somebody who has one: neither lists nor sweep nor reports meet them.
WRITE_CUSTOMERS = text("""
    UPDATE customer SET
        facts = coalesce(row.facts, customer.facts), facts_version = row.facts_version, known_at = row.known_at,
        version = row.version, root = row.root,
        scored_day = CASE WHEN row.amount IS NOT NULL THEN CAST(:day AS date) END,
        model_version = CASE WHEN row.amount IS NOT NULL THEN CAST(:model_version AS text) END,
        told_breaks = coalesce(row.told_breaks, customer.told_breaks),
        numbers = CASE WHEN row.amount IS NOT NULL THEN coalesce(row.numbers, customer.numbers) END,
        amount = CAST(row.amount AS numeric),
        potential = CAST(row.potential AS numeric), loyalty = CAST(row.loyalty AS numeric),
        probability = CAST(row.probability AS numeric), value_at_risk = CAST(row.value_at_risk AS numeric)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:facts AS text[]), CAST(:facts_versions AS bigint[]),
        CAST(:known_ats AS timestamptz[]), CAST(:versions AS bigint[]), CAST(:numbers AS text[]),
        CAST(:amounts AS text[]), CAST(:potentials AS text[]), CAST(:loyalties AS text[]),
        CAST(:probabilities AS text[]), CAST(:values_at_risk AS text[]), CAST(:told_breaks AS text[]),
        CAST(:roots AS uuid[])
    ) AS row(id, facts, facts_version, known_at, version, numbers, amount, potential, loyalty, probability,
             value_at_risk, told_breaks, root)
    WHERE customer.customer_id = row.id
""")
NO_SCORE: tuple[str | None, ...] = (None,) * 5
ADD_HISTORY = text("""
    INSERT INTO history (customer_id, known_at, said)
    SELECT customer_id, known_at, said
    FROM unnest(CAST(:ids AS uuid[]), CAST(:known_ats AS timestamptz[]), CAST(:saids AS text[]))
        AS row(customer_id, known_at, said)
    ORDER BY customer_id, known_at
""")

FACTS = text("""
    SELECT member.facts
    FROM customer AS named CROSS JOIN LATERAL (
        SELECT named.facts, named.facts_version WHERE named.root IS NULL
        UNION ALL
        SELECT facts, facts_version FROM customer WHERE root = named.root
    ) AS member
    WHERE named.customer_id = :id AND member.facts_version > 0
""")
SURVIVOR = text("SELECT root FROM customer WHERE customer_id = :id")
ENDS = text("""
    SELECT event_id, 'dead' AS ending FROM dead_letter WHERE event_id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT event_id, 'committed' FROM ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))
""")


async def lock_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Makes the missing rows and locks all of them and all who are merged with them, everybody in the same order."""
    ids = sorted(set(customer_ids), key=attrgetter("int"))
    if not ids:
        return {}
    merged = (await session.execute(ADD_CUSTOMERS, {"ids": ids})).scalars().all()
    if merged:
        ids = sorted({*ids, *merged}, key=attrgetter("int"))
    return {state.customer_id: state for state in _states((await session.execute(LOCK_CUSTOMERS, {"ids": ids})).all())}


async def any_stale(session: AsyncSession, *, today: date, model_version: str) -> bool:
    """Whether some customer's last score is of another day or another model."""
    found = await session.execute(ANY_STALE, {"today": today, "model_version": model_version})
    return bool(found.scalar_one())


async def end_of_page(session: AsyncSession, *, after: UUID, size: int) -> UUID | None:
    """The id that ends the next so many customers; None where fewer are left."""
    return (await session.execute(END_OF_PAGE, {"after": after, "size": size})).scalar()


async def claim_stale(
    session: AsyncSession, *, after: UUID, until: UUID, today: date, model_version: str
) -> list[CustomerState]:
    """Those of them in that range of ids, locked; customers at work elsewhere are passed by."""
    wanted = {"after": after, "until": until, "today": today, "model_version": model_version}
    return _states((await session.execute(CLAIM_STALE, wanted)).all())


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
            "grosses": [str(row.gross) for row in events],
            "margins": [str(row.margin) for row in events],
            "details": [json.dumps(row.detail) if row.detail is not None else None for row in events],
        },
    )
    return set(added.scalars())


async def write_customers(
    session: AsyncSession, states: Sequence[CustomerState], *, day: date, model_version: str
) -> None:
    """Scores of locked customers, and facts and told numbers where they are new, in one statement."""
    rows = sorted(states, key=attrgetter("customer_id"))
    if not rows:
        return
    scores = [NO_SCORE if state.score is None else _columns(state.score) for state in rows]
    amounts, potentials, loyalties, probabilities, values_at_risk = zip(*scores, strict=True)
    await session.execute(
        WRITE_CUSTOMERS,
        {
            "day": day,
            "model_version": model_version,
            "ids": [state.customer_id for state in rows],
            "facts": [to_json(state.facts) if state.facts is not None else None for state in rows],
            "facts_versions": [state.facts_version for state in rows],
            "known_ats": [state.known_at for state in rows],
            "versions": [state.version for state in rows],
            "numbers": [state.told for state in rows],
            "amounts": amounts,
            "potentials": potentials,
            "loyalties": loyalties,
            "probabilities": probabilities,
            "values_at_risk": values_at_risk,
            "told_breaks": [state.new_breaks for state in rows],
            "roots": [state.root for state in rows],
        },
    )


async def add_history(session: AsyncSession, rows: Sequence[tuple[UUID, datetime, str]]) -> None:
    if rows:
        await session.execute(
            ADD_HISTORY,
            {
                "ids": [customer_id for customer_id, _, _ in rows],
                "known_ats": [known_at for _, known_at, _ in rows],
                "saids": [said for _, _, said in rows],
            },
        )


async def facts(session: AsyncSession, customer_id: UUID) -> Facts | None:
    """What is folded of the customer and of all who are one with them; None where nothing is known."""
    stored = (await session.execute(FACTS, {"id": customer_id})).scalars().all()
    return union(from_json(part) for part in stored) if stored else None


async def survivor(session: AsyncSession, customer_id: UUID) -> UUID:
    """Who is scored for this customer: themselves, or whom they are merged into."""
    return (await session.execute(SURVIVOR, {"id": customer_id})).scalar() or customer_id


async def rows_until(session: AsyncSession, customer_ids: Collection[UUID], *, at: datetime) -> list[LedgerRow]:
    """What was known of these customers at that moment, the event of that microsecond included."""
    found = await session.scalars(
        select(Ledger).where(Ledger.customer_id.in_(customer_ids), Ledger.known_at <= at).order_by(Ledger.known_at)
    )
    return [
        LedgerRow(
            row.event_id, row.type, Kind(row.kind), row.customer_id, row.place, row.day, row.currency,
            row.units, int(row.gross), int(row.margin), row.detail,
        )
        for row in found
    ]  # fmt: skip


async def last_said(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> Said | None:
    """The newest history row of that moment; of all without one."""
    query = select(History).where(History.customer_id == customer_id).order_by(History.known_at.desc()).limit(1)
    row = await session.scalar(query if at is None else query.where(History.known_at <= at))
    return None if row is None else read(customer_id, row.said, at=row.known_at)


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
    return [(known_at, read(customer_id, said, at=known_at)) for known_at, said in rows]


async def ends(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Which of these events scoring has committed, and which ended among the dead letters."""
    rows = await session.execute(ENDS, {"ids": event_ids})
    return {row.event_id: row.ending for row in rows}


def _columns(score: Score) -> tuple[str | None, ...]:
    """What lists are sorted by."""
    value = score.value
    return value.amount, value.potential, score.loyalty.points, score.risk.probability, value.at_risk


def _states(rows: Sequence[Row[Any]]) -> list[CustomerState]:
    return [CustomerState(*columns) for columns in map(tuple, rows)]
