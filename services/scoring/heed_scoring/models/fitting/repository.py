"""SQL of fits on all customers."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.money import Money

# Customers who are one today count as one all the time, under the survivor's id.
SELECT_PURCHASE_SUMMARIES = text("""
    WITH rate AS (
        SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:rates AS numeric[])) AS row(currency, rate)
    ), bought AS (
        SELECT coalesce(survivor_id, customer_id) AS customer_id, day, coalesce(sum(margin * rate.rate), 0) AS margin
        FROM ledger LEFT JOIN rate USING (currency)
        LEFT JOIN (SELECT customer_id, survivor_id FROM customer WHERE survivor_id IS NOT NULL) AS merged
            USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND day <= :day
        GROUP BY 1, day HAVING sum(units) > 0
    )
    SELECT CAST(:day AS date) - max(day), count(*), CAST(sum(margin) / 10000 AS double precision)
    FROM bought GROUP BY customer_id
""")


async def purchase_summaries(session: AsyncSession, *, day: date | None, money: Money) -> list[tuple[int, int, float]]:
    """Return for each buyer until that day: days since the last purchase, purchase days, margin of all purchases."""
    rates = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    parameters = {"day": day, "currencies": list(rates), "rates": list(rates.values())}
    return [tuple(row) for row in await session.execute(SELECT_PURCHASE_SUMMARIES, parameters)]
