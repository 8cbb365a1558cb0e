"""What scoring writes down with each event and each new day: rows of the ledger, scores, history."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.packed_columns import pack_column
from heed_scoring.engine.score import Score
from heed_scoring.identities.customer_row import CustomerState
from heed_scoring.ledger import facts
from heed_scoring.ledger.entry import LedgerRow

ADD_ROWS = text("""
    INSERT INTO ledger (event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    SELECT event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail
    FROM unnest(
        CAST(string_to_array(:event_ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:places, chr(31), chr(30)) AS smallint[]), string_to_array(:types, chr(31), chr(30)),
        string_to_array(:kinds, chr(31), chr(30)), CAST(string_to_array(:customer_ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:known_ats, chr(31), chr(30)) AS timestamptz[]),
        CAST(string_to_array(:days, chr(31), chr(30)) AS date[]), string_to_array(:currencies, chr(31), chr(30)),
        CAST(string_to_array(:units, chr(31), chr(30)) AS bigint[]),
        CAST(string_to_array(:grosses, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:margins, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:details, chr(31), chr(30)) AS jsonb[])
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
        amount = row.amount, potential = row.potential, loyalty = row.loyalty, probability = row.probability,
        value_at_risk = row.value_at_risk
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]), string_to_array(:facts, chr(31), chr(30)),
        CAST(string_to_array(:facts_versions, chr(31), chr(30)) AS bigint[]),
        CAST(string_to_array(:known_ats, chr(31), chr(30)) AS timestamptz[]),
        CAST(string_to_array(:versions, chr(31), chr(30)) AS bigint[]), string_to_array(:numbers, chr(31), chr(30)),
        CAST(string_to_array(:amounts, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:potentials, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:loyalties, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:probabilities, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:values_at_risk, chr(31), chr(30)) AS numeric[]),
        string_to_array(:told_breaks, chr(31), chr(30)), CAST(string_to_array(:roots, chr(31), chr(30)) AS uuid[])
    ) AS row(id, facts, facts_version, known_at, version, numbers, amount, potential, loyalty, probability,
             value_at_risk, told_breaks, root)
    WHERE customer.customer_id = row.id
""")
WRITE_SCORES = text("""
    UPDATE customer SET
        scored_day = CAST(:day AS date), model_version = CAST(:model_version AS text),
        amount = row.amount, potential = row.potential, loyalty = row.loyalty, probability = row.probability,
        value_at_risk = row.value_at_risk
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:amounts, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:potentials, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:loyalties, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:probabilities, chr(31), chr(30)) AS numeric[]),
        CAST(string_to_array(:values_at_risk, chr(31), chr(30)) AS numeric[])
    ) AS row(id, amount, potential, loyalty, probability, value_at_risk)
    WHERE customer.customer_id = row.id
""")
NO_SCORE: tuple[str | None, ...] = (None,) * 5
ADD_HISTORY = text("""
    INSERT INTO history (customer_id, known_at, said)
    SELECT customer_id, known_at, said
    FROM unnest(
        CAST(string_to_array(:ids, chr(31), chr(30)) AS uuid[]),
        CAST(string_to_array(:known_ats, chr(31), chr(30)) AS timestamptz[]), string_to_array(:saids, chr(31), chr(30))
    ) AS row(customer_id, known_at, said)
    ORDER BY customer_id, known_at
""")


async def add_rows(session: AsyncSession, rows: Sequence[tuple[LedgerRow, datetime]]) -> set[UUID]:
    """Writes the events into the ledger and answers those that were not there before."""
    if not rows:
        return set()
    events = [row for row, _ in rows]
    added = await session.execute(
        ADD_ROWS,
        {
            "event_ids": pack_column([row.event_id for row in events]),
            "places": pack_column([row.place for row in events]),
            "types": pack_column([row.type for row in events]),
            "kinds": pack_column([row.kind.value for row in events]),
            "customer_ids": pack_column([row.customer_id for row in events]),
            "known_ats": pack_column([known_at for _, known_at in rows]),
            "days": pack_column([row.day for row in events]),
            "currencies": pack_column([row.currency for row in events]),
            "units": pack_column([row.units for row in events]),
            "grosses": pack_column([row.gross for row in events]),
            "margins": pack_column([row.margin for row in events]),
            "details": pack_column(
                [to_json(row.detail).decode() if row.detail is not None else None for row in events]
            ),
        },
    )
    return set(added.scalars())


async def write_customers(
    session: AsyncSession, states: Sequence[CustomerState], *, day: date, model_version: str
) -> None:
    """Scores of locked customers, and facts and told numbers where they are new, in one statement."""
    rows = sorted(states, key=_place)
    if not rows:
        return
    await session.execute(
        WRITE_CUSTOMERS,
        _scores(rows, day, model_version)
        | {
            "facts": pack_column([facts.to_json(state.facts) if state.facts is not None else None for state in rows]),
            "facts_versions": pack_column([state.facts_version for state in rows]),
            "known_ats": pack_column([state.known_at for state in rows]),
            "versions": pack_column([state.version for state in rows]),
            "numbers": pack_column([state.told for state in rows]),
            "told_breaks": pack_column([state.new_breaks for state in rows]),
            "roots": pack_column([state.root for state in rows]),
        },
    )


async def write_scores(
    session: AsyncSession, states: Sequence[CustomerState], *, day: date, model_version: str
) -> None:
    """Only the scores of that day, of locked customers of whom nothing is told: of most, on most days."""
    rows = sorted(states, key=_place)
    if rows:
        await session.execute(WRITE_SCORES, _scores(rows, day, model_version))


async def add_history(session: AsyncSession, rows: Sequence[tuple[UUID, datetime, str]]) -> None:
    if rows:
        ids, known_ats, saids = map(pack_column, zip(*rows, strict=True))
        await session.execute(ADD_HISTORY, {"ids": ids, "known_ats": known_ats, "saids": saids})


def _place(state: CustomerState) -> int:
    """Where every writer meets the customer, as integers: ids compare themselves more slowly."""
    return state.customer_id.int


def _scores(rows: Sequence[CustomerState], day: date, model_version: str) -> dict[str, object]:
    """What lists are sorted by, of which day and model."""
    scores = [NO_SCORE if state.score is None else _columns(state.score) for state in rows]
    names = ("amounts", "potentials", "loyalties", "probabilities", "values_at_risk")
    return {
        "day": day,
        "model_version": model_version,
        "ids": pack_column([state.customer_id for state in rows]),
        **dict(zip(names, map(pack_column, zip(*scores, strict=True)), strict=True)),
    }


def _columns(score: Score) -> tuple[str | None, ...]:
    value = score.value
    return value.amount, value.potential, score.loyalty.points, score.risk.probability, value.at_risk
