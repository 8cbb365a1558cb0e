"""SQL of customer messages: threads of complaints and their locks."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.repository import load_survivor_id

SELECT_THREAD = text("""
    WITH RECURSIVE thread (id, depth) AS (
        SELECT CAST(:id AS uuid), 0
        UNION ALL
        SELECT follow_up.id, depth + 1 FROM thread CROSS JOIN LATERAL (
            SELECT id FROM complaint WHERE follow_up_of = thread.id ORDER BY id DESC LIMIT 1
        ) AS follow_up
    )
    SELECT id FROM thread ORDER BY depth
""")


SELECT_PREDECESSORS = text("""
    WITH RECURSIVE predecessor (id, follow_up_of) AS (
        SELECT id, follow_up_of FROM complaint WHERE id = CAST(:id AS uuid)
        UNION ALL
        SELECT complaint.id, complaint.follow_up_of
        FROM predecessor JOIN complaint ON complaint.id = predecessor.follow_up_of
    )
    SELECT id FROM predecessor
""")


class Thread(NamedTuple):
    """The complaints that a message concerns."""

    last: UUID
    """The complaint, or its last follow-up: it gets the message."""
    survivor: UUID
    """The complaint that `last` is merged into; itself, where it is merged into none."""


async def list_thread(session: AsyncSession, complaint_id: UUID) -> list[UUID]:
    """Return the complaint and its follow-ups, the last one last."""
    return list(await session.scalars(SELECT_THREAD, {"id": complaint_id}))


async def list_predecessors(session: AsyncSession, complaint_id: UUID) -> list[UUID]:
    """Return the complaint and those that it follows up: whose private links show it."""
    return list(await session.scalars(SELECT_PREDECESSORS, {"id": complaint_id}))


async def lock_thread(session: AsyncSession, complaint_id: UUID) -> Thread:
    """Lock the complaint, its last follow-up and the survivor of that. Raises `ComplaintNotFound`.

    They are locked in the order of their ids, as merges lock theirs, and read again under the locks: a merge or another
    message may have come first.
    """
    locked: set[UUID] = set()
    while True:
        last = (await list_thread(session, complaint_id))[-1]
        thread = Thread(last, await load_survivor_id(session, last))
        if {complaint_id, *thread} <= locked:
            return thread
        await complaints.lock_complaints(session, {complaint_id, *thread})
        locked |= {complaint_id, *thread}
