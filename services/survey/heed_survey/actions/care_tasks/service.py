"""Use cases of care tasks: create, list, move through the states."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match
from heed_survey.actions.care_tasks import repository
from heed_survey.actions.care_tasks.errors import CareTaskNotFound, CareTaskTransition
from heed_survey.actions.care_tasks.rules import ACTIONS, CareTaskAction, CareTaskState
from heed_survey.actions.care_tasks.tables import CareTask
from heed_survey.customers import service as customers


async def create_task(
    session: AsyncSession,
    *,
    survey_id: UUID,
    response_id: UUID,
    customer_id: UUID,
    matter: str,
    owner: str | None,
    due_on: date,
    now: datetime,
) -> CareTask:
    task = CareTask(
        id=new_id(),
        survey_id=survey_id,
        response_id=response_id,
        customer_id=customer_id,
        matter=matter,
        owner=owner,
        state=CareTaskState.OPEN,
        due_on=due_on,
        created_at=now,
        changed_at=now,
    )
    await repository.add_task(session, task)
    return task


async def get_task(session: AsyncSession, *, task_id: UUID) -> CareTask:
    """Return the task. Raises `CareTaskNotFound`."""
    task = await repository.find_task(session, task_id)
    if task is None:
        raise CareTaskNotFound
    return task


async def list_tasks(
    session: AsyncSession,
    *,
    customer_id: UUID | None,
    filters: Mapping[str, Any],
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[CareTask]:
    """Return a page of tasks, the earliest due first; of a customer also those of all merged with it."""
    columns = {name: [value] for name, value in filters.items() if value is not None}
    if customer_id is not None:
        families = await customers.families_of(session, [customer_id])
        columns["customer_id"] = sorted(families[customer_id])
    return await repository.list_tasks(session, filters=columns, after=after, limit=limit)


async def transition_task(
    session: AsyncSession,
    *,
    task_id: UUID,
    action: CareTaskAction,
    owner: str | None,
    if_match: int | None,
    now: datetime,
) -> CareTask:
    """Move the task to its next state. Raises `CareTaskNotFound`, `CareTaskTransition`."""
    task = await repository.lock_task(session, task_id)
    if task is None:
        raise CareTaskNotFound
    check_if_match(if_match, task.revision)
    allowed = ACTIONS[CareTaskState(task.state)]
    if action not in allowed:
        raise CareTaskTransition(pointer="/action", allowed=sorted(allowed))
    task.state, task.owner = allowed[action], owner or task.owner
    task.changed_at = now
    task.revision += 1
    await session.flush()
    return task
