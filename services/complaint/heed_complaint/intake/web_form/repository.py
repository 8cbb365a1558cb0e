"""Every query of intake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.intake.web_form.tables import Contact, Receipt


async def lock_key(session: AsyncSession, key: bytes) -> None:
    """Of two who bring the same at the same moment the second one waits, and then sees what became of the first."""
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], "big", signed=True))))


async def receipt(session: AsyncSession, key: bytes) -> Receipt | None:
    return await session.get(Receipt, key)


async def receipts(session: AsyncSession, keys: list[bytes]) -> dict[bytes, Receipt]:
    found = await session.scalars(select(Receipt).where(Receipt.key.in_(keys)))
    return {receipt.key: receipt for receipt in found}


def add_receipt(
    session: AsyncSession,
    key: bytes,
    *,
    fingerprint: bytes,
    complaint_id: UUID,
    received_at: datetime,
    message_id: UUID | None = None,
) -> None:
    session.add(
        Receipt(
            key=key,
            fingerprint=fingerprint,
            complaint_id=complaint_id,
            message_id=message_id,
            received_at=received_at,
        )
    )


def add_contact(
    session: AsyncSession,
    complaint_id: UUID,
    *,
    name: str | None,
    address: str | None,
    language: str,
    sender: str | None = None,
) -> None:
    session.add(Contact(complaint_id=complaint_id, name=name, address=address, language=language, sender=sender))


async def contact_of(session: AsyncSession, complaint_id: UUID) -> Contact | None:
    return await session.get(Contact, complaint_id)


async def contacts_of(session: AsyncSession, complaint_ids: Sequence[UUID]) -> Sequence[Contact]:
    """Return the contacts of these complaints, in the order of the complaints."""
    query = select(Contact).where(Contact.complaint_id.in_(complaint_ids)).order_by(Contact.complaint_id)
    return (await session.scalars(query)).all()
