"""SQL of the timeline."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, column, exists, func, literal, or_, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_customer.read_models.complaints.tables import Complaint
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


async def insert_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert the entries that are not there yet; what happened never changes."""
    columns = {name: [getattr(entry, name) for entry in entries] for name in COLUMN_TYPES}
    await session.execute(INSERT_ENTRIES, columns)


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
    """Return a page of the entries of these customers: a page of each from the index, and the newest of these."""
    conditions = _conditions(filters)
    if after is not None:
        conditions.append(
            tuple_(TimelineEntry.at, TimelineEntry.event_id) < tuple_(literal(after[0]), literal(after[1]))
        )
    member = (
        func.unnest(literal(sorted(customer_ids), ARRAY(Uuid)))
        .table_valued(column("id", Uuid), name="member")
        .render_derived()
    )
    newest = (
        select(TimelineEntry)
        .where(TimelineEntry.customer_id == member.c.id, *conditions)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.event_id.desc())
        .limit(limit)
    )
    page = aliased(TimelineEntry, newest.lateral("page"))
    statement = select(page).select_from(member).join(page, true())
    return (await session.scalars(statement.order_by(page.at.desc(), page.event_id.desc()).limit(limit))).all()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.types:
        conditions.append(TimelineEntry.type.in_(filters.types))
    if filters.since is not None:
        conditions.append(TimelineEntry.at >= filters.since)
    if filters.until is not None:
        conditions.append(TimelineEntry.at < filters.until)
    if not filters.confidential:
        # Of a complaint that has not arrived yet it is not clear whether it is confidential.
        public = exists().where(
            Complaint.id == TimelineEntry.complaint_id, Complaint.version > 0, Complaint.confidential.is_(False)
        )
        conditions.append(or_(TimelineEntry.complaint_id.is_(None), public))
    return conditions
