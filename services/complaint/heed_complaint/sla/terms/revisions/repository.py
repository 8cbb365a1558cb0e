"""SQL of the revisions of the terms."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks, driver
from heed_common.advisory_locks import AdvisoryLock
from heed_complaint.sla.terms.revisions.tables import TermsRevision

UPSERT_PLAN_STATES = text("""
    INSERT INTO complaint_plan_state (complaint_id, revision)
    SELECT unnest(CAST(:complaint_ids AS uuid[])), CAST(:revision AS bigint)
    ON CONFLICT (complaint_id) DO UPDATE SET revision = EXCLUDED.revision
""")
SELECT_NEWEST = text("SELECT revision, recorded_at FROM terms_revision ORDER BY revision DESC LIMIT 1")
DELETE_PLAN_STATES = text("DELETE FROM complaint_plan_state WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))")
NEVER = 0
"""The revision of a complaint that is to be replanned: before all changes."""


class Revision(NamedTuple):
    number: int
    recorded_at: datetime


async def lock(session: AsyncSession) -> None:
    """Serialise changes of the terms until the transaction ends.

    Numbers come in the order of their commits: a plan made by one of them includes all changes below it.
    """
    await advisory_locks.lock(session, AdvisoryLock.SLA_TERMS)


async def record_revision(
    session: AsyncSession, *, subject_type: str, name: str, version: int, by: str | None, now: datetime
) -> None:
    """Record a change, by which open complaints will be replanned. The caller holds the lock."""
    await session.execute(
        insert(TermsRevision).values(subject_type=subject_type, name=name, version=version, actor=by, recorded_at=now)
    )


async def newest(session: AsyncSession) -> Revision:
    """Return the newest revision."""
    ((revision, recorded_at),) = await driver.fetch(session, SELECT_NEWEST, {})
    return Revision(revision, recorded_at)


async def mark_planned(session: AsyncSession, complaint_ids: Collection[UUID], *, revision: int) -> None:
    """Mark the complaints as planned by that revision. The caller holds their locks."""
    await driver.fetch(session, UPSERT_PLAN_STATES, {"complaint_ids": sorted(complaint_ids), "revision": revision})


async def mark_ended(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Exclude ended complaints from replanning; a reopening includes them again."""
    await session.execute(DELETE_PLAN_STATES, {"complaint_ids": sorted(complaint_ids)})
