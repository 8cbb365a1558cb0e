"""Which complaints are confidential now, by the ledger: it has all their versions, whoever they were filed under."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.confidentiality.rules import Ids

# The newest version of a complaint decides about everything that was ever told of it, also about the past.
HIDDEN = text("""
    WITH told AS (
        SELECT event_id, detail ->> 'complaint_id' AS complaint_id FROM ledger
        WHERE event_id = ANY(CAST(:events AS uuid[])) AND kind = 'complaint'
    ), named AS (
        SELECT complaint_id FROM told UNION SELECT unnest(CAST(:complaints AS text[]))
    ), hidden AS (
        SELECT complaint_id FROM named CROSS JOIN LATERAL (
            SELECT detail ? 'confidential' AS is_confidential FROM ledger
            WHERE kind = 'complaint' AND (detail ->> 'complaint_id') = named.complaint_id
            ORDER BY CAST(detail ->> 'version' AS bigint) DESC LIMIT 1
        ) AS newest
        WHERE is_confidential
    )
    SELECT complaint_id, event_id FROM hidden LEFT JOIN told USING (complaint_id)
""")


async def hidden(session: AsyncSession, named: Ids) -> Ids:
    """Return those of the complaints that are confidential, and those of the events that tell of such."""
    found = await session.execute(HIDDEN, {"complaints": list(named.complaints), "events": list(named.events)})
    rows = found.all()
    events = (str(row.event_id) for row in rows if row.event_id is not None)
    return Ids(frozenset(row.complaint_id for row in rows), frozenset(events))
