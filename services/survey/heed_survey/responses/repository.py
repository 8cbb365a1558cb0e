"""SQL of survey responses."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.responses.tables import Response


async def insert_response(session: AsyncSession, values: Mapping[str, Any]) -> Response | None:
    """Insert the response; None if its external_id exists."""
    statement = insert(Response).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Response))).one_or_none()


async def get_by_external_id(session: AsyncSession, external_id: str | None) -> Response:
    return (await session.scalars(select(Response).where(Response.external_id == external_id))).one()


async def load_responses(session: AsyncSession, response_ids: Collection[UUID]) -> Sequence[Response]:
    return (await session.scalars(select(Response).where(Response.id.in_(response_ids)).order_by(Response.id))).all()
