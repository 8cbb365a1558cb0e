"""A file on its way in: each chunk is stored as it comes, and the whole counts only when its end is here."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_customer.imports import service
from heed_customer.imports.encodings import Encoding
from heed_customer.imports.kinds import Format, Kind
from heed_customer.imports.rules import Chunk, Chunker, Layout
from heed_customer.item_results import OnConflict


async def receive_file(
    database: Database,
    *,
    kind: Kind,
    file_format: Format,
    declared: Encoding | None,
    on_conflict: OnConflict,
    pieces: AsyncIterator[bytes],
    clock: Clock,
) -> tuple[UUID, Layout]:
    """Store the file, a transaction for each chunk: an upload may take long, and must hold neither memory nor locks.

    The caller completes the import with the layout that was found. An error leaves nothing behind.
    """
    import_id = new_id()
    chunker = Chunker(kind=kind, file_format=file_format, declared=declared)
    async with database.transaction() as session:
        await service.begin_import(
            session,
            import_id=import_id,
            kind=kind,
            file_format=file_format,
            on_conflict=on_conflict,
            now=clock.now(),
        )
    arrived = False
    try:
        async for piece in pieces:
            for chunk in chunker.feed(piece):
                await _store(database, chunk, import_id=import_id, clock=clock)
            await asyncio.sleep(0)  # The next piece may be here already, and most pieces complete no chunk.
        for chunk in chunker.end():
            await _store(database, chunk, import_id=import_id, clock=clock)
        arrived = True
    finally:
        if not arrived:
            async with database.transaction() as session:
                await service.drop_import(session, import_id=import_id)
    return import_id, chunker.layout


async def _store(database: Database, chunk: Chunk, *, import_id: UUID, clock: Clock) -> None:
    async with database.transaction() as session:
        await service.keep_chunk(session, import_id=import_id, chunk=chunk, now=clock.now())
