"""SQL of the codes that verify contacts. Callers hold the lock of the contact."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.reach.verification.tables import ContactVerification


async def get_verification(session: AsyncSession, contact_id: UUID) -> ContactVerification | None:
    return await session.get(ContactVerification, contact_id, populate_existing=True)


async def add_verification(session: AsyncSession, verification: ContactVerification) -> None:
    session.add(verification)
    await session.flush()
