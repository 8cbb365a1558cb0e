"""SQL of survey responses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.responses.tables import Response


async def insert_response(session: AsyncSession, values: Mapping[str, Any]) -> Response | None:
    """Insert the response; None if its external_id exists."""
    statement = insert(Response).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Response))).one_or_none()


async def lock_unencoded(session: AsyncSession, *, job: str, limit: int, now: datetime) -> Sequence[Response]:
    """Lock responses without the numeric form of their answers, as many as the limit."""
    due = Response.encoded.is_(None), ~failed_work.is_set_aside(job, Response.id, now=now)
    query = select(Response).where(*due).order_by(Response.id).limit(limit)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()


async def get_by_external_id(session: AsyncSession, external_id: str | None) -> Response:
    return (await session.scalars(select(Response).where(Response.external_id == external_id))).one()
