"""SQL of outcomes: ledgers customer by customer, and counts of outcomes.

Who is one with whom is taken as it is known now: a person is one customer, whenever we came to know it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.models.outcomes.point_in_time import TimedRow
from heed_scoring.tables import Customer, Ledger

PAGE_SIZE = 200
"""Small enough not to block the event loop."""
MIN_ID = UUID(int=0)
COLUMNS = (
    Ledger.event_id, Ledger.type, Ledger.kind, Ledger.customer_id, Ledger.part, Ledger.day, Ledger.currency,
    Ledger.units, Ledger.gross, Ledger.margin, Ledger.payload, Ledger.recorded_at,
)  # fmt: skip
SURVIVOR = func.coalesce(Customer.survivor_id, Customer.customer_id)
COUNTS = text("""
    WITH bought AS (
        SELECT coalesce(customer.survivor_id, customer_id) AS survivor, day
        FROM ledger JOIN customer USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND day <= CAST(:day AS date) + CAST(:horizon AS int)
        GROUP BY survivor, day HAVING sum(units) > 0
    ), seen AS (
        SELECT bool_or(day > CAST(:day AS date)) AS stayed FROM bought
        GROUP BY survivor HAVING bool_or(day <= CAST(:day AS date))
    )
    SELECT count(*), count(*) FILTER (WHERE NOT stayed) FROM seen
""")


class OutcomeCounts(NamedTuple):
    """Customers with a purchase by a day, and those of them without one in the 90 days after it."""

    customers: int
    stayed_away: int


async def iterate_ledgers(
    session: AsyncSession, *, until: date, size: int = PAGE_SIZE, every: int = 1
) -> AsyncIterator[list[tuple[UUID, list[TimedRow]]]]:
    """Yield the ledgers of all customers in the order of their ids, page by page, up to that day in order of receipt.

    With `every` only about one in so many, always the same ones: ids end in chance.
    """
    after = MIN_ID
    while ids := await _next_ids(session, after=after, size=size):
        rows: dict[UUID, list[TimedRow]] = {customer_id: [] for customer_id in ids if customer_id.int % every == 0}
        for row in await _rows(session, list(rows), until=until):
            rows[row.survivor].append(_to_timed_row(row))
        yield list(rows.items())
        after = ids[-1]


async def count_outcomes(session: AsyncSession, *, day: date) -> OutcomeCounts:
    """Return the counts of outcomes with the cut at that day."""
    iterate_ledgers, stayed_away = (await session.execute(COUNTS, {"day": day, "horizon": HORIZON_DAYS})).one()
    return OutcomeCounts(iterate_ledgers, stayed_away)


async def _next_ids(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    survives = Customer.survivor_id.is_(None) | (Customer.survivor_id == Customer.customer_id)
    query = select(Customer.customer_id).where(Customer.customer_id > after, survives)
    return (await session.scalars(query.order_by(Customer.customer_id).limit(size))).all()


async def _rows(session: AsyncSession, ids: Sequence[UUID], *, until: date) -> Sequence[Row[tuple[Any, ...]]]:
    """Return columns instead of objects: there are many, and they are read only."""
    query = (
        select(*COLUMNS, SURVIVOR.label("survivor"))
        .join(Customer, Customer.customer_id == Ledger.customer_id)
        .where(Customer.customer_id.in_(ids) | Customer.survivor_id.in_(ids), Ledger.day <= until)
    )
    return (await session.execute(query.order_by(Ledger.recorded_at, Ledger.event_id, Ledger.part))).all()


def _to_timed_row(row: Row[tuple[Any, ...]]) -> TimedRow:
    ledger_row = LedgerRow(
        str(row.event_id), row.type, LedgerKind(row.kind), row.customer_id, row.part, row.day, row.currency,
        row.units, int(row.gross), int(row.margin), row.payload,
    )  # fmt: skip
    return TimedRow(ledger_row, row.recorded_at)
