"""SQL of survey responses."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_common.newest_first import in_range
from heed_survey.responses.rules import ResponseFilter
from heed_survey.responses.tables import Response

TABLE = Response.metadata.tables[Response.__tablename__]
INSERT_RESPONSES = insert(TABLE).on_conflict_do_nothing(index_elements=[TABLE.c.external_id]).returning(TABLE.c.id)


async def insert_response(session: AsyncSession, values: Mapping[str, Any]) -> Response | None:
    """Insert the response; None if its external_id exists."""
    inserted = await insert_responses(session, [values])
    return next(iter(inserted.values()), None)


async def insert_responses(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, Response]:
    """Insert the responses, but for those whose external_id exists. Return the inserted ones by id."""
    new = {row["id"]: Response(**row, is_recovered=False) for row in rows}
    inserted = await session.scalars(INSERT_RESPONSES, [dict(row) for row in rows])
    return {response_id: new[response_id] for response_id in inserted}


async def list_responses(
    session: AsyncSession, survey_id: UUID, filters: ResponseFilter, *, before: UUID | None, limit: int
) -> Sequence[Response]:
    """Return a page in falling order of the ids: the newest first, those without a customer in random positions."""
    query = select(Response).where(Response.survey_id == survey_id, *_conditions(filters))
    query = query if before is None else query.where(Response.id < before)
    return (await session.scalars(query.order_by(Response.id.desc()).limit(limit))).all()


def _conditions(filters: ResponseFilter) -> Iterator[ColumnElement[bool]]:
    if filters.version is not None:
        yield Response.survey_version == filters.version
    values = {
        Response.external_id: filters.external_ids,
        Response.customer_id: filters.customer_ids,
        Response.wave: filters.waves,
        Response.mode: filters.modes,
        Response.state: filters.states,
    }
    yield from (column.in_(given) for column, given in values.items() if given)
    yield from in_range(filters.answered, Response.answered_at)
    if filters.flagged is not None:
        has_flags = func.cardinality(Response.flags) > 0
        yield has_flags if filters.flagged else ~has_flags


async def find_ids(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return which of the responses exist."""
    return set(await session.scalars(select(Response.id).where(Response.id == any_(cast(sorted(ids), ARRAY(Uuid))))))


async def find_external_ids(session: AsyncSession, external_ids: Sequence[str | None]) -> set[str | None]:
    """Return which of these external_ids exist."""
    given = sorted({external_id for external_id in external_ids if external_id is not None})
    return set(await session.scalars(select(Response.external_id).where(Response.external_id.in_(given))))


async def lock_unencoded(session: AsyncSession, *, job: str, limit: int, now: datetime) -> Sequence[Response]:
    """Lock responses without the numeric form of their answers, as many as the limit."""
    due = Response.encoded.is_(None), ~failed_work.is_set_aside(job, Response.id, now=now)
    query = select(Response).where(*due).order_by(Response.id).limit(limit)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()


async def get_by_external_id(session: AsyncSession, external_id: str | None) -> Response:
    return (await session.scalars(select(Response).where(Response.external_id == external_id))).one()


async def find_by_external_ids(
    session: AsyncSession, external_ids: Collection[str | None]
) -> dict[str | None, Response]:
    rows = await session.scalars(select(Response).where(Response.external_id.in_(external_ids)))
    return {row.external_id: row for row in rows}


async def load_responses(session: AsyncSession, response_ids: Collection[UUID]) -> Sequence[Response]:
    return (await session.scalars(select(Response).where(Response.id.in_(response_ids)).order_by(Response.id))).all()


async def list_records(
    session: AsyncSession, *, survey_id: UUID, survey_version: int, modes: Sequence[str]
) -> Sequence[bytes]:
    """Return the encoded answers of the version's responses that were collected in these ways."""
    of_version = (Response.survey_id == survey_id, Response.survey_version == survey_version)
    query = select(Response.encoded).where(*of_version, Response.mode.in_(modes), Response.encoded.is_not(None))
    return [record for record in await session.scalars(query) if record is not None]
