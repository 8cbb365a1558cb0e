"""SQL of the staff."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.workforce.staff.tables import Agent, Desk, Queue


async def get_desk(session: AsyncSession, *, lock: bool = False) -> Desk:
    return await session.get_one(Desk, 1, with_for_update=lock or None, populate_existing=lock)


async def get_agent(session: AsyncSession, agent_id: str) -> Agent | None:
    return await session.get(Agent, agent_id)


async def lock_agent(session: AsyncSession, agent_id: str) -> Agent | None:
    return await session.get(Agent, agent_id, with_for_update=True, populate_existing=True)


async def insert_agent(session: AsyncSession, values: Mapping[str, Any]) -> Agent | None:
    """Insert an agent; return None if the id exists, even from a concurrent request."""
    statement = insert(Agent).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return (await session.scalars(statement.returning(Agent))).one_or_none()


async def list_agents(session: AsyncSession, *, after: str = "", limit: int | None = None) -> Sequence[Agent]:
    """Return agents by id."""
    return (await session.scalars(select(Agent).where(Agent.id > after).order_by(Agent.id).limit(limit))).all()


async def existing_agents(session: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Return the ids that are agents of the desk."""
    return set(await session.scalars(select(Agent.id).where(Agent.id.in_(ids))))


async def list_queues(
    session: AsyncSession, *, after: tuple[int, str] | None = None, limit: int | None = None
) -> Sequence[Queue]:
    """Return queues by position."""
    query = select(Queue).order_by(Queue.position, Queue.name).limit(limit)
    if after is not None:
        query = query.where(tuple_(Queue.position, Queue.name) > tuple_(*after))
    return (await session.scalars(query)).all()


async def get_queue(session: AsyncSession, name: str) -> Queue | None:
    return await session.get(Queue, name)


async def lock_queue(session: AsyncSession, name: str) -> Queue:
    return await session.get_one(Queue, name, with_for_update=True, populate_existing=True)


async def insert_queue(session: AsyncSession, values: Mapping[str, Any]) -> Queue | None:
    """Insert a queue; return None if the name exists."""
    statement = insert(Queue).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return (await session.scalars(statement.returning(Queue))).one_or_none()
