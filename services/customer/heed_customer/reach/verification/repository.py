"""SQL of the codes that verify contacts. Callers hold the lock of the contact."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.retention import Purge, purge_by
from heed_customer.reach.verification.tables import ContactVerification

STORED_AFTER_EXPIRY = timedelta(days=1)
"""As long as the number of codes that were sent counts."""
DELETE_EXPIRED = text("""
    DELETE FROM contact_verification WHERE contact_id IN (
        SELECT contact_id FROM contact_verification WHERE expires_at < :before ORDER BY expires_at LIMIT :page
    )
""")


async def get_verification(session: AsyncSession, contact_id: UUID) -> ContactVerification | None:
    return await session.get(ContactVerification, contact_id, populate_existing=True)


async def add_verification(session: AsyncSession, verification: ContactVerification) -> None:
    session.add(verification)
    await session.flush()


async def delete_verification(session: AsyncSession, verification: ContactVerification) -> None:
    await session.delete(verification)
    await session.flush()


def purges() -> dict[str, Purge]:
    return {"contact_verification": purge_by(DELETE_EXPIRED, age=STORED_AFTER_EXPIRY)}
