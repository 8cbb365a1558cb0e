"""SQL of follow-up policies."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_survey.actions.policies.tables import FollowUp, FollowUpPolicy


async def lock_policy(session: AsyncSession, survey_id: UUID, name: str) -> FollowUpPolicy | None:
    return await session.get(FollowUpPolicy, (survey_id, name), with_for_update=True, populate_existing=True)


async def find_policy(session: AsyncSession, survey_id: UUID, name: str) -> FollowUpPolicy | None:
    return await session.get(FollowUpPolicy, (survey_id, name))


async def insert_policy(session: AsyncSession, values: Mapping[str, Any]) -> FollowUpPolicy | None:
    """Insert the policy; None if the survey has one of that name."""
    statement = insert(FollowUpPolicy).values(**values).on_conflict_do_nothing()
    return (await session.scalars(statement.returning(FollowUpPolicy))).one_or_none()


async def delete_policy(session: AsyncSession, policy: FollowUpPolicy) -> None:
    await session.delete(policy)
    await session.flush()


async def list_policies(
    session: AsyncSession, survey_id: UUID, *, after: str | None, limit: int
) -> Sequence[FollowUpPolicy]:
    """Return a page in the order of the names."""
    query = select(FollowUpPolicy).where(FollowUpPolicy.survey_id == survey_id).order_by(FollowUpPolicy.name)
    if after is not None:
        query = query.where(FollowUpPolicy.name > after)
    return (await session.scalars(query.limit(limit))).all()


async def enabled_policies(session: AsyncSession, survey_ids: Collection[UUID]) -> Sequence[FollowUpPolicy]:
    query = select(FollowUpPolicy).where(FollowUpPolicy.survey_id.in_(survey_ids), FollowUpPolicy.enabled)
    return (await session.scalars(query)).all()


async def lock_customer(session: AsyncSession, customer_id: UUID) -> None:
    """Block other responses of this customer from leading to anything until the transaction ends."""
    await advisory_locks.lock_text(session, f"follow-up {customer_id}")


async def has_recent(
    session: AsyncSession, customer_ids: Collection[UUID], *, action: str, matter: str, since: datetime
) -> bool:
    """Return whether such an action about the matter followed from a response of these customers after the moment."""
    found = exists().where(
        FollowUp.customer_id.in_(sorted(customer_ids)),
        FollowUp.matter == matter,
        FollowUp.action == action,
        FollowUp.created_at > since,
    )
    return bool(await session.scalar(select(found)))


async def add_follow_up(session: AsyncSession, follow_up: FollowUp) -> None:
    session.add(follow_up)
    await session.flush()


async def insert_follow_up(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert the follow-up. Return False if it exists."""
    statement = insert(FollowUp).values(**values).on_conflict_do_nothing().returning(FollowUp.response_id)
    return await session.scalar(statement) is not None
