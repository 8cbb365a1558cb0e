"""Upload of a file: chunks are stored as they arrive, and processed only once the file is complete."""

from collections.abc import AsyncIterator
from uuid import UUID

from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType
from heed_common.files.uploads import store_chunks
from heed_common.identifiers import new_id
from heed_common.imports.chunks import Layout
from heed_customer.imports import service
from heed_customer.imports.formats.chunks import Chunk, Chunker
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

    After an error the import is deleted.
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

    async def store(chunk: Chunk) -> None:
        async with database.transaction() as session:
            await service.append_chunk(session, import_id=import_id, chunk=chunk, now=clock.now())

    async def discard() -> None:
        async with database.transaction() as session:
            await service.discard_import(session, import_id=import_id)

    await store_chunks(pieces, chunker, store=store, discard=discard)
    return import_id, chunker.layout
