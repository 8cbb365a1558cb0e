"""SQL of survey responses."""

from collections.abc import Mapping, Sequence
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


async def list_records(
    session: AsyncSession, *, survey_id: UUID, survey_version: int, modes: Sequence[str]
) -> Sequence[bytes]:
    """Return the encoded answers of the version's responses that were collected in these ways."""
    of_version = (Response.survey_id == survey_id, Response.survey_version == survey_version)
    query = select(Response.encoded).where(*of_version, Response.mode.in_(modes), Response.encoded.is_not(None))
    return [record for record in await session.scalars(query) if record is not None]
