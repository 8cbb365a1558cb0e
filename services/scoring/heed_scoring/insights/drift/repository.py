"""Every query by which a model is watched: the published risks, what came of them, and what was found."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_measures.evaluation import Calibration
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.tables import Drift

FIRST_SAID = text("SELECT min(known_at) FROM history")
DECILES = text("""
    SELECT percentile_disc(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]) WITHIN GROUP (ORDER BY probability)
    FROM customer WHERE probability IS NOT NULL
""")
COUNTS = text("""
    SELECT width_bucket(probability, CAST(:borders AS numeric[])), count(*)
    FROM customer WHERE probability IS NOT NULL GROUP BY 1
""")
# Of everybody who had bought by the day: the risk that was last said of them by its end, and whether they bought in
# the days after it, in ten groups by the risk, of equal size where risks differ: equal ones stay together.
CAME_TRUE = text("""
    WITH bought AS (
        SELECT coalesce(customer.root, customer_id) AS customer_id, ledger.day
        FROM ledger JOIN customer USING (customer_id)
        WHERE kind IN ('purchase', 'return') AND ledger.day <= CAST(:day AS date) + CAST(:horizon AS int)
        GROUP BY 1, 2 HAVING sum(units) > 0
    ), buyer AS (
        SELECT customer_id, bool_or(day > CAST(:day AS date)) AS stayed FROM bought
        GROUP BY 1 HAVING bool_or(day <= CAST(:day AS date))
    ), said AS (
        SELECT customer_id, stayed, CAST(CAST(last.said AS jsonb) #>> '{churn_risk,probability}' AS float8) AS risk
        FROM buyer CROSS JOIN LATERAL (
            SELECT said FROM history
            WHERE history.customer_id = buyer.customer_id AND known_at < :end ORDER BY known_at DESC LIMIT 1
        ) AS last
    ), grouped AS (
        SELECT risk, stayed, ceil(cume_dist() OVER (ORDER BY risk) * 10) AS place FROM said
    )
    SELECT count(*) AS customers, avg(risk) AS said, avg(CASE WHEN stayed THEN 0.0 ELSE 1.0 END) AS happened
    FROM grouped GROUP BY place ORDER BY place
""")


async def first_said(session: AsyncSession) -> datetime | None:
    """Since when anything has been published."""
    return (await session.execute(FIRST_SAID)).scalar()


async def deciles(session: AsyncSession) -> list[float]:
    """Of the risks that are published now; fewer than nine where many are equal, none where there are none."""
    found = (await session.execute(DECILES)).scalar()
    return sorted({float(border) for border in found or ()})


async def counts(session: AsyncSession, borders: Sequence[float]) -> list[int]:
    """How many published risks lie in each group; a border belongs to the group above it."""
    found = dict(map(tuple, await session.execute(COUNTS, {"borders": list(map(str, borders))})))
    return [found.get(group, 0) for group in range(len(borders) + 1)]


async def came_true(session: AsyncSession, *, day: date, end: datetime) -> Calibration:
    """What was said at the end of that day and what happened within the horizon, lowest risks first."""
    rows = (await session.execute(CAME_TRUE, {"day": day, "end": end, "horizon": HORIZON_DAYS})).all()
    return Calibration(
        np.array([row.customers for row in rows], dtype=np.int64),
        np.array([float(row.said) for row in rows]),
        np.array([float(row.happened) for row in rows]),
    )


async def note(session: AsyncSession, found: Drift) -> None:
    """Kept once; the first finding of a day stays."""
    values = {column.key: getattr(found, column.key) for column in Drift.__table__.columns}
    await session.execute(insert(Drift).values(values).on_conflict_do_nothing())


async def noted(session: AsyncSession, measure: str, *, limit: int) -> Sequence[Drift]:
    """What was found, newest first."""
    query = select(Drift).where(Drift.measure == measure).order_by(Drift.day.desc()).limit(limit)
    return (await session.scalars(query)).all()
