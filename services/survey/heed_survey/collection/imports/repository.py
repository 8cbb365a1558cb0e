"""SQL of imports of responses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.collection.imports.rules import Problem, to_documents
from heed_survey.collection.imports.tables import ResponseImport, ResponseImportChunk, ResponseImportProblem

OPEN_STATES = ("waiting", "running")


async def insert_import(session: AsyncSession, row: ResponseImport) -> None:
    session.add(row)
    await session.flush()


async def append_chunk(session: AsyncSession, chunk: ResponseImportChunk, *, lines: int, now: datetime) -> bool:
    """Store the chunk with its number of lines. Return whether the import was still receiving."""
    receiving = (
        update(ResponseImport)
        .where(ResponseImport.id == chunk.import_id, ResponseImport.state == "receiving")
        .values(lines_total=ResponseImport.lines_total + lines, last_activity_at=now)
        .returning(ResponseImport.id)
    )
    if (await session.execute(receiving)).one_or_none() is None:
        return False
    session.add(chunk)
    return True


async def find_import(session: AsyncSession, import_id: UUID) -> ResponseImport | None:
    return await session.get(ResponseImport, import_id)


async def lock_import(session: AsyncSession, import_id: UUID) -> ResponseImport | None:
    return await session.get(ResponseImport, import_id, with_for_update=True, populate_existing=True)


async def lock_next_chunks(
    session: AsyncSession, *, job: str, limit: int, now: datetime
) -> Sequence[ResponseImportChunk]:
    """Lock the next chunk of the import that has waited longest; of one file they are processed in their order."""
    imports = (
        select(ResponseImport.id)
        .where(ResponseImport.state.in_(OPEN_STATES))
        .order_by(ResponseImport.last_activity_at)
        .with_for_update(skip_locked=True)
    )
    for import_id in (await session.scalars(imports)).all():
        key = ResponseImportChunk.import_id, ResponseImportChunk.number
        due = ~failed_work.is_set_aside(job, ResponseImportChunk.import_id, now=now)
        query = select(ResponseImportChunk).where(ResponseImportChunk.import_id == import_id, due)
        if chunks := (await session.scalars(query.order_by(*key).limit(limit))).all():
            return chunks
    return []


async def delete_chunk(session: AsyncSession, chunk: ResponseImportChunk) -> None:
    await session.delete(chunk)
    await session.flush()


async def has_chunks(session: AsyncSession, import_id: UUID) -> bool:
    query = select(ResponseImportChunk.number).where(ResponseImportChunk.import_id == import_id).limit(1)
    return await session.scalar(query) is not None


async def insert_problems(session: AsyncSession, problems: Sequence[Problem], *, import_id: UUID) -> None:
    rows = [{"import_id": import_id, **row} for row in to_documents(problems)]
    if rows:
        await session.execute(insert(ResponseImportProblem), rows)


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ResponseImportProblem]:
    """Return a page in the order of discovery, so that pages stay valid while the import is running."""
    query = select(ResponseImportProblem).where(ResponseImportProblem.import_id == import_id)
    query = query if after is None else query.where(ResponseImportProblem.id > after)
    return (await session.scalars(query.order_by(ResponseImportProblem.id).limit(limit))).all()


async def delete_import(session: AsyncSession, import_id: UUID) -> None:
    """Delete the import while it is receiving; a complete one will be processed."""
    receiving = ResponseImport.id == import_id, ResponseImport.state == "receiving"
    await session.execute(delete(ResponseImport).where(*receiving))


async def delete_stale(session: AsyncSession, *, before: datetime) -> None:
    """Delete imports whose upload was aborted without notice."""
    stale = ResponseImport.state == "receiving", ResponseImport.last_activity_at < before
    await session.execute(delete(ResponseImport).where(*stale))
