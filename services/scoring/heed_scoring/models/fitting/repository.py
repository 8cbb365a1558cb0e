"""SQL of fits on all customers."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.features.features import year_before
from heed_scoring.engine.money import Money
from heed_scoring.ledger.facts import from_json, may_be_closed, to_json
from heed_scoring.repository import open_days

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

SELECT_FACTS_SAMPLE = text("""
    SELECT customer_id, facts, recorded_at FROM customer_facts WHERE customer_id IN (
        SELECT customer_id FROM customer WHERE coalesce(survivor_id, customer_id) = customer_id
        ORDER BY md5(CAST(customer_id AS text)) LIMIT :size
    )
""")


async def purchase_summaries(session: AsyncSession, *, day: date | None, money: Money) -> list[tuple[int, int, float]]:
    """Return for each buyer until that day: days since the last purchase, purchase days, margin of all purchases."""
    rates = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    parameters = {"day": day, "currencies": list(rates), "rates": list(rates.values())}
    return [tuple(row) for row in await session.execute(SELECT_PURCHASE_SUMMARIES, parameters)]


async def sample_of_facts(session: AsyncSession, *, size: int, day: date | None) -> list[str]:
    """Return the facts of a sample of customers, always the same: chosen by a hash of the id, independent of value.

    That day may be long ago: closed days after the year before it are opened.
    """
    rows = (await session.execute(SELECT_FACTS_SAMPLE, {"size": size})).all()
    closed = {row.customer_id: from_json(row.facts) for row in rows if day is not None and may_be_closed(row.facts)}
    opened = {
        key: facts for key, facts in closed.items() if day is not None and facts.must_open(since=year_before(day))
    }
    await open_days(session, opened, recorded_ats={row.customer_id: row.recorded_at for row in rows})
    return [to_json(opened[row.customer_id]) if row.customer_id in opened else row.facts for row in rows]
