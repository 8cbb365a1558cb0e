"""SQL of mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.intake.email.tables import IgnoredMail, UsedSignature


async def insert_signature(session: AsyncSession, signature: bytes, *, used_at: datetime) -> bool:
    """Store the signature. Return False if it was used before, even by a transaction that is still running."""
    statement = insert(UsedSignature).values(signature=signature, used_at=used_at).on_conflict_do_nothing()
    return await session.scalar(statement.returning(UsedSignature.signature)) is not None


async def delete_expired_signatures(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(UsedSignature).where(UsedSignature.used_at < before))


async def complaint_exists(session: AsyncSession, complaint_id: UUID) -> bool:
    return await session.scalar(select(Complaint.id).where(Complaint.id == complaint_id)) is not None


async def add_ignored(session: AsyncSession, **columns: Any) -> bool:  # noqa: ANN401 the columns of the table
    """Store an ignored mail. Return False if it was stored before."""
    statement = insert(IgnoredMail).values(**columns).on_conflict_do_nothing().returning(IgnoredMail.key)
    return await session.scalar(statement) is not None
