"""Every query of the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.core.repository import merged_ids
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.workforce.assignment.tables import Agent, Assignment, Completion, Desk, Queue

IN_HAND = (
    ComplaintStatus.RECEIVED,
    ComplaintStatus.ACCEPTED,
    ComplaintStatus.CONTACTED,
    ComplaintStatus.COMMITTED,
)
"""Still to be worked on: what is completed waits for the customer and weighs on nobody."""


async def lock_assigning(session: AsyncSession) -> None:
    """Two complaints that come at the same moment are not given to the same last free hand.

    Taken after the lock of the complaint: who assigns several locks all of them first.
    """
    await advisory_locks.lock(session, AdvisoryLock.ASSIGNMENT)


async def desk(session: AsyncSession, *, lock: bool = False) -> Desk:
    return await session.get_one(Desk, 1, with_for_update=lock or None, populate_existing=lock)


async def agent_by_id(session: AsyncSession, agent_id: str) -> Agent | None:
    return await session.get(Agent, agent_id)


async def lock_agent(session: AsyncSession, agent_id: str) -> Agent | None:
    return await session.get(Agent, agent_id, with_for_update=True, populate_existing=True)


async def insert_agent(session: AsyncSession, values: Mapping[str, Any]) -> Agent | None:
    """Nothing where there is one of that id already, even by somebody who was just faster."""
    statement = insert(Agent).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return (await session.scalars(statement.returning(Agent))).one_or_none()


async def list_agents(session: AsyncSession, *, after: str, limit: int) -> Sequence[Agent]:
    return (await session.scalars(select(Agent).where(Agent.id > after).order_by(Agent.id).limit(limit))).all()


async def all_agents(session: AsyncSession) -> Sequence[Agent]:
    return (await session.scalars(select(Agent).order_by(Agent.id))).all()


async def known_agents(session: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Those of them who are agents of the desk."""
    return set(await session.scalars(select(Agent.id).where(Agent.id.in_(ids))))


async def all_queues(session: AsyncSession) -> Sequence[Queue]:
    return (await session.scalars(select(Queue).order_by(Queue.place, Queue.name))).all()


async def list_queues(session: AsyncSession, *, after: tuple[int, str] | None, limit: int) -> Sequence[Queue]:
    query = select(Queue).order_by(Queue.place, Queue.name).limit(limit)
    if after is not None:
        query = query.where(tuple_(Queue.place, Queue.name) > tuple_(*after))
    return (await session.scalars(query)).all()


async def queue_by_name(session: AsyncSession, name: str) -> Queue | None:
    return await session.get(Queue, name)


async def lock_queue(session: AsyncSession, name: str) -> Queue:
    return await session.get_one(Queue, name, with_for_update=True, populate_existing=True)


async def insert_queue(session: AsyncSession, values: Mapping[str, Any]) -> Queue | None:
    statement = insert(Queue).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return (await session.scalars(statement.returning(Queue))).one_or_none()


async def loads(session: AsyncSession) -> dict[str, int]:
    """How many complaints each owner has in hand."""
    query = select(Complaint.owner, func.count()).where(
        Complaint.owner.is_not(None), Complaint.ended_at.is_(None), Complaint.state.in_(IN_HAND)
    )
    return {str(owner): count for owner, count in await session.execute(query.group_by(Complaint.owner))}


async def fixed_at_once(session: AsyncSession, *, since: datetime) -> dict[str, tuple[int, int]]:
    """By who completed: how many did not come back, of how many."""
    stayed = func.count().filter(Completion.reopened_at.is_(None))
    query = select(Completion.by, stayed, func.count()).where(Completion.at >= since)
    return {by: (good, cases) for by, good, cases in await session.execute(query.group_by(Completion.by))}


async def lock_open_complaints_of(session: AsyncSession, owner: str, *, confidential: bool, limit: int) -> list[UUID]:
    """The complaints that somebody is in charge of, the oldest first, locked in one order."""
    query = (
        select(Complaint.id)
        .where(Complaint.owner == owner, Complaint.ended_at.is_(None), visible(confidential=confidential))
        .order_by(Complaint.id)
        .limit(limit)
        .with_for_update()
    )
    return list(await session.scalars(query))


def add_assignment(session: AsyncSession, assignment: Assignment) -> None:
    session.add(assignment)


async def assignments_of(session: AsyncSession, complaint_id: UUID, *, after: int, limit: int) -> Sequence[Assignment]:
    query = select(Assignment).where(Assignment.complaint_id == complaint_id, Assignment.seq > after)
    return (await session.scalars(query.order_by(Assignment.seq).limit(limit))).all()


async def count_hand_overs(session: AsyncSession, complaint_id: UUID) -> int:
    """How often it went from one agent to another."""
    query = (
        select(func.count())
        .select_from(Assignment)
        .where(
            Assignment.complaint_id == complaint_id,
            Assignment.previous_owner.is_not(None),
            Assignment.owner.is_not(None),
            Assignment.owner != Assignment.previous_owner,
        )
    )
    return (await session.execute(query)).scalar_one()


def add_completion(session: AsyncSession, complaint_id: UUID, *, by: str, at: datetime) -> None:
    session.add(Completion(complaint_id=complaint_id, by=by, at=at))


async def note_reopening(session: AsyncSession, complaint_id: UUID, *, at: datetime) -> None:
    query = update(Completion).where(Completion.complaint_id == complaint_id, Completion.reopened_at.is_(None))
    await session.execute(query.values(reopened_at=at))


async def completed_by(session: AsyncSession, complaint_id: UUID) -> set[str]:
    """Who completed it, or one of those that were merged into it, over however many steps."""
    query = select(Completion.by).where(Completion.complaint_id.in_(select(merged_ids(complaint_id).c.id)))
    return set(await session.scalars(query))


async def first_time_fixes(session: AsyncSession, *, since: datetime, until: datetime) -> tuple[int, int]:
    """Of the complaints that were completed for the first time in that time: how many stayed so, of how many."""
    earlier = aliased(Completion)
    is_first = ~exists().where(earlier.complaint_id == Completion.complaint_id, earlier.seq < Completion.seq)
    query = select(func.count().filter(Completion.reopened_at.is_(None)), func.count())
    found = await session.execute(query.where(Completion.at >= since, Completion.at < until, is_first))
    good, cases = found.one()
    return good, cases
