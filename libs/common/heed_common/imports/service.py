"""Use cases of imports, for any service. A file is stored completely before any of it is processed."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.files.encodings import Encoding
from heed_common.files.errors import ImportInterrupted, ImportNotFound
from heed_common.files.media_types import FileType
from heed_common.files.uploads import store_chunks
from heed_common.imports.chunks import Chunk, Chunker, Layout
from heed_common.imports.lines import Problem
from heed_common.imports.repository import ChunkRow, ImportRow, ImportTables, ProblemRow

STALE_AFTER = timedelta(hours=1)


def receiving_columns(import_id: UUID, file_type: FileType, *, dry_run: bool, now: datetime) -> dict[str, Any]:
    """Return the columns of a file that is being received."""
    return {
        "id": import_id,
        "format": file_type.value,
        "state": "receiving",
        "encoding": Encoding.UTF_8.value,
        "dry_run": dry_run,
        "lines_total": 0,
        "lines_created": 0,
        "lines_unchanged": 0,
        "lines_failed": 0,
        "created_at": now,
        "last_activity_at": now,
    }


async def store_file(
    database: Database,
    tables: ImportTables[ImportRow, ChunkRow, ProblemRow],
    *,
    import_id: UUID,
    chunker: Chunker,
    pieces: AsyncIterator[bytes],
    new_chunk: Callable[[AsyncSession, Chunk], ChunkRow],
    clock: Clock,
) -> None:
    """Store the chunks of a file, whose import exists. After an error the import is deleted."""

    async def store(chunk: Chunk) -> None:
        async with database.transaction() as session:
            row = new_chunk(session, chunk)
            if not await tables.append_chunk(session, row, lines=chunk.lines, now=clock.now()):
                raise ImportInterrupted

    async def discard() -> None:
        async with database.transaction() as session:
            await tables.delete_import(session, import_id)

    await store_chunks(pieces, chunker, store=store, discard=discard)


async def complete_import(
    session: AsyncSession,
    tables: ImportTables[ImportRow, ChunkRow, ProblemRow],
    *,
    import_id: UUID,
    layout: Layout,
    now: datetime,
) -> ImportRow:
    """Let the complete file be processed. Raises `ImportInterrupted`."""
    row = await tables.lock_import(session, import_id)
    if row is None:
        raise ImportInterrupted
    row.columns, row.delimiter, row.encoding = layout.columns, layout.delimiter, layout.encoding.value
    row.state, row.last_activity_at = "waiting", now
    if row.lines_total == 0:
        row.state, row.finished_at = "done", now
    return row


async def get_import(
    session: AsyncSession, tables: ImportTables[ImportRow, ChunkRow, ProblemRow], *, import_id: UUID
) -> ImportRow:
    """Return the import with its progress. Raises `ImportNotFound`."""
    row = await tables.find_import(session, import_id)
    if row is None:
        raise ImportNotFound
    return row


async def end_chunk(
    session: AsyncSession,
    tables: ImportTables[ImportRow, ChunkRow, ProblemRow],
    chunk: ChunkRow,
    *,
    problems: Sequence[Problem],
    count: Callable[[ImportRow], None],
    now: datetime,
) -> None:
    """Count the lines of a processed chunk, list those that were rejected, and delete it."""
    row = await tables.lock_running(session, chunk.import_id)
    await tables.insert_problems(session, problems, import_id=row.id)
    count(row)
    row.state, row.started_at, row.last_activity_at = "running", row.started_at or now, now
    await tables.delete_chunk(session, chunk)
    if not await tables.has_chunks(session, row.id):
        row.state, row.finished_at = "done", now
