"""Every query of mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.intake.tables import Delivery
from heed_complaint.tables import Complaint


async def note_delivery(session: AsyncSession, signature: bytes, *, at: datetime) -> bool:
    """False where the signature was used before, even by somebody who is still at it."""
    statement = insert(Delivery).values(signature=signature, at=at).on_conflict_do_nothing()
    return await session.scalar(statement.returning(Delivery.signature)) is not None


async def forget_deliveries(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(Delivery).where(Delivery.at < before))


async def complaint_exists(session: AsyncSession, complaint_id: UUID) -> bool:
    return await session.scalar(select(Complaint.id).where(Complaint.id == complaint_id)) is not None
