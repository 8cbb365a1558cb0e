"""SQL of care tasks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.actions.care_tasks.tables import CareTask


async def add_task(session: AsyncSession, task: CareTask) -> None:
    session.add(task)
    await session.flush()


async def find_task(session: AsyncSession, task_id: UUID) -> CareTask | None:
    return await session.get(CareTask, task_id)


async def lock_task(session: AsyncSession, task_id: UUID) -> CareTask | None:
    return await session.get(CareTask, task_id, with_for_update=True, populate_existing=True)


async def list_tasks(
    session: AsyncSession, *, filters: Mapping[str, Any], after: tuple[date, UUID] | None, limit: int
) -> Sequence[CareTask]:
    """Return a page, the earliest due first. A filter by several values passes each of them."""
    position = tuple_(CareTask.due_on, CareTask.id)
    query = select(CareTask).order_by(position).limit(limit)
    for column, values in filters.items():
        query = query.where(getattr(CareTask, column).in_(values))
    if after is not None:
        query = query.where(position > after)
    return (await session.scalars(query)).all()
