"""SQL of imports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.files.media_types import FileType
from heed_common.imports.lines import Problem
from heed_customer.imports.formats.chunks import Chunk
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.rules import ImportOptions
from heed_customer.imports.tables import Import, ImportChunk, ImportProblem

INSERT_PROBLEMS = text("""
    INSERT INTO import_problem (import_id, line, "column", code, reason)
    SELECT :import_id, row.line, row.column_name, row.code, row.reason
    FROM unnest(CAST(:lines AS int[]), CAST(:columns AS text[]), CAST(:codes AS text[]), CAST(:reasons AS text[]))
        WITH ORDINALITY AS row(line, column_name, code, reason, number)
    ORDER BY row.number
""")


async def insert_import(
    session: AsyncSession,
    *,
    import_id: UUID,
    kind: ImportKind,
    file_type: FileType,
    options: ImportOptions,
    now: datetime,
) -> Import:
    row = Import(
        id=import_id,
        kind=kind.value,
        format=file_type.value,
        state="receiving",
        columns=None,
        mapping=None if options.mapping is None else dict(options.mapping),
        delimiter=None,
        encoding="utf-8",
        on_conflict=options.on_conflict.value,
        dry_run=options.dry_run,
        lines_total=0,
        lines_done=0,
        lines_accepted=0,
        lines_created=0,
        lines_updated=0,
        lines_unchanged=0,
        lines_kept=0,
        lines_failed=0,
        created_at=now,
        started_at=None,
        last_activity_at=now,
        finished_at=None,
    )
    session.add(row)
    await session.flush()
    return row


async def append_chunk(session: AsyncSession, chunk: Chunk, *, import_id: UUID, now: datetime) -> bool:
    """Store the chunk. Return whether the import was still receiving."""
    statement = (
        update(Import)
        .where(Import.id == import_id, Import.state == "receiving")
        .values(lines_total=Import.lines_total + chunk.lines, last_activity_at=now)
        .returning(Import.id)
    )
    if (await session.execute(statement)).one_or_none() is None:
        return False
    row = ImportChunk(
        import_id=import_id,
        number=chunk.number,
        first_line=chunk.first_line,
        body=chunk.body,
        line_numbers=None,
        keys=list(chunk.keys),
        references=list(chunk.references),
    )
    session.add(row)
    await session.flush()
    return True


async def find_import(session: AsyncSession, import_id: UUID, *, kind: ImportKind) -> Import | None:
    statement = select(Import).where(Import.id == import_id, Import.kind == kind.value)
    return (await session.execute(statement)).scalar_one_or_none()


async def lock_import(session: AsyncSession, import_id: UUID) -> Import | None:
    statement = select(Import).where(Import.id == import_id).with_for_update()
    return (await session.execute(statement)).scalar_one_or_none()


def chunk_key(chunk: ImportChunk) -> str:
    """Return the key of the chunk in failed work."""
    return f"{chunk.import_id}:{chunk.number}"


def line_key(import_id: UUID, line: int) -> str:
    """Return the key of the item that begins on that line, once it is a separate chunk."""
    return f"{import_id}:{-line}"


async def lock_running(session: AsyncSession, import_id: UUID) -> Import:
    """Load and lock an import in processing; always again, because a savepoint may have been rolled back."""
    return (
        await session.execute(select(Import).where(Import.id == import_id).with_for_update(key_share=True))
    ).scalar_one()


async def insert_lines(session: AsyncSession, items: Sequence[Mapping[int, bytes]], *, import_id: UUID) -> None:
    """Insert lines that wait for another attempt, a chunk for each item."""
    session.add_all(
        ImportChunk(
            import_id=import_id,
            number=-min(lines),
            first_line=min(lines),
            body=b"".join(body + b"\n" for body in lines.values()),
            line_numbers=list(lines),
            keys=[],
            references=[],
        )
        for lines in items
    )
    await session.flush()


async def insert_chunk(session: AsyncSession, chunk: ImportChunk) -> None:
    session.add(chunk)
    await session.flush()


async def delete_chunk(session: AsyncSession, chunk: ImportChunk) -> None:
    await session.delete(chunk)


async def has_chunks(session: AsyncSession, import_id: UUID) -> bool:
    return (
        await session.scalar(select(ImportChunk.number).where(ImportChunk.import_id == import_id).limit(1)) is not None
    )


async def insert_problems(session: AsyncSession, problems: Sequence[Problem], *, import_id: UUID) -> None:
    await session.execute(
        INSERT_PROBLEMS,
        {
            "import_id": import_id,
            "lines": [problem.line for problem in problems],
            "columns": [problem.column for problem in problems],
            "codes": [problem.code for problem in problems],
            "reasons": [problem.reason for problem in problems],
        },
    )


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ImportProblem]:
    """Return a page in the order of discovery, so that pages stay valid while the import is running."""
    statement = select(ImportProblem).where(ImportProblem.import_id == import_id)
    if after is not None:
        statement = statement.where(ImportProblem.id > after)
    return (await session.scalars(statement.order_by(ImportProblem.id).limit(limit))).all()


async def delete_import(session: AsyncSession, import_id: UUID) -> None:
    """Delete the import while it is receiving; a complete one will be processed."""
    await session.execute(delete(Import).where(Import.id == import_id, Import.state == "receiving"))


async def delete_stale(session: AsyncSession, *, before: datetime) -> int:
    result = await session.execute(
        delete(Import).where(Import.state == "receiving", Import.last_activity_at < before).returning(Import.id)
    )
    return len(result.all())
