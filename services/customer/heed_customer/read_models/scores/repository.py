"""SQL of the scores' read model. Writes take row locks in the order of the customers' ids."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.read_models.scores.tables import CustomerScore


async def upsert_scores(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Upsert the scores; of each customer the highest version stays."""
    statement = insert(CustomerScore)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "customer_id"}
    newer = CustomerScore.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["customer_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["customer_id"])])


async def load_scores(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, CustomerScore]:
    rows = await session.scalars(select(CustomerScore).where(CustomerScore.customer_id.in_(customer_ids)))
    return {row.customer_id: row for row in rows}
