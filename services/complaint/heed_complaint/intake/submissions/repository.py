"""SQL of submissions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.intake.submissions.tables import IntakeReceipt


async def lock_key(session: AsyncSession, key: bytes) -> None:
    """Lock the key until the transaction ends: of two simultaneous submissions the second sees the first's receipt."""
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], "big", signed=True))))


async def get_receipt(session: AsyncSession, key: bytes) -> IntakeReceipt | None:
    return await session.get(IntakeReceipt, key)


async def list_receipts(session: AsyncSession, keys: list[bytes]) -> dict[bytes, IntakeReceipt]:
    found = await session.scalars(select(IntakeReceipt).where(IntakeReceipt.key.in_(keys)))
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
        IntakeReceipt(
            key=key,
            fingerprint=fingerprint,
            complaint_id=complaint_id,
            message_id=message_id,
            received_at=received_at,
        )
    )
