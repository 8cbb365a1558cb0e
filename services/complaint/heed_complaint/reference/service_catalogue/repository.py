"""SQL of the service catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reference.service_catalogue.tables import CatalogueEntry


async def get_entry(session: AsyncSession, category: str) -> CatalogueEntry | None:
    return await session.get(CatalogueEntry, category)


async def lock_entry(session: AsyncSession, category: str) -> CatalogueEntry:
    return await session.get_one(CatalogueEntry, category, with_for_update=True, populate_existing=True)


async def insert_entry(session: AsyncSession, values: Mapping[str, Any]) -> CatalogueEntry | None:
    """Return the new entry, or None if the category has one already."""
    statement = insert(CatalogueEntry).values(**values).on_conflict_do_nothing(index_elements=["category"])
    return (await session.scalars(statement.returning(CatalogueEntry))).one_or_none()


async def list_entries(session: AsyncSession, *, after: str, limit: int) -> Sequence[CatalogueEntry]:
    query = select(CatalogueEntry).where(CatalogueEntry.category > after).order_by(CatalogueEntry.category)
    return (await session.scalars(query.limit(limit))).all()


async def usual_durations(session: AsyncSession) -> dict[str, int]:
    """Return the usual duration of handling in seconds, by category."""
    found = await session.execute(select(CatalogueEntry.category, CatalogueEntry.duration_seconds))
    return {row.category: row.duration_seconds for row in found}
