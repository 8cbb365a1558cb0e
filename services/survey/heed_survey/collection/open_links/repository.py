"""SQL of open links."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.open_links.tables import OpenLink


async def insert_open_link(session: AsyncSession, values: Mapping[str, Any]) -> OpenLink:
    return (await session.scalars(insert(OpenLink).values(**values).returning(OpenLink))).one()


async def find_open_link(
    session: AsyncSession, *, survey_id: UUID, link_id: UUID, locked: bool = False
) -> OpenLink | None:
    query = select(OpenLink).where(OpenLink.survey_id == survey_id, OpenLink.id == link_id)
    return (await session.scalars(query.with_for_update() if locked else query)).one_or_none()


async def list_open_links(
    session: AsyncSession, *, survey_id: UUID, before: UUID | None, limit: int
) -> Sequence[OpenLink]:
    """Return a page, the newest first."""
    query = select(OpenLink).where(OpenLink.survey_id == survey_id).order_by(OpenLink.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(OpenLink.id < before))).all()
