"""SQL of the timeline."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_customer.timeline.rules import Entry, Filters
from heed_customer.timeline.tables import TimelineEntry

COLUMN_TYPES = {
    "event_id": "uuid",
    "customer_id": "uuid",
    "complaint_id": "uuid",
    "at": "timestamptz",
    "type": "text",
    "service": "text",
    "subject": "uuid",
    "version": "bigint",
    "data": "jsonb",
}
_NAMES = ", ".join(COLUMN_TYPES)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in COLUMN_TYPES.items())
INSERT_ENTRIES = text(f"""
    INSERT INTO timeline_entry ({_NAMES})
    SELECT {_NAMES} FROM unnest({_ARRAYS}) AS row({_NAMES}) ORDER BY event_id
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - of constants
MOVE_WITH_COMPLAINTS = text("""
    UPDATE timeline_entry AS entry SET customer_id = complaint.customer_id
    FROM complaint
    WHERE complaint.id = ANY(CAST(:complaint_ids AS uuid[])) AND complaint.customer_id IS NOT NULL
        AND entry.complaint_id = complaint.id AND entry.customer_id <> complaint.customer_id
""")
"""The complaints are locked, so no two transactions move entries of one complaint."""
SELECT_PAGE = select(TimelineEntry).from_statement(
    text("""
    SELECT page.* FROM unnest(CAST(:customer_ids AS uuid[])) AS member(id) CROSS JOIN LATERAL (
        SELECT * FROM timeline_entry AS entry
        WHERE customer_id = member.id AND at >= CAST(:since AS timestamptz) AND at < CAST(:until AS timestamptz)
            AND (at, event_id) < (CAST(:at AS timestamptz), CAST(:event_id AS uuid))
            AND (CAST(:types AS text[]) IS NULL OR type = ANY(CAST(:types AS text[])))
            AND (CAST(:confidential AS boolean) OR complaint_id IS NULL OR EXISTS (
                SELECT FROM complaint
                WHERE complaint.id = entry.complaint_id AND complaint.version > 0 AND NOT complaint.confidential
            ))
        ORDER BY at DESC, event_id DESC LIMIT :limit
    ) AS page
    ORDER BY at DESC, event_id DESC LIMIT :limit
""")
)
"""A page of each member, from the index, and the newest of these. Of a complaint that has not arrived yet it is not
clear whether it is confidential."""
LATEST = datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1)


async def insert_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert the entries that are not there yet; what happened never changes."""
    columns = {name: [getattr(entry, name) for entry in entries] for name in COLUMN_TYPES}
    await driver.fetch(session, INSERT_ENTRIES, columns)


async def move_with_complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> None:
    """Move entries about the complaints, which are locked, to the customers whose complaints they are now."""
    await session.execute(MOVE_WITH_COMPLAINTS, {"complaint_ids": list(complaint_ids)})


async def list_entries(
    session: AsyncSession,
    customer_ids: Collection[UUID],
    *,
    filters: Filters,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[TimelineEntry]:
    """Return a page of the entries of these customers, the newest first."""
    at, event_id = after or LATEST
    parameters = {
        "customer_ids": sorted(customer_ids),
        "since": filters.since or datetime.min.replace(tzinfo=UTC),
        "until": filters.until or LATEST[0],
        "types": filters.types or None,
        "confidential": filters.confidential,
        "at": at,
        "event_id": event_id,
        "limit": limit,
    }
    return (await session.scalars(SELECT_PAGE, parameters)).all()
