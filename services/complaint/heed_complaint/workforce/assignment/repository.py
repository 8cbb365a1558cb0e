"""SQL of assignments and completions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_complaint.core.repository import merged_ids
from heed_complaint.core.rules import STATES_IN_WORK
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.workforce.assignment.rules import SuccessRate
from heed_complaint.workforce.assignment.tables import Assignment, Completion

Rows = Sequence[Mapping[str, Any]]


async def lock_assignment(session: AsyncSession) -> None:
    """Serialise assignments, so that two complaints at once are not assigned to the same last free agent.

    The locks of the complaints come first: to assign several, all of them are locked before.
    """
    await advisory_locks.lock(session, AdvisoryLock.ASSIGNMENT)


async def loads(session: AsyncSession) -> dict[str, int]:
    """Return the number of complaints that each owner works on."""
    query = select(Complaint.owner, func.count()).where(
        Complaint.owner.is_not(None), Complaint.ended_at.is_(None), Complaint.state.in_(STATES_IN_WORK)
    )
    return {str(owner): count for owner, count in await session.execute(query.group_by(Complaint.owner))}


async def fixed_at_once(session: AsyncSession, *, since: datetime) -> dict[str, SuccessRate]:
    """Return the completions of each agent that were not reopened."""
    not_reopened = func.count().filter(Completion.reopened_at.is_(None))
    query = select(Completion.by, not_reopened, func.count()).where(Completion.at >= since)
    return {by: SuccessRate(good, cases) for by, good, cases in await session.execute(query.group_by(Completion.by))}


async def lock_open_complaints(session: AsyncSession, owner: str, *, confidential: bool, limit: int) -> list[UUID]:
    """Lock the open complaints of an owner by id, and return their ids."""
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


async def insert_past(session: AsyncSession, *, assignments: Rows, completions: Rows) -> None:
    for table, rows in ((Assignment, assignments), (Completion, completions)):
        if rows:
            await session.execute(insert(table), [dict(row) for row in rows])


async def list_assignments(
    session: AsyncSession, complaint_id: UUID, *, after: int, limit: int
) -> Sequence[Assignment]:
    query = select(Assignment).where(Assignment.complaint_id == complaint_id, Assignment.seq > after)
    return (await session.scalars(query.order_by(Assignment.seq).limit(limit))).all()


async def count_hand_overs(session: AsyncSession, complaint_id: UUID) -> int:
    """Return how often it went from one agent to another."""
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


async def record_reopening(session: AsyncSession, complaint_id: UUID, *, at: datetime) -> None:
    query = update(Completion).where(Completion.complaint_id == complaint_id, Completion.reopened_at.is_(None))
    await session.execute(query.values(reopened_at=at))


async def completed_by(session: AsyncSession, complaint_id: UUID) -> set[str]:
    """Return the callers who completed it, or a complaint that was merged into it, directly or in steps."""
    query = select(Completion.by).where(Completion.complaint_id.in_(select(merged_ids(complaint_id).c.id)))
    return set(await session.scalars(query))


async def first_time_fixes(session: AsyncSession, *, since: datetime, until: datetime) -> SuccessRate:
    """Return the first completions within that period that were not reopened."""
    earlier = aliased(Completion)
    is_first = ~exists().where(earlier.complaint_id == Completion.complaint_id, earlier.seq < Completion.seq)
    query = select(func.count().filter(Completion.reopened_at.is_(None)), func.count())
    found = await session.execute(query.where(Completion.at >= since, Completion.at < until, is_first))
    return SuccessRate(*found.one())
