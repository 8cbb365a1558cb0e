"""Order of imports: one that may refer to an earlier one waits for it, all others take turns by the chunk.

A dry run holds back no other import, because it changes nothing.

The dependencies of an import are found when it is accepted, from hashes of external_ids: those that it has or refers to
and that the earlier one has. It waits only until the last chunk with such an id is processed, so a large import does
not hold back unrelated ones.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_common.failed_work import repository as failed_work
from heed_customer.imports.tables import Import, ImportChunk, ImportDependency, ImportRow

JOB_NAME = "imports"
"""Name of the job in failed work."""

INSERT_DEPENDENCIES = text("""
    INSERT INTO import_dependency (import_id, earlier_id, last_chunk)
    SELECT :import_id, earlier.import_id, max(earlier.number)
    FROM (
        SELECT chunk.import_id, chunk.number, unnest(chunk.keys) AS key
        FROM import JOIN import_chunk AS chunk ON chunk.import_id = import.id
        WHERE import.state IN ('waiting', 'running') AND NOT import.dry_run
        UNION ALL
        SELECT import_row.import_id, 0, import_row.key
        FROM import_row JOIN import ON import.id = import_row.import_id AND NOT import.dry_run
    ) AS earlier
    WHERE earlier.import_id <> :import_id AND earlier.key IN (
        SELECT unnest(keys || "references") FROM import_chunk WHERE import_id = :import_id
    )
    GROUP BY earlier.import_id
""")


async def insert_dependencies(session: AsyncSession, import_id: UUID) -> None:
    """Make the import wait for those accepted before it to which it may refer. The order is that of the commits."""
    await advisory_locks.lock(session, AdvisoryLock.IMPORT_ACCEPTANCE)
    await session.execute(INSERT_DEPENDENCIES, {"import_id": import_id})


async def lock_next_import(session: AsyncSession, *, now: datetime) -> Import | None:
    """Lock the import that has waited longest, of those that can continue and that no other worker has locked.

    The weak lock allows files that depend on this one to be accepted meanwhile.
    """
    statement = (
        select(Import)
        .where(Import.state.in_(("waiting", "running")), or_(_has_due_chunk(now), _can_gather()), ~_is_held_back(now))
        .order_by(Import.last_activity_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def first_due_chunk(session: AsyncSession, import_id: UUID, *, now: datetime) -> ImportChunk | None:
    due = select(ImportChunk).where(ImportChunk.import_id == import_id, _is_due(ImportChunk, now))
    return (await session.execute(due.order_by(ImportChunk.number).limit(1))).scalar_one_or_none()


async def delete_dependencies(session: AsyncSession, import_id: UUID) -> None:
    """Delete the dependencies of a finished import and those on it."""
    either = or_(ImportDependency.import_id == import_id, ImportDependency.earlier_id == import_id)
    await session.execute(delete(ImportDependency).where(either))


def _has_due_chunk(now: datetime) -> ColumnElement[bool]:
    return exists().where(ImportChunk.import_id == Import.id, _is_due(ImportChunk, now))


def _can_gather() -> ColumnElement[bool]:
    """Return the condition that rows wait to be gathered and all chunks that may have more of them are processed."""
    return and_(
        exists().where(ImportRow.import_id == Import.id),
        ~exists().where(ImportChunk.import_id == Import.id, ImportChunk.number > 0, ImportChunk.line_numbers.is_(None)),
    )


def _is_held_back(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an earlier import has yet to process items to which this one may refer.

    A line or chunk that failed unexpectedly and waits for another attempt does not hold back other imports: an operator
    may need days to decide about it.
    """
    chunk = aliased(ImportChunk)
    unprocessed = exists().where(
        chunk.import_id == ImportDependency.earlier_id,
        chunk.number.between(1, ImportDependency.last_chunk),
        _is_due(chunk, now),
    )
    ungathered = exists().where(ImportRow.import_id == ImportDependency.earlier_id)
    return exists().where(ImportDependency.import_id == Import.id, or_(unprocessed, ungathered))


def _is_due(chunk: type[ImportChunk], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a chunk is due. Dropped lines are due too, to be rejected."""
    key = cast(chunk.import_id, Text) + ":" + cast(chunk.number, Text)
    return ~failed_work.is_set_aside(JOB_NAME, key, now=now, dropped=False)
