"""SQL of imports, for the tables of any service."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_common.imports.lines import Problem
from heed_common.imports.tables import ChunkColumns, ImportColumns, ProblemColumns
from heed_common.retention import Purge, purge_by

OPEN_STATES = ("waiting", "running")
ImportRow = TypeVar("ImportRow", bound=ImportColumns)
ChunkRow = TypeVar("ChunkRow", bound=ChunkColumns)
ProblemRow = TypeVar("ProblemRow", bound=ProblemColumns)


@dataclass(frozen=True, slots=True)
class ImportTables(Generic[ImportRow, ChunkRow, ProblemRow]):
    """The tables of one kind of import, and the statements on them."""

    imports: type[ImportRow]
    chunks: type[ChunkRow]
    problems: type[ProblemRow]

    async def insert_import(self, session: AsyncSession, row: ImportRow) -> None:
        session.add(row)
        await session.flush()

    async def append_chunk(self, session: AsyncSession, chunk: ChunkRow, *, lines: int, now: datetime) -> bool:
        """Store the chunk with its number of lines. Return whether the import was still receiving."""
        table = self.imports
        receiving = (
            update(table)
            .where(table.id == chunk.import_id, table.state == "receiving")
            .values(lines_total=table.lines_total + lines, last_activity_at=now)
            .returning(table.id)
        )
        if (await session.execute(receiving)).one_or_none() is None:
            return False
        session.add(chunk)
        return True

    async def find_import(self, session: AsyncSession, import_id: UUID) -> ImportRow | None:
        return await session.get(self.imports, import_id)

    async def lock_import(self, session: AsyncSession, import_id: UUID) -> ImportRow | None:
        return await session.get(self.imports, import_id, with_for_update=True, populate_existing=True)

    async def lock_running(self, session: AsyncSession, import_id: UUID) -> ImportRow:
        """Lock an import in processing, to which a chunk refers."""
        row = await self.lock_import(session, import_id)
        assert row is not None  # noqa: S101 - its chunk refers to it
        return row

    async def lock_next_chunks(
        self, session: AsyncSession, *, job: str, now: datetime, is_due: ColumnElement[bool] | None = None
    ) -> Sequence[ChunkRow]:
        """Lock the next chunk of the due import that has waited longest; of one file they come in their order."""
        table, chunk = self.imports, self.chunks
        imports = (
            select(table.id)
            .where(table.state.in_(OPEN_STATES), true() if is_due is None else is_due)
            .order_by(table.last_activity_at)
            .with_for_update(skip_locked=True)
        )
        for import_id in (await session.scalars(imports)).all():
            due = ~failed_work.is_set_aside(job, chunk.import_id, now=now)
            query = select(chunk).where(chunk.import_id == import_id, due).order_by(chunk.import_id, chunk.number)
            if chunks := (await session.scalars(query.limit(1))).all():
                return chunks
        return []

    async def delete_chunk(self, session: AsyncSession, chunk: ChunkRow) -> None:
        await session.delete(chunk)
        await session.flush()

    async def has_chunks(self, session: AsyncSession, import_id: UUID) -> bool:
        query = select(self.chunks.number).where(self.chunks.import_id == import_id).limit(1)
        return await session.scalar(query) is not None

    async def insert_problems(self, session: AsyncSession, problems: Sequence[Problem], *, import_id: UUID) -> None:
        rows = [{"import_id": import_id} | asdict(problem) for problem in problems]
        if rows:
            await session.execute(insert(self.problems), rows)

    async def list_problems(
        self, session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
    ) -> Sequence[ProblemRow]:
        """Return a page in the order of discovery, so that pages stay valid while the import is running."""
        query = select(self.problems).where(self.problems.import_id == import_id)
        query = query if after is None else query.where(self.problems.id > after)
        return (await session.scalars(query.order_by(self.problems.id).limit(limit))).all()

    async def delete_import(self, session: AsyncSession, import_id: UUID) -> None:
        """Delete the import while it is receiving; a complete one will be processed."""
        table = self.imports
        await session.execute(delete(table).where(table.id == import_id, table.state == "receiving"))

    async def delete_stale(self, session: AsyncSession, *, before: datetime) -> None:
        """Delete imports whose upload was aborted without notice."""
        table = self.imports
        await session.execute(delete(table).where(table.state == "receiving", table.last_activity_at < before))


def purges(imports: str, problems: str, *, age: timedelta) -> dict[str, Purge]:
    """Return the purges of the reports of finished imports, by table."""
    delete_problems = f"""
        DELETE FROM {problems} WHERE id IN (
            SELECT problem.id FROM {imports} AS import
            JOIN {problems} AS problem ON problem.import_id = import.id
            WHERE import.finished_at < :before LIMIT :page
        )
    """  # noqa: S608 - names of our own tables
    delete_imports = f"""
        DELETE FROM {imports} WHERE id IN (
            SELECT id FROM {imports} AS import WHERE finished_at < :before
                AND NOT EXISTS (SELECT FROM {problems} WHERE import_id = import.id) LIMIT :page
        )
    """  # noqa: S608 - names of our own tables
    return {
        problems: purge_by(text(delete_problems), age=age),
        imports: purge_by(text(delete_imports), age=age),
    }
