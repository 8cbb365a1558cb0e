"""SQL of the writes of a batch: ledger rows, customers with their scores, and history, each in one statement."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.packed_columns import pack_column, pack_repeated
from heed_scoring.engine.score import Score
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.ledger.entry import LedgerRow

INSERT_LEDGER_ROWS = text("""
    INSERT INTO ledger
        (event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin, payload)
    SELECT event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin, payload
    FROM unnest(
        CAST(string_to_array(:event_ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:parts, chr(31), chr(30)) AS smallint[]), string_to_array(:types, chr(31), chr(30)),
        string_to_array(:kinds, chr(31), chr(30)), CAST(string_to_array(:customer_ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:recorded_ats, chr(31), chr(30)) AS timestamptz[]),
        CAST(string_to_array(:days, chr(31), chr(30)) AS date[]), string_to_array(:currencies, chr(31), chr(30)),
        CAST(string_to_array(:units, chr(31), chr(30)) AS bigint[]),
        CAST(string_to_array(:grosses, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:margins, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:payloads, chr(31), chr(30)) AS jsonb[])
    ) AS row(event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin, payload)
    ORDER BY event_id, part
    ON CONFLICT DO NOTHING
    RETURNING CAST(event_id AS text)
""")
# A customer without a score is a member of a family: lists, daily refresh and reports do not see it.
UPDATE_CUSTOMERS = text("""
    WITH changed AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]), string_to_array(:facts, chr(31), chr(30)),
            CAST(string_to_array(:facts_versions, chr(31), chr(30)) AS bigint[]),
            CAST(string_to_array(:recorded_ats, chr(31), chr(30)) AS timestamptz[]),
            CAST(string_to_array(:versions, chr(31), chr(30)) AS bigint[]), string_to_array(:numbers, chr(31), chr(30)),
            CAST(string_to_array(:amounts, chr(31), chr(30)) AS numeric[]),
            CAST(string_to_array(:potentials, chr(31), chr(30)) AS numeric[]),
            CAST(string_to_array(:loyalties, chr(31), chr(30)) AS numeric[]),
            CAST(string_to_array(:probabilities, chr(31), chr(30)) AS numeric[]),
            CAST(string_to_array(:values_at_risk, chr(31), chr(30)) AS numeric[]),
            string_to_array(:announced_breaks, chr(31), chr(30)),
            CAST(string_to_array(:survivor_ids, chr(31), chr(30)) AS uuid[])
        ) AS row(id, facts, facts_version, recorded_at, version, published_numbers, value_amount, potential, loyalty,
                 probability, value_at_risk, announced_breaks, survivor_id)
    ), with_facts AS (
        UPDATE customer_facts SET
            facts = coalesce(row.facts, customer_facts.facts), facts_version = row.facts_version,
            recorded_at = row.recorded_at, version = row.version,
            announced_breaks = coalesce(row.announced_breaks, customer_facts.announced_breaks),
            published_numbers = CASE WHEN row.value_amount IS NOT NULL
                                     THEN coalesce(row.published_numbers, customer_facts.published_numbers) END
        FROM changed AS row WHERE customer_facts.customer_id = row.id
    )
    UPDATE customer SET
        survivor_id = row.survivor_id,
        scored_on = CASE WHEN row.value_amount IS NOT NULL THEN CAST(:day AS date) END,
        model_version = CASE WHEN row.value_amount IS NOT NULL THEN CAST(:model_version AS text) END,
        value_amount = row.value_amount, potential = row.potential, loyalty = row.loyalty,
        probability = row.probability, value_at_risk = row.value_at_risk,
        published_value_at_risk = CASE WHEN row.published_numbers IS NOT NULL THEN row.value_at_risk
                                       WHEN row.value_amount IS NOT NULL THEN customer.published_value_at_risk END
    FROM changed AS row WHERE customer.customer_id = row.id
""")
UPDATE_SCORES = text("""
    UPDATE customer SET
        scored_on = CAST(:day AS date), model_version = CAST(:model_version AS text),
        value_amount = row.value_amount, potential = row.potential, loyalty = row.loyalty,
        probability = row.probability, value_at_risk = row.value_at_risk
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:amounts, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:potentials, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:loyalties, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:probabilities, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:values_at_risk, chr(31), chr(30)) AS numeric[])
    ) AS row(id, value_amount, potential, loyalty, probability, value_at_risk)
    WHERE customer.customer_id = row.id
""")
NO_SCORE: tuple[str | None, ...] = (None,) * 5
INSERT_HISTORY = text("""
    INSERT INTO history (customer_id, recorded_at, document)
    SELECT customer_id, recorded_at, document
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:recorded_ats, chr(31), chr(30)) AS timestamptz[]),
        string_to_array(:documents, chr(31), chr(30))
    ) AS row(customer_id, recorded_at, document)
    ORDER BY customer_id, recorded_at
""")


async def insert_ledger_rows(session: AsyncSession, rows: Sequence[tuple[LedgerRow, datetime]]) -> set[str]:
    """Insert the rows into the ledger and return the ids of the events that are new."""
    if not rows:
        return set()
    events = [row for row, _ in rows]
    added = await driver.fetch(
        session,
        INSERT_LEDGER_ROWS,
        {
            "event_ids": pack_column([row.event_id for row in events]),
            "parts": pack_column([row.part for row in events]),
            "types": pack_column([row.type for row in events]),
            "kinds": pack_column([row.kind for row in events]),
            "customer_ids": pack_column([row.customer_id for row in events]),
            "recorded_ats": pack_repeated([recorded_at for _, recorded_at in rows]),
            "days": pack_repeated([row.day for row in events]),
            "currencies": pack_column([row.currency for row in events]),
            "units": pack_column([row.units for row in events]),
            "grosses": pack_column([row.gross for row in events]),
            "margins": pack_column([row.margin for row in events]),
            "payloads": pack_column(
                [to_json(row.detail).decode() if row.detail is not None else None for row in events]
            ),
        },
    )
    return {event_id for (event_id,) in added}


async def update_customers(
    session: AsyncSession, customers: Sequence[LockedCustomer], *, day: date, model_version: str
) -> None:
    """Update the scores of locked customers, and facts and published numbers where they are new."""
    rows = sorted(customers, key=_lock_order)
    if not rows:
        return
    await driver.fetch(
        session,
        UPDATE_CUSTOMERS,
        _scores(rows, day, model_version)
        | {
            "facts": pack_column([customer.facts_to_store() for customer in rows]),
            "facts_versions": pack_column([customer.facts_version for customer in rows]),
            "recorded_ats": pack_repeated([customer.recorded_at for customer in rows]),
            "versions": pack_column([customer.version for customer in rows]),
            "numbers": pack_column([customer.new_numbers for customer in rows]),
            "announced_breaks": pack_column([customer.new_announced_breaks for customer in rows]),
            "survivor_ids": pack_column([customer.survivor_id for customer in rows]),
        },
    )


async def update_scores(
    session: AsyncSession, customers: Sequence[LockedCustomer], *, day: date, model_version: str
) -> None:
    """Update only the scores of locked customers without publications: of most, on most days."""
    rows = sorted(customers, key=_lock_order)
    if rows:
        await driver.fetch(session, UPDATE_SCORES, _scores(rows, day, model_version))


async def insert_history(session: AsyncSession, rows: Sequence[tuple[UUID, datetime, str]]) -> None:
    if rows:
        ids, recorded_ats, documents = zip(*rows, strict=True)
        await driver.fetch(
            session,
            INSERT_HISTORY,
            {
                "ids": pack_column(ids),
                "recorded_ats": pack_repeated(recorded_ats),
                "documents": pack_column(documents),
            },
        )


def _lock_order(customer: LockedCustomer) -> int:
    """Return the id as an integer, which compares faster: every writer updates in the same order."""
    return customer.customer_id.int


def _scores(rows: Sequence[LockedCustomer], day: date, model_version: str) -> dict[str, object]:
    """Return the columns of the scores, which lists are sorted by, with their day and model."""
    scores = [NO_SCORE if customer.score is None else _columns(customer.score) for customer in rows]
    names = ("amounts", "potentials", "loyalties", "probabilities", "values_at_risk")
    return {
        "day": day,
        "model_version": model_version,
        "ids": pack_column([customer.customer_id for customer in rows]),
        **dict(zip(names, map(pack_column, zip(*scores, strict=True)), strict=True)),
    }


def _columns(score: Score) -> tuple[str | None, ...]:
    value = score.value
    return value.amount, value.potential, score.loyalty.points, score.risk.probability, value.at_risk
