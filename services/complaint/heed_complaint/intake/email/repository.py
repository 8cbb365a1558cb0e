"""Every query of mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.intake.web_form.tables import Contact, Delivery, IgnoredMail


async def note_delivery(session: AsyncSession, signature: bytes, *, at: datetime) -> bool:
    """False where the signature was used before, even by somebody who is still at it."""
    statement = insert(Delivery).values(signature=signature, at=at).on_conflict_do_nothing()
    return await session.scalar(statement.returning(Delivery.signature)) is not None


async def forget_deliveries(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(Delivery).where(Delivery.at < before))


async def complaint_exists(session: AsyncSession, complaint_id: UUID) -> bool:
    return await session.scalar(select(Complaint.id).where(Complaint.id == complaint_id)) is not None


async def add_ignored(session: AsyncSession, **columns: Any) -> bool:  # noqa: ANN401 the columns of the table
    """Store a mail that opens nothing. False if it was stored before."""
    statement = insert(IgnoredMail).values(**columns).on_conflict_do_nothing().returning(IgnoredMail.key)
    return await session.scalar(statement) is not None


async def count_opened_by(session: AsyncSession, address: str, *, since: datetime) -> int:
    """Return how many complaints mails with this contact have opened since then."""
    query = (
        select(func.count())
        .select_from(Contact)
        .join(Complaint, Complaint.id == Contact.complaint_id)
        .where(Contact.address == address, Complaint.channel == "mail", Complaint.opened_at > since)
    )
    return await session.scalar(query) or 0
