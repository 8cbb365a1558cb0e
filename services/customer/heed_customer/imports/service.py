"""Files of customers and purchases: stored whole before any of it is processed, then reported line by line."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.errors import ImportInterrupted, ImportNotFound
from heed_customer.imports import gathering, ordering, repository
from heed_customer.imports.kinds import Format, Kind
from heed_customer.imports.rules import Chunk, Layout
from heed_customer.item_results import OnConflict
from heed_customer.tables import Import, ImportProblem

STALE_AFTER = timedelta(hours=1)
"""A file that has brought nothing for so long will not come any more."""


async def begin_import(
    session: AsyncSession,
    *,
    import_id: UUID,
    kind: Kind,
    file_format: Format,
    on_conflict: OnConflict = OnConflict.REJECT,
    now: datetime,
) -> Import:
    """From here on the file may come; nothing of it is worked off before its end is here."""
    return await repository.insert_import(
        session, import_id=import_id, kind=kind, file_format=file_format, on_conflict=on_conflict, now=now
    )


async def keep_chunk(session: AsyncSession, *, import_id: UUID, chunk: Chunk, now: datetime) -> None:
    """A stretch of the file is safe."""
    if not await repository.append_chunk(session, chunk, import_id=import_id, now=now):
        raise ImportInterrupted


async def complete_import(session: AsyncSession, *, import_id: UUID, layout: Layout, now: datetime) -> Import:
    """Accept a file that is here whole: it may be processed in its turn."""
    row = await repository.lock(session, import_id)
    if row is None:
        raise ImportInterrupted
    row.columns, row.delimiter, row.encoding = layout.columns, layout.delimiter, layout.encoding.value
    row.touched_at = now
    row.state = "waiting"
    if row.lines_total == 0:
        finish_import(row, now=now)
        return row
    await gathering.insert_scattered_keys(session, import_id)
    await ordering.accept(session, import_id)
    return row


def finish_import(row: Import, *, now: datetime) -> None:
    row.state, row.finished_at = "done", now


async def drop_import(session: AsyncSession, *, import_id: UUID) -> None:
    """A file that broke off leaves nothing."""
    await repository.delete_import(session, import_id)


async def drop_stale_imports(session: AsyncSession, *, now: datetime) -> int:
    """Files whose sender or receiver died half way leave nothing either."""
    return await repository.delete_stale(session, before=now - STALE_AFTER)


async def read_import(session: AsyncSession, *, import_id: UUID, kind: Kind) -> Import:
    """How far the import has come."""
    row = await repository.find(session, import_id, kind=kind)
    if row is None:
        raise ImportNotFound
    return row


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ImportProblem]:
    """Which lines were not taken, and why."""
    return await repository.list_problems(session, import_id=import_id, after=after, limit=limit)
