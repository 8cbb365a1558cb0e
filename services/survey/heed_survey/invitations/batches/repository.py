"""SQL of requests to invite."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.invitations.batches.tables import InvitationBatch

JOB_NAME = "survey-invitations"


async def add_batch(session: AsyncSession, batch: InvitationBatch) -> None:
    session.add(batch)
    await session.flush()


async def find_batch(session: AsyncSession, *, survey_id: UUID, batch_id: UUID) -> InvitationBatch | None:
    query = select(InvitationBatch).where(InvitationBatch.id == batch_id, InvitationBatch.survey_id == survey_id)
    return (await session.scalars(query)).one_or_none()


async def lock_unfinished(session: AsyncSession, *, now: datetime) -> InvitationBatch | None:
    """Lock the oldest request that is not worked off."""
    query = (
        select(InvitationBatch)
        .where(InvitationBatch.finished_at.is_(None))
        .where(~failed_work.is_set_aside(JOB_NAME, InvitationBatch.id, now=now))
        .order_by(InvitationBatch.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).one_or_none()
