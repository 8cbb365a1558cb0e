"""SQL of drift: the published risks, their outcomes, and the findings."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_measures.evaluation import Calibration
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.tables import Drift

SELECT_FIRST_PUBLICATION = text("SELECT min(recorded_at) FROM history")
SELECT_DECILES = text("""
    SELECT percentile_disc(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]) WITHIN GROUP (ORDER BY probability)
    FROM customer WHERE probability IS NOT NULL
""")
SELECT_RISK_COUNTS = text("""
    SELECT width_bucket(probability, CAST(:borders AS numeric[])), count(*)
    FROM customer WHERE probability IS NOT NULL GROUP BY 1
""")
# Of all buyers until the day: the risk published last until its end, and whether they bought in the days after it, in
# ten groups by the risk, of equal size where risks differ: equal risks stay together.
SELECT_CALIBRATION = text("""
    WITH bought AS (
        SELECT coalesce(customer.survivor_id, customer_id) AS customer_id, ledger.day
        FROM ledger JOIN customer USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND ledger.day <= CAST(:day AS date) + CAST(:horizon AS int)
        GROUP BY 1, 2 HAVING sum(units) > 0
    ), buyer AS (
        SELECT customer_id, bool_or(day > CAST(:day AS date)) AS stayed FROM bought
        GROUP BY 1 HAVING bool_or(day <= CAST(:day AS date))
    ), published AS (
        SELECT customer_id, stayed, CAST(CAST(last.document AS jsonb) #>> '{churn_risk,probability}' AS float8) AS risk
        FROM buyer CROSS JOIN LATERAL (
            SELECT document FROM history
            WHERE history.customer_id = buyer.customer_id AND recorded_at < :end ORDER BY recorded_at DESC LIMIT 1
        ) AS last
    ), grouped AS (
        SELECT risk, stayed, ceil(cume_dist() OVER (ORDER BY risk) * 10) AS bucket FROM published
    )
    SELECT count(*) AS customers, avg(risk) AS predicted, avg(CASE WHEN stayed THEN 0.0 ELSE 1.0 END) AS happened
    FROM grouped GROUP BY bucket ORDER BY bucket
""")


async def first_publication(session: AsyncSession) -> datetime | None:
    """Return the moment of the first publication."""
    return (await session.execute(SELECT_FIRST_PUBLICATION)).scalar()


async def deciles(session: AsyncSession) -> list[float]:
    """Return the deciles of the published risks: fewer than nine where many are equal, none without risks."""
    found = (await session.execute(SELECT_DECILES)).scalar()
    return sorted({float(border) for border in found or ()})


async def risk_counts(session: AsyncSession, borders: Sequence[float]) -> list[int]:
    """Count the published risks in each group; a border belongs to the group above it."""
    found = dict(map(tuple, await session.execute(SELECT_RISK_COUNTS, {"borders": list(map(str, borders))})))
    return [found.get(group, 0) for group in range(len(borders) + 1)]


async def calibration(session: AsyncSession, *, day: date, end: datetime) -> Calibration:
    """Return the risks published by the end of that day and their outcomes, lowest risks first."""
    rows = (await session.execute(SELECT_CALIBRATION, {"day": day, "end": end, "horizon": HORIZON_DAYS})).all()
    return Calibration(
        np.array([row.customers for row in rows], dtype=np.int64),
        np.array([float(row.predicted) for row in rows]),
        np.array([float(row.happened) for row in rows]),
    )


async def insert_finding(session: AsyncSession, found: Drift) -> None:
    """Insert the finding, unless there is one of that day."""
    values = {column.key: getattr(found, column.key) for column in Drift.__table__.columns}
    await session.execute(insert(Drift).values(values).on_conflict_do_nothing())


async def list_findings(session: AsyncSession, measure: str, *, limit: int) -> Sequence[Drift]:
    """Return the findings, newest first."""
    query = select(Drift).where(Drift.measure == measure).order_by(Drift.day.desc()).limit(limit)
    return (await session.scalars(query)).all()
