"""SQL of preference links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.reach.preferences.tables import PreferenceLink


async def add_link(
    session: AsyncSession, customer_id: UUID, *, token_hash: bytes, created_at: datetime, expires_at: datetime
) -> None:
    session.add(
        PreferenceLink(token_hash=token_hash, customer_id=customer_id, created_at=created_at, expires_at=expires_at)
    )
    await session.flush()


async def link_by_hash(session: AsyncSession, token_hash: bytes) -> PreferenceLink | None:
    return await session.get(PreferenceLink, token_hash)
