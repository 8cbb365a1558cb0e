"""Use cases of imports. A file is stored completely before any of it is processed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.files.errors import ImportInterrupted, ImportNotFound
from heed_common.files.media_types import FileType
from heed_common.imports.chunks import Layout
from heed_customer.imports import repository
from heed_customer.imports.formats.chunks import Chunk
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.processing import gathering, ordering
from heed_customer.imports.rules import ImportOptions
from heed_customer.imports.tables import Import, ImportProblem

DEFAULT_OPTIONS = ImportOptions()


async def begin_import(
    session: AsyncSession,
    *,
    import_id: UUID,
    kind: ImportKind,
    file_type: FileType,
    options: ImportOptions = DEFAULT_OPTIONS,
    now: datetime,
) -> Import:
    """Create an import that receives chunks; none is processed before the import is complete."""
    return await repository.insert_import(
        session, import_id=import_id, kind=kind, file_type=file_type, options=options, now=now
    )


async def append_chunk(session: AsyncSession, *, import_id: UUID, chunk: Chunk, now: datetime) -> None:
    """Store the next chunk of the file. Raises `ImportInterrupted`."""
    if not await repository.append_chunk(session, chunk, import_id=import_id, now=now):
        raise ImportInterrupted


async def complete_import(session: AsyncSession, *, import_id: UUID, layout: Layout, now: datetime) -> Import:
    """Accept a file whose chunks are all stored for processing. Raises `ImportInterrupted`."""
    row = await repository.lock_import(session, import_id)
    if row is None:
        raise ImportInterrupted
    row.columns, row.delimiter, row.encoding = layout.columns, layout.delimiter, layout.encoding.value
    row.last_activity_at = now
    row.state = "waiting"
    if row.lines_total == 0:
        row.finish(now=now)
        return row
    await gathering.insert_scattered_keys(session, import_id)
    await ordering.insert_dependencies(session, import_id)
    return row


async def discard_import(session: AsyncSession, *, import_id: UUID) -> None:
    """Delete an import whose upload failed."""
    await repository.delete_import(session, import_id)


async def get_import(session: AsyncSession, *, import_id: UUID, kind: ImportKind) -> Import:
    """Return the import with its progress."""
    row = await repository.find_import(session, import_id, kind=kind)
    if row is None:
        raise ImportNotFound
    return row


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ImportProblem]:
    """Return a page of the rejected lines with the reasons."""
    return await repository.list_problems(session, import_id=import_id, after=after, limit=limit)
