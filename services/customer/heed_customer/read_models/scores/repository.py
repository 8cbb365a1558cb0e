"""SQL of the scores' read model. Writes take row locks in the order of the customers' ids."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import bulk_upserts
from heed_customer.read_models.scores.tables import CustomerScore

UPSERT_SCORES = bulk_upserts.newer_wins(
    CustomerScore, key="customer_id", columns=tuple(CustomerScore.__table__.c.keys()), version="version"
)


async def upsert_scores(session: AsyncSession, rows: Sequence[bulk_upserts.Row]) -> None:
    """Upsert the scores; of each customer the highest version stays."""
    await bulk_upserts.execute(session, UPSERT_SCORES, rows)


async def load_scores(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, CustomerScore]:
    rows = await session.scalars(select(CustomerScore).where(CustomerScore.customer_id.in_(customer_ids)))
    return {row.customer_id: row for row in rows}
