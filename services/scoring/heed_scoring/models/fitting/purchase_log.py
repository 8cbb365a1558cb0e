"""The ledger as a purchase log for back-tests, without knowledge from after the cut."""

from datetime import date, timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_measures.purchase_log import PurchaseLog, purchase_log
from heed_scoring.engine.money import Money
from heed_scoring.models.versions import repository as models_repository

# Who is one customer now is one here: a merge of two ids carries no knowledge of later purchases.
# What came back after the day was a purchase on that day: it counts as one, unless it was none (a correction), or the
# purchase itself became known only later (an import of the past, where the time of knowledge is unknown).
PURCHASE_DAYS = text("""
    WITH rate AS (
        SELECT * FROM unnest(CAST(:currencies AS text[]), CAST(:rates AS numeric[])) AS row(currency, rate)
    ), booked AS (
        SELECT coalesce(survivor_id, customer_id) AS customer_id, day, units, margin * rate.rate AS margin,
               kind = 'purchase' OR day > :until OR recorded_at < :known_before OR payload ->> 'reason' = 'correction'
               OR min(recorded_at) FILTER (WHERE kind = 'purchase') OVER (PARTITION BY customer_id, day)
                   >= :known_before
               AS counts
        FROM ledger LEFT JOIN rate USING (currency)
        LEFT JOIN (SELECT customer_id, survivor_id FROM customer WHERE survivor_id IS NOT NULL) AS merged
            USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND day <= :last
    )
    SELECT dense_rank() OVER (ORDER BY customer_id), day - DATE '0001-01-01' + 1,
           CAST(coalesce(sum(margin), 0) / 10000 AS double precision)
    FROM booked WHERE counts GROUP BY customer_id, day HAVING sum(units) > 0
""")


async def read(session: AsyncSession, *, until: date, days: int, money: Money) -> PurchaseLog:
    """Return every purchase day up to that many days after `until`, with its margin; foreign currencies need a rate."""
    rates = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    parameters = {
        "currencies": list(rates),
        "rates": list(rates.values()),
        "until": until,
        "known_before": (await models_repository.business_days(session)).end_of(until),
        "last": until + timedelta(days=days),
    }
    rows = (await session.execute(PURCHASE_DAYS, parameters)).all()
    customer, day, margin = zip(*rows, strict=True) if rows else ((), (), ())
    return purchase_log(np.array(customer, dtype=np.int64), np.array(day, dtype=np.int64), margin)
