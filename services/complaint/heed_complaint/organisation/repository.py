"""SQL of the organisation."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.organisation.tables import Organisation
from heed_complaint.tables import Complaint


async def lock_organisation(session: AsyncSession) -> Organisation:
    return await session.get_one(Organisation, True, with_for_update=True)  # noqa: FBT003 the key of the only row


async def has_complaints(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists().select_from(Complaint))))
