"""SQL of the ledger that several districts need: the single days behind the closed ones of facts."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.ledger.closed_days import OpenDays
from heed_scoring.ledger.facts import Facts

SELECT_DAYS = text("""
    SELECT customer_id, day, currency, sum(units), sum(gross), sum(margin)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:last_days AS date[]), CAST(:untils AS timestamptz[]))
        AS closed(id, last_day, until)
    JOIN ledger ON customer_id = id AND day <= last_day
        AND recorded_at <= coalesce(until, 'infinity')
    WHERE kind IN ('purchase', 'return')
    GROUP BY customer_id, day, currency
""")


async def open_days(
    session: AsyncSession, closed: Mapping[UUID, Facts], *, recorded_ats: Mapping[UUID, datetime | None] | None = None
) -> None:
    """Replace the closed days of these customers by what was booked on each of them.

    Where the customers are not locked, `recorded_ats` are the moments of the last rows that the facts were folded from:
    later ones may have been added since they were read.
    """
    if not closed:
        return
    moments = recorded_ats or {}
    parameters = {
        "ids": list(closed),
        "last_days": [date.fromordinal(facts.closed.days.last) for facts in closed.values() if facts.closed],
        "untils": [moments.get(customer_id) for customer_id in closed],
    }
    found: dict[UUID, OpenDays] = {customer_id: {} for customer_id in closed}
    for customer_id, day, currency, *totals in await session.execute(SELECT_DAYS, parameters):
        if closed[customer_id].is_closed(day):
            found[customer_id].setdefault(day.isoformat(), {})[currency] = list(map(int, totals))
    for customer_id, days in found.items():
        closed[customer_id].open_days(days)
