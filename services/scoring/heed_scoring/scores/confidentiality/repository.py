"""SQL for complaints that are confidential now. The ledger has all their versions, for every customer."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.scores.confidentiality.rules import Ids

# The newest version of a complaint decides for all of its events, also for past ones.
SELECT_CONFIDENTIAL = text("""
    WITH mentioned AS (
        SELECT event_id, payload ->> 'complaint_id' AS complaint_id FROM ledger
        WHERE event_id = ANY(CAST(:events AS uuid[])) AND kind = 'complaint'
    ), named AS (
        SELECT complaint_id FROM mentioned UNION SELECT unnest(CAST(:complaints AS text[]))
    ), hidden AS (
        SELECT complaint_id FROM named CROSS JOIN LATERAL (
            SELECT payload ? 'confidential' AS is_confidential FROM ledger
            WHERE kind = 'complaint' AND (payload ->> 'complaint_id') = named.complaint_id
            ORDER BY CAST(payload ->> 'version' AS bigint) DESC LIMIT 1
        ) AS newest
        WHERE is_confidential
    )
    SELECT complaint_id, event_id FROM hidden LEFT JOIN mentioned USING (complaint_id)
""")


async def confidential_ids(session: AsyncSession, named: Ids) -> Ids:
    """Return the confidential complaints among these, and the events that belong to confidential complaints."""
    found = await session.execute(
        SELECT_CONFIDENTIAL, {"complaints": list(named.complaints), "events": list(named.events)}
    )
    rows = found.all()
    events = (str(row.event_id) for row in rows if row.event_id is not None)
    return Ids(frozenset(row.complaint_id for row in rows), frozenset(events))
