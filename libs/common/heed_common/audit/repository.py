"""SQL of the audit trail in the database of one service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.audit.entries import Entry
from heed_common.tables import AUDIT

Position = tuple[datetime, UUID]
"""Sort key of an entry."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are listed; None: all."""

    actor: str | None = None
    action: str | None = None
    resource_id: UUID | None = None
    key_id: str | None = None
    """The key that was managed."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service: str | None = None


async def list_entries(
    session: AsyncSession, filters: AuditFilter, *, service: str, before: Position | None, limit: int
) -> Sequence[Entry]:
    """Return a page of the entries of this database, the newest first."""
    named = func.coalesce(AUDIT.c.service, service)
    query = select(AUDIT, named.label("named_service")).where(*_conditions(filters))
    if filters.service is not None:
        query = query.where(named == filters.service)
    if before is not None:
        query = query.where(tuple_(AUDIT.c.at, AUDIT.c.id) < before)
    rows = await session.execute(query.order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc()).limit(limit))
    return [_to_entry(row) for row in rows.mappings()]


def _to_entry(row: RowMapping) -> Entry:
    values = {name: row[name] for name in ("at", "actor", "action", "status", "resource_ids", "key_id", "count", "id")}
    return Entry(**values, service=row["named_service"])


def _conditions(filters: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.actor is not None:
        found.append(AUDIT.c.actor == filters.actor)
    if filters.action is not None:
        found.append(AUDIT.c.action == filters.action)
    if filters.resource_id is not None:
        found.append(AUDIT.c.resource_ids.contains([filters.resource_id]))
    if filters.key_id is not None:
        found.append(AUDIT.c.key_id == filters.key_id)
    if filters.starts_at is not None:
        found.append(AUDIT.c.at >= filters.starts_at)
    if filters.ends_at is not None:
        found.append(AUDIT.c.at < filters.ends_at)
    return found
