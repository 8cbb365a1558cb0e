"""Order of imports: one that may refer to an earlier one waits for it, all others take turns chunk by chunk.

Which imports an import has to wait for is decided when it is accepted, from hashes of the names in both files: the
external_ids that it brings or refers to and that the earlier one brings. It waits only until the last chunk with such
a name is processed, so a large import holds back no import that has nothing to do with it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_common.failed_work import repository as failed_work
from heed_customer.tables import Import, ImportChunk, ImportDependency, ImportRow

JOB = "imports"
"""Name of the job in failed work."""

INSERT_DEPENDENCIES = text("""
    INSERT INTO import_dependency (import_id, earlier_id, last_chunk)
    SELECT :import_id, earlier.import_id, max(earlier.number)
    FROM (
        SELECT chunk.import_id, chunk.number, unnest(chunk.keys) AS key
        FROM import JOIN import_chunk AS chunk ON chunk.import_id = import.id
        WHERE import.state IN ('waiting', 'running')
        UNION ALL
        SELECT import_id, 0, key FROM import_row
    ) AS earlier
    WHERE earlier.import_id <> :import_id AND earlier.key IN (
        SELECT unnest(keys || "references") FROM import_chunk WHERE import_id = :import_id
    )
    GROUP BY earlier.import_id
""")


async def accept(session: AsyncSession, import_id: UUID) -> None:
    """Put the import behind those accepted earlier that it may refer to. The order is that of the commits."""
    await advisory_locks.lock(session, AdvisoryLock.IMPORT_ACCEPTANCE)
    await session.execute(INSERT_DEPENDENCIES, {"import_id": import_id})


async def claim(session: AsyncSession, *, now: datetime) -> Import | None:
    """Lock the import that has waited longest of those that can go on and that no other worker has in hand.

    The weak lock lets files be accepted meanwhile that will have to wait for this one.
    """
    statement = (
        select(Import)
        .where(Import.state.in_(("waiting", "running")), or_(_has_due_chunk(now), _can_gather()), ~_is_held_back(now))
        .order_by(Import.touched_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def first_chunk(session: AsyncSession, import_id: UUID, *, now: datetime) -> ImportChunk | None:
    due = select(ImportChunk).where(ImportChunk.import_id == import_id, _is_due(ImportChunk, now))
    return (await session.execute(due.order_by(ImportChunk.number).limit(1))).scalar_one_or_none()


async def delete_dependencies(session: AsyncSession, import_id: UUID) -> None:
    """Delete what a finished import waited for and who waited for it."""
    either = or_(ImportDependency.import_id == import_id, ImportDependency.earlier_id == import_id)
    await session.execute(delete(ImportDependency).where(either))


def _has_due_chunk(now: datetime) -> ColumnElement[bool]:
    return exists().where(ImportChunk.import_id == Import.id, _is_due(ImportChunk, now))


def _can_gather() -> ColumnElement[bool]:
    """Return whether rows wait to be gathered and every chunk that may have more of them is processed."""
    return and_(
        exists().where(ImportRow.import_id == Import.id),
        ~exists().where(ImportChunk.import_id == Import.id, ImportChunk.number > 0, ImportChunk.line_numbers.is_(None)),
    )


def _is_held_back(now: datetime) -> ColumnElement[bool]:
    """Return whether an earlier import has yet to process what this one may refer to.

    A line or chunk that failed unexpectedly and waits for another attempt holds back no other import: an operator may
    need days to decide about it.
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
    """Return whether a chunk is due. Dropped lines are due too, to be rejected."""
    key = cast(chunk.import_id, Text) + ":" + cast(chunk.number, Text)
    return ~failed_work.is_set_aside(JOB, key, now=now, dropped=False)
