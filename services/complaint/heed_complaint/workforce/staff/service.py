"""Use cases of the staff: agents, team queues and the settings of the desk."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
from heed_complaint.sla.clock.opening_hours import CalendarError
from heed_complaint.workforce.staff import repository
from heed_complaint.workforce.staff.availability import parse_availability
from heed_complaint.workforce.staff.errors import (
    AgentNotFound,
    QueueNotFound,
    ShiftsInvalid,
    UnknownAgent,
    UnknownQueue,
)
from heed_complaint.workforce.staff.tables import Agent, Desk, Queue


async def get_agent(session: AsyncSession, *, agent_id: str) -> Agent:
    """Return the agent. Raises `AgentNotFound`."""
    agent = await repository.get_agent(session, agent_id)
    if agent is None:
        raise AgentNotFound
    return agent


async def list_agents(session: AsyncSession, *, after: str = "", limit: int | None = None) -> Sequence[Agent]:
    """Return the agents by id."""
    return await repository.list_agents(session, after=after, limit=limit)


async def existing_agents(session: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Return the ids that are agents of the desk."""
    return await repository.existing_agents(session, ids)


async def put_agent(
    session: AsyncSession, *, agent_id: str, values: Mapping[str, Any], if_match: int | None
) -> Upserted[Agent]:
    """Create or replace an agent. Raises `UnknownQueue`, `ShiftsInvalid`."""
    _check_shifts(values)
    for index, name in enumerate(values["queues"]):
        await require_queue(session, name, pointer=f"/queues/{index}")
    inserted = await repository.insert_agent(session, {"id": agent_id, **values})
    if inserted is not None:
        return Upserted(inserted, created=True)
    agent = await _lock_agent(session, agent_id)
    require_if_match(if_match, agent.revision)
    _update(agent, values)
    return Upserted(agent, created=False)


async def set_presence(session: AsyncSession, *, agent_id: str, present: bool) -> Agent:
    """Set whether the agent is present. The revision remains, since presence is no setting of the agent."""
    agent = await _lock_agent(session, agent_id)
    agent.is_present = present
    return agent


async def get_queue(session: AsyncSession, *, name: str) -> Queue:
    """Return the queue. Raises `QueueNotFound`."""
    queue = await repository.get_queue(session, name)
    if queue is None:
        raise QueueNotFound
    return queue


async def list_queues(
    session: AsyncSession, *, after: tuple[int, str] | None = None, limit: int | None = None
) -> Sequence[Queue]:
    """Return the queues by position."""
    return await repository.list_queues(session, after=after, limit=limit)


async def put_queue(
    session: AsyncSession, *, name: str, values: Mapping[str, Any], if_match: int | None
) -> Upserted[Queue]:
    """Create or replace a queue."""
    inserted = await repository.insert_queue(session, {"name": name, **values})
    if inserted is not None:
        return Upserted(inserted, created=True)
    queue = await repository.lock_queue(session, name)
    require_if_match(if_match, queue.revision)
    _update(queue, values)
    return Upserted(queue, created=False)


async def get_desk(session: AsyncSession) -> Desk:
    """Return the settings of the desk."""
    return await repository.get_desk(session)


async def put_desk(session: AsyncSession, *, values: Mapping[str, Any], if_match: int | None) -> Desk:
    """Replace the settings of the desk."""
    desk = await repository.get_desk(session, lock=True)
    require_if_match(if_match, desk.revision)
    _update(desk, values)
    return desk


async def require_agent(session: AsyncSession, agent_id: str, *, pointer: str) -> Agent:
    """Return the agent that a request refers to. Raises `UnknownAgent`."""
    agent = await repository.get_agent(session, agent_id)
    if agent is None:
        raise UnknownAgent(pointer=pointer)
    return agent


async def require_queue(session: AsyncSession, name: str, *, pointer: str) -> None:
    """Raise `UnknownQueue` unless the queue that a request refers to exists."""
    if await repository.get_queue(session, name) is None:
        raise UnknownQueue(pointer=pointer)


async def _lock_agent(session: AsyncSession, agent_id: str) -> Agent:
    agent = await repository.lock_agent(session, agent_id)
    if agent is None:
        raise AgentNotFound
    return agent


def _check_shifts(values: Mapping[str, Any]) -> None:
    try:
        parse_availability(present=True, shifts=values["shifts"], absences=values["absences"])
    except CalendarError as error:
        raise ShiftsInvalid(error.detail, pointer=f"/shifts{error.pointer}") from None


def _update(row: Agent | Queue | Desk, values: Mapping[str, Any]) -> None:
    """Update the row; equal values leave its revision as it is."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    row.revision += bool(changed)
