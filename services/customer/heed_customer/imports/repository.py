"""Every query of imports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.imports.kinds import Format, Kind
from heed_customer.imports.parsing import Problem
from heed_customer.imports.rules import Chunk
from heed_customer.item_results import OnConflict
from heed_customer.tables import Import, ImportChunk, ImportProblem

INSERT_PROBLEMS = text("""
    INSERT INTO import_problem (import_id, line, "column", code, reason)
    SELECT :import_id, row.line, row.place, row.code, row.reason
    FROM unnest(CAST(:lines AS int[]), CAST(:places AS text[]), CAST(:codes AS text[]), CAST(:reasons AS text[]))
        WITH ORDINALITY AS row(line, place, code, reason, number)
    ORDER BY row.number
""")


async def insert_import(
    session: AsyncSession,
    *,
    import_id: UUID,
    kind: Kind,
    file_format: Format,
    on_conflict: OnConflict,
    now: datetime,
) -> Import:
    row = Import(
        id=import_id,
        kind=kind.value,
        format=file_format.value,
        state="receiving",
        columns=None,
        delimiter=None,
        encoding="utf-8",
        on_conflict=on_conflict.value,
        lines_total=0,
        lines_done=0,
        lines_ok=0,
        lines_created=0,
        lines_updated=0,
        lines_unchanged=0,
        lines_kept=0,
        lines_failed=0,
        created_at=now,
        touched_at=now,
        finished_at=None,
    )
    session.add(row)
    await session.flush()
    return row


async def append_chunk(session: AsyncSession, chunk: Chunk, *, import_id: UUID, now: datetime) -> bool:
    """Store the chunk. Return whether the import is still there to take it."""
    statement = (
        update(Import)
        .where(Import.id == import_id, Import.state == "receiving")
        .values(lines_total=Import.lines_total + chunk.lines, touched_at=now)
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


async def find(session: AsyncSession, import_id: UUID, *, kind: Kind) -> Import | None:
    statement = select(Import).where(Import.id == import_id, Import.kind == kind.value)
    return (await session.execute(statement)).scalar_one_or_none()


async def lock(session: AsyncSession, import_id: UUID) -> Import | None:
    statement = select(Import).where(Import.id == import_id).with_for_update()
    return (await session.execute(statement)).scalar_one_or_none()


def key_of(chunk: ImportChunk) -> str:
    """Return the key of the chunk in failed work."""
    return f"{chunk.import_id}:{chunk.number}"


def line_key(import_id: UUID, line: int) -> str:
    """Return the key of the item that begins on that line, once it is a separate chunk."""
    return f"{import_id}:{-line}"


async def lock_claimed(session: AsyncSession, import_id: UUID) -> Import:
    """Load the import again, because a savepoint may have been rolled back."""
    return (
        await session.execute(select(Import).where(Import.id == import_id).with_for_update(key_share=True))
    ).scalar_one()


async def insert_lines(session: AsyncSession, items: Sequence[Mapping[int, bytes]], *, import_id: UUID) -> None:
    """Insert lines that wait for another attempt, those of an item together."""
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
            "places": [problem.column for problem in problems],
            "codes": [problem.code for problem in problems],
            "reasons": [problem.reason for problem in problems],
        },
    )


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ImportProblem]:
    """In the order in which they were found, so that a page stays right while the import goes on."""
    statement = select(ImportProblem).where(ImportProblem.import_id == import_id)
    if after is not None:
        statement = statement.where(ImportProblem.id > after)
    return (await session.scalars(statement.order_by(ImportProblem.id).limit(limit))).all()


async def delete_import(session: AsyncSession, import_id: UUID) -> None:
    """Only while it is being received: what is complete is worked off."""
    await session.execute(delete(Import).where(Import.id == import_id, Import.state == "receiving"))


async def delete_stale(session: AsyncSession, *, before: datetime) -> int:
    result = await session.execute(
        delete(Import).where(Import.state == "receiving", Import.touched_at < before).returning(Import.id)
    )
    return len(result.all())
