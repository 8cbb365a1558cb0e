"""SQL of invitations. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.invitations.records.rules import ENDED, REMINDABLE, InvitationState
from heed_survey.invitations.records.tables import Invitation

REMINDERS_JOB = "survey-reminders"
KEY = ["survey_id", "wave", "person_id", "occasion"]


async def insert_new(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Insert the invitations. Return the ids of those whose person had none in this wave for this occasion."""
    if not rows:
        return set()
    ordered = [dict(row) for row in sorted(rows, key=lambda row: (row["person_id"], row["occasion"]))]
    statement = insert(Invitation).on_conflict_do_nothing().returning(Invitation.id)
    return set(await session.scalars(statement, ordered))


async def find_invited(
    session: AsyncSession, *, survey_id: UUID, wave: str, customer_ids: Collection[UUID]
) -> set[tuple[UUID, str]]:
    """Return which of the customers were invited in the wave, with the occasions."""
    query = select(Invitation.customer_id, Invitation.occasion).where(
        Invitation.survey_id == survey_id, Invitation.wave == wave, Invitation.customer_id.in_(customer_ids)
    )
    return {(row.customer_id, row.occasion) for row in await session.execute(query)}


async def find_invitation(session: AsyncSession, invitation_id: UUID) -> Invitation | None:
    return await session.get(Invitation, invitation_id, populate_existing=True)


async def load_states(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the states of the invitations that exist."""
    query = select(Invitation.id, Invitation.state).where(Invitation.id == any_(cast(sorted(ids), ARRAY(Uuid))))
    return {row.id: row.state for row in await session.execute(query)}


async def lock_invitations(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Invitation]:
    query = select(Invitation).where(Invitation.id.in_(ids)).order_by(Invitation.id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def lock_open_of(
    session: AsyncSession, *, survey_id: UUID, customer_ids: Collection[UUID]
) -> Sequence[Invitation]:
    """Lock the personal invitations of the customers that have not ended."""
    query = select(Invitation).where(
        Invitation.survey_id == survey_id,
        Invitation.customer_id.in_(customer_ids),
        ~Invitation.anonymous,
        Invitation.state.not_in(ENDED),
    )
    return (await session.scalars(query.order_by(Invitation.id).with_for_update())).all()


async def lock_due_reminders(session: AsyncSession, *, limit: int, now: datetime) -> Sequence[Invitation]:
    """Lock the invitations of which a reminder is due, except those that another transaction has locked."""
    query = (
        select(Invitation)
        .where(Invitation.remind_at <= now, Invitation.state.in_(REMINDABLE))
        .where(~failed_work.is_set_aside(REMINDERS_JOB, Invitation.id, now=now))
        .order_by(Invitation.remind_at, Invitation.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted((await session.scalars(query)).all(), key=lambda invitation: invitation.id)


async def list_invitations(
    session: AsyncSession,
    *,
    survey_id: UUID,
    filters: Mapping[str, object],
    after: UUID | None,
    limit: int,
) -> Sequence[Invitation]:
    """Return a page, the latest first."""
    query = select(Invitation).where(Invitation.survey_id == survey_id).order_by(Invitation.id.desc()).limit(limit)
    for name, value in filters.items():
        query = query.where(getattr(Invitation, name) == value)
    return (await session.scalars(query if after is None else query.where(Invitation.id < after))).all()


async def count_states(
    session: AsyncSession, *, survey_id: UUID, wave: str | None
) -> list[tuple[InvitationState, str | None, int]]:
    """Return how many invitations have each state and reason; without a wave those of all waves."""
    query = select(Invitation.state, Invitation.reason, func.count()).where(Invitation.survey_id == survey_id)
    if wave is not None:
        query = query.where(Invitation.wave == wave)
    rows = await session.execute(query.group_by(Invitation.state, Invitation.reason))
    return [(InvitationState(state), reason, count) for state, reason, count in rows]


async def stop_reminders(session: AsyncSession, survey_id: UUID) -> None:
    """End the reminders of the survey."""
    due = (Invitation.survey_id == survey_id, Invitation.remind_at.is_not(None))
    await session.execute(update(Invitation).where(*due).values(remind_at=None, reminders_left=0))


async def list_recent_of_trigger(
    session: AsyncSession, *, trigger_id: UUID, customer_ids: Collection[UUID], since: datetime
) -> list[UUID]:
    """Return a customer id for each invitation by the trigger since then."""
    query = select(Invitation.customer_id).where(
        Invitation.trigger_id == trigger_id,
        Invitation.customer_id.in_(customer_ids),
        Invitation.created_at > since,
    )
    return list(await session.scalars(query))


async def occasions_of(session: AsyncSession, keys: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Return which of the pairs of customer and occasion have an invitation."""
    query = select(Invitation.customer_id, Invitation.occasion).where(
        tuple_(Invitation.customer_id, Invitation.occasion).in_(keys)
    )
    return {(row.customer_id, row.occasion) for row in await session.execute(query)}
