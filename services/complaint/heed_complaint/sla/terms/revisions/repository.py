"""Every query of the changes."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_complaint.sla.terms.revisions.tables import SLARevision

# Numbers come in the order of their commits: who plans by one of them has seen all that is below it.


PLANNED = text("""
    INSERT INTO planned (complaint_id, revision)
    SELECT unnest(CAST(:complaint_ids AS uuid[])), CAST(:revision AS bigint)
    ON CONFLICT (complaint_id) DO UPDATE SET revision = EXCLUDED.revision
""")
ENDED = text("DELETE FROM planned WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))")
TO_DO = 0
"""Before all changes."""


class Newest(NamedTuple):
    """The last change."""

    revision: int
    at: datetime


async def lock(session: AsyncSession) -> None:
    """For whoever changes terms: one at a time, until the transaction ends."""
    await advisory_locks.lock(session, AdvisoryLock.SLA_TERMS)


async def note(session: AsyncSession, *, what: str, name: str, version: int, by: str | None, at: datetime) -> None:
    """From now on open complaints are planned anew. The caller holds the lock."""
    await session.execute(insert(SLARevision).values(what=what, name=name, version=version, by=by, at=at))


async def newest(session: AsyncSession) -> Newest:
    last = select(func.max(SLARevision.revision)).scalar_subquery()
    row = (
        await session.execute(select(SLARevision.revision, SLARevision.at).where(SLARevision.revision == last))
    ).one()
    return Newest(row.revision, row.at)


async def mark_planned(session: AsyncSession, complaint_ids: Collection[UUID], *, revision: int) -> None:
    """They are planned by all that was changed until then. The caller holds their locks."""
    await session.execute(PLANNED, {"complaint_ids": sorted(complaint_ids), "revision": revision})


async def mark_ended(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Nothing is owed any more; whoever reopens one of them has it planned again."""
    await session.execute(ENDED, {"complaint_ids": sorted(complaint_ids)})
