"""Entries of a transaction that are not inserted yet: they go into the statement that inserts its events."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.audit.entries import Entry

KEY, READ = "audit", "audit_read"
"""Keys in `session.info`: the entries, and whether the transaction reads what must be recorded."""
INSERT_ENTRIES = """
    INSERT INTO audit (id, at, actor, action, status, resource_ids, key_id, count, service)
    SELECT id, at, actor, action, status, CAST(resource_ids AS uuid[]), key_id, count, service
    FROM unnest(
        CAST(:entry_ids AS uuid[]), CAST(:entry_ats AS timestamptz[]), CAST(:entry_actors AS text[]),
        CAST(:entry_actions AS text[]), CAST(:entry_statuses AS smallint[]), CAST(:entry_resources AS text[]),
        CAST(:entry_keys AS text[]), CAST(:entry_counts AS int[]), CAST(:entry_services AS text[])
    ) AS entry(id, at, actor, action, status, resource_ids, key_id, count, service)
"""
"""Also a part of the statement that inserts events: a round trip less for each write."""
INSERT = text(INSERT_ENTRIES)


def record(session: AsyncSession, *entries: Entry) -> None:
    """Add entries to the transaction: they are committed with it, or not at all."""
    session.info.setdefault(KEY, []).extend(entries)


def record_read(session: AsyncSession) -> None:
    """Record the request although it only reads: what it reads is sensitive."""
    session.info[READ] = True


def is_recorded_read(session: AsyncSession) -> bool:
    return READ in session.info


def take(session: AsyncSession) -> list[Entry]:
    """Return the entries of the transaction that are not inserted yet; the caller inserts them."""
    entries: list[Entry] = session.info.pop(KEY, [])
    return entries


async def flush(session: AsyncSession) -> None:
    """Insert the entries that did not go with events."""
    entries = take(session)
    if entries:
        await driver.fetch(session, INSERT, columns(entries))


def columns(entries: Sequence[Entry]) -> Mapping[str, object]:
    """Return the parameters of `INSERT_ENTRIES`."""
    return {
        "entry_ids": [entry.id for entry in entries],
        "entry_ats": [entry.at for entry in entries],
        "entry_actors": [entry.actor for entry in entries],
        "entry_actions": [entry.action for entry in entries],
        "entry_statuses": [entry.status for entry in entries],
        "entry_resources": [f"{{{','.join(map(str, entry.resource_ids))}}}" for entry in entries],
        "entry_keys": [entry.key_id for entry in entries],
        "entry_counts": [entry.count for entry in entries],
        "entry_services": [entry.service for entry in entries],
    }
