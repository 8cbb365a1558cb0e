"""SQL of the organisation."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.organisation.tables import Organisation


async def lock_organisation(session: AsyncSession) -> Organisation:
    return await session.get_one(Organisation, True, with_for_update=True)  # noqa: FBT003 the key of the only row


async def has_complaints(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists().select_from(Complaint))))
