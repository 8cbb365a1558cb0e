"""Upload of a file: chunks are stored as they arrive, and processed only once the file is complete."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType
from heed_common.identifiers import new_id
from heed_customer.imports import service
from heed_customer.imports.formats.chunks import Chunk, Chunker, Layout
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.rules import ImportOptions


async def receive_file(
    database: Database,
    *,
    kind: ImportKind,
    file_type: FileType,
    declared: Encoding | None,
    options: ImportOptions,
    pieces: AsyncIterator[bytes],
    clock: Clock,
) -> tuple[UUID, Layout]:
    """Store the file and return its import and layout, with which the caller completes the import.

    Each chunk has its own transaction: an upload may take long, and must hold neither memory nor locks. After an error
    the import is deleted.
    """
    import_id = new_id()
    chunker = Chunker(kind=kind, file_type=file_type, declared=declared, mapping=options.mapping)
    async with database.transaction() as session:
        await service.begin_import(
            session,
            import_id=import_id,
            kind=kind,
            file_type=file_type,
            options=options,
            now=clock.now(),
        )
    is_complete = False
    try:
        async for piece in pieces:
            for chunk in chunker.feed(piece):
                await _store(database, chunk, import_id=import_id, clock=clock)
            await asyncio.sleep(0)  # Give way: the next piece may have arrived already, and most complete no chunk.
        for chunk in chunker.end():
            await _store(database, chunk, import_id=import_id, clock=clock)
        is_complete = True
    finally:
        if not is_complete:
            async with database.transaction() as session:
                await service.discard_import(session, import_id=import_id)
    return import_id, chunker.layout


async def _store(database: Database, chunk: Chunk, *, import_id: UUID, clock: Clock) -> None:
    async with database.transaction() as session:
        await service.append_chunk(session, import_id=import_id, chunk=chunk, now=clock.now())
