"""SQL of the drop-off of expired forms."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.drop_off.rules import ItemCounts
from heed_survey.collection.drop_off.tables import ExpiredDropOff

COUNTED = ("shown", "answered", "left")


async def add_expired(
    session: AsyncSession, *, survey_id: UUID, survey_version: int, counts: Mapping[str, ItemCounts]
) -> None:
    """Add the counts, sorted by item as every writer does."""
    version = {"survey_id": survey_id, "survey_version": survey_version}
    rows = [version | {"item": code} | asdict(counts[code]) for code in sorted(counts)]
    if not rows:
        return
    statement = insert(ExpiredDropOff).values(rows)
    sums = {name: getattr(ExpiredDropOff, name) + statement.excluded[name] for name in COUNTED}
    key = ["survey_id", "survey_version", "item"]
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=sums))


async def get_expired(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> dict[str, ItemCounts]:
    query = select(ExpiredDropOff).where(
        ExpiredDropOff.survey_id == survey_id, ExpiredDropOff.survey_version == survey_version
    )
    rows = (await session.scalars(query)).all()
    return {row.item: ItemCounts(row.shown, row.answered, row.left) for row in rows}
