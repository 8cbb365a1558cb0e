"""SQL of the reports: counted in the database, a few rows are returned for any number of customers.

A day's units cannot be negative once all events are in (a return is booked on the day of its purchase), so a customer
with units in a period has a purchase day in it: no need to look at each day.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.money import Money
from heed_scoring.models.versions import repository as models_repository

# Tier and class are once in the published numbers, near their beginning: searching the text is ten times as fast as
# parsing it as JSON.
SELECT_TIERS = text("""
    SELECT substr(published_numbers, strpos(published_numbers, '"tier":"') + 8, 1) AS tier, count(*) AS customers,
           sum(value_amount) AS value, sum(potential) AS potential, sum(value_at_risk) AS value_at_risk
    FROM customer JOIN customer_facts USING (customer_id) WHERE published_numbers IS NOT NULL GROUP BY 1
""")
SELECT_VALUE_AT_RISK = text("SELECT coalesce(sum(published_value_at_risk), 0) FROM customer")
# What is put together here are constants of this file: no value ever gets into the text of a statement.
# ruff: noqa: S608
RATES_CTE = """
    WITH rate AS (
        SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:rates AS numeric[])) AS row(currency, rate)
    )
"""
JOIN_SURVIVORS = """
    LEFT JOIN (SELECT customer_id, survivor_id FROM customer WHERE survivor_id IS NOT NULL) AS merged
    USING (customer_id)
"""
"""Customers who are one today count as one all the time, under the survivor's id."""
SELECT_FLOWS = text(
    RATES_CTE
    + """
    , active AS (
        SELECT coalesce(survivor_id, customer_id) AS customer_id,
               coalesce(sum(units) FILTER (WHERE day > :since_window AND day <= :since), 0) > 0 AS at_start,
               coalesce(sum(units) FILTER (WHERE day > :until_window), 0) > 0 AS at_end,
               coalesce(sum(units) FILTER (WHERE day <= :since), 0) > 0 AS before,
               coalesce(sum(margin * rate.rate) FILTER (WHERE day > :since_year AND day <= :since), 0) AS then_margin,
               coalesce(sum(margin * rate.rate) FILTER (WHERE day > :until_year), 0) AS now_margin
        FROM ledger LEFT JOIN rate USING (currency) """
    + JOIN_SURVIVORS
    + """
        WHERE kind IN ('purchase', 'return') AND day <= :until GROUP BY 1
    )
    SELECT at_start, at_end, before, count(*) AS customers, sum(then_margin) / 10000 AS then_margin,
           sum(now_margin) / 10000 AS now_margin, count(potential) AS known,
           sum(CAST(potential AS numeric)) AS potential
    FROM active LEFT JOIN LATERAL (
        SELECT CAST(document AS json) #>> '{value,potential}' AS potential FROM history
        WHERE at_start AND NOT at_end AND history.customer_id = active.customer_id AND recorded_at < :since_end
        ORDER BY recorded_at DESC LIMIT 1
    ) AS said ON true
    WHERE at_start OR at_end GROUP BY at_start, at_end, before
"""
)
SELECT_COHORTS = text(
    """
    WITH bought AS (
        SELECT coalesce(survivor_id, customer_id) AS customer_id,
               CAST(extract(year FROM day) * 12 + extract(month FROM day) - 1 AS int) / :months AS period
        FROM ledger """
    + JOIN_SURVIVORS
    + """
        WHERE kind IN ('purchase', 'return') AND day < :end
        GROUP BY 1, 2 HAVING sum(units) > 0
    ), came AS (
        SELECT period, min(period) OVER (PARTITION BY customer_id) AS first FROM bought
    )
    SELECT first, period - first AS later, count(*) AS customers
    FROM came WHERE first >= :first OR period = first GROUP BY 1, 2
"""
)
JOIN_LATEST_SCORE = """
    LEFT JOIN LATERAL (
        SELECT substr(document, strpos(document, '"tier":"') + 8, 1) AS tier,
               btrim(split_part(substr(document, strpos(document, '"class":') + 8, 20), ',', 1), '"') AS loyalty
        FROM history WHERE history.customer_id = customer.customer_id AND recorded_at < :{moment}
        ORDER BY recorded_at DESC LIMIT 1
    ) AS {name} ON true
"""
SELECT_MOVES = text(
    """
    SELECT before.tier AS tier_before, after.tier AS tier_after,
           before.loyalty AS loyalty_before, after.loyalty AS loyalty_after, count(*) AS customers
    FROM customer
    """
    + JOIN_LATEST_SCORE.format(name="before", moment="since_end")
    + JOIN_LATEST_SCORE.format(name="after", moment="until_end")
    + "WHERE published_value_at_risk IS NOT NULL AND after.tier IS NOT NULL GROUP BY 1, 2, 3, 4"
)
YEAR = timedelta(days=365)


async def tiers(session: AsyncSession) -> dict[str, Row[Any]]:
    """Return customers and their value by published tier."""
    return {row.tier: row for row in await session.execute(SELECT_TIERS)}


async def value_at_risk(session: AsyncSession) -> Decimal:
    """Of everybody; the index alone answers it."""
    return Decimal((await session.execute(SELECT_VALUE_AT_RISK)).scalar_one())


async def flows(
    session: AsyncSession, *, since: date, until: date, window: timedelta, money: Money
) -> Sequence[Row[Any]]:
    """Who was active at the start, at the end, or ever before the start: how many, and what they brought in a year."""
    parameters = _rates(money) | {
        "since": since,
        "until": until,
        "since_window": since - window,
        "until_window": until - window,
        "since_year": since - YEAR,
        "until_year": until - YEAR,
        "since_end": (await models_repository.business_days(session)).end_of(since),
    }
    return (await session.execute(SELECT_FLOWS, parameters)).all()


async def cohorts(session: AsyncSession, *, months: int, first: int, end: date) -> Sequence[Row[Any]]:
    """Of those who came in a period, how many bought so many periods later; of the earlier ones only how many came."""
    return (await session.execute(SELECT_COHORTS, {"months": months, "first": first, "end": end})).all()


async def moves(session: AsyncSession, *, since: date, until: date) -> Sequence[Row[Any]]:
    """Tier and class that were in force at the end of both days, and how many customers went that way."""
    days = await models_repository.business_days(session)
    return (
        await session.execute(SELECT_MOVES, {"since_end": days.end_of(since), "until_end": days.end_of(until)})
    ).all()


def _rates(money: Money) -> dict[str, Any]:
    known = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    return {"currencies": list(known), "rates": list(known.values())}
