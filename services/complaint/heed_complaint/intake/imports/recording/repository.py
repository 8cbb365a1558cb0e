"""SQL of complaints of the past."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint

COLUMNS = tuple(column.name for column in Complaint.__table__.columns)


async def find_stored(session: AsyncSession, external_ids: Collection[str]) -> dict[str, bytes]:
    """Return the fingerprints of the stored complaints with these external ids."""
    query = select(Complaint.external_id, Complaint.fingerprint).where(Complaint.external_id.in_(sorted(external_ids)))
    return {str(name): fingerprint for name, fingerprint in await session.execute(query)}


async def insert_complaints(session: AsyncSession, complaints: Sequence[Complaint]) -> set[UUID]:
    """Insert the complaints in the order of their external ids. Return the ids of those whose external id was free."""
    if not complaints:
        return set()
    ordered = sorted(complaints, key=lambda complaint: complaint.external_id or "")
    rows = [{name: getattr(complaint, name) for name in COLUMNS} for complaint in ordered]
    statement = insert(Complaint).on_conflict_do_nothing(index_elements=["external_id"]).returning(Complaint.id)
    return set(await session.scalars(statement, rows))
