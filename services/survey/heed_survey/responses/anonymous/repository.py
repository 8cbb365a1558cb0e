"""SQL of pools of anonymous responses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.responses.anonymous.tables import ResponsePool
from heed_survey.responses.tables import Response


async def lock_pool(session: AsyncSession, survey_id: UUID) -> ResponsePool:
    """Lock the survey's pool; create it for the first response."""
    await session.execute(insert(ResponsePool).values(survey_id=survey_id, responses=b"").on_conflict_do_nothing())
    return await session.get_one(ResponsePool, survey_id, with_for_update=True, populate_existing=True)


async def lock_pools(
    session: AsyncSession, *, job: str, at_least: int, after: UUID | None, limit: int, now: datetime
) -> Sequence[ResponsePool]:
    """Lock pools with so many responses, in the order of their surveys; those in use are left out."""
    query = select(ResponsePool).where(ResponsePool.size >= at_least)
    query = query.where(~failed_work.is_set_aside(job, ResponsePool.survey_id, now=now))
    if after is not None:
        query = query.where(ResponsePool.survey_id > after)
    query = query.order_by(ResponsePool.survey_id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def pool_size(session: AsyncSession, survey_id: UUID) -> int:
    size = select(ResponsePool.size).where(ResponsePool.survey_id == survey_id)
    return await session.scalar(size) or 0


async def insert_responses(session: AsyncSession, responses: Sequence[Response]) -> None:
    """Insert the responses in this order."""
    session.add_all(responses)
    await session.flush()
