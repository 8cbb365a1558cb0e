"""The audit trail of all services as one list."""

import asyncio
from collections.abc import Mapping, Sequence
from heapq import merge

from heed_common.audit import repository
from heed_common.audit.entries import Entry
from heed_common.audit.errors import AuditIncomplete
from heed_common.audit.repository import AuditFilter, Position
from heed_common.database import Database
from heed_common.keys.transactions import UNAVAILABLE

READ_SECONDS = 20.0
Databases = Mapping[str, Database]
"""The databases by the name of their service."""


async def list_entries(
    databases: Databases, filters: AuditFilter, *, before: Position | None, limit: int
) -> list[Entry]:
    """Return a page of the entries of all services, the newest first.

    What was recorded in several databases, such as a change of keys, is one entry. Raises `AuditIncomplete`: a list in
    which entries of a service are missing would look like one in which nothing was done.
    """
    own = filters.service
    names = [own] if own is not None and own in databases else list(databases)
    reads = (_read(databases[name], name, filters, before, limit) for name in names)
    found = await asyncio.gather(*reads, return_exceptions=True)
    missing = [name for name, result in zip(names, found, strict=True) if isinstance(result, UNAVAILABLE)]
    if missing:
        raise AuditIncomplete(f"The database of {', '.join(missing)} is unavailable.", services=missing)
    pages = []
    for result in found:
        if isinstance(result, BaseException):
            raise result
        pages.append(result)
    ordered = merge(*pages, key=position, reverse=True)
    return list({entry.id: entry for entry in ordered}.values())[:limit]


def position(entry: Entry) -> Position:
    return entry.at, entry.id


async def _read(
    database: Database, service: str, filters: AuditFilter, before: Position | None, limit: int
) -> Sequence[Entry]:
    async with asyncio.timeout(READ_SECONDS), database.transaction(wakes_jobs=False) as session:
        return await repository.list_entries(session, filters, service=service, before=before, limit=limit)
