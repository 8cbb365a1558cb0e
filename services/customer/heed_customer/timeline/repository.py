"""SQL of the timeline."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.timeline.rules import Entry

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


async def insert_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert the entries that are not there yet; what happened never changes."""
    columns = {name: [getattr(entry, name) for entry in entries] for name in COLUMN_TYPES}
    await session.execute(INSERT_ENTRIES, columns)


async def move_with_complaints(session: AsyncSession, complaint_ids: Sequence[UUID]) -> None:
    """Move entries about the complaints, which are locked, to the customers whose complaints they are now."""
    await session.execute(MOVE_WITH_COMPLAINTS, {"complaint_ids": list(complaint_ids)})
