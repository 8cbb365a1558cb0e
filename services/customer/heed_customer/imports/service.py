"""Files of customers and purchases: taken whole, then worked off a chunk at a time behind everything else."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_customer.customers.service import register_customers
from heed_customer.errors import ImportInterrupted, ImportNotFound, LinesGivenUp
from heed_customer.imports import repository
from heed_customer.imports.reading import (
    Item,
    Problem,
    count_lines,
    problems_of,
    raw_lines,
    read_customers,
    read_purchases,
)
from heed_customer.imports.rules import Chunk, Format, Kind
from heed_customer.outcomes import Stored, in_place
from heed_customer.purchases.service import record_purchases
from heed_customer.tables import Import, ImportChunk, ImportProblem

STALE_AFTER = timedelta(hours=1)
"""A file that has brought nothing for so long will not come any more."""


async def begin_import(
    session: AsyncSession, *, import_id: UUID, kind: Kind, file_format: Format, now: datetime
) -> Import:
    """From here on the file may come; nothing of it is worked off before its end is here."""
    return await repository.insert_import(session, import_id=import_id, kind=kind, file_format=file_format, now=now)


async def keep_chunk(
    session: AsyncSession, *, import_id: UUID, chunk: Chunk, columns: Sequence[str] | None, now: datetime
) -> None:
    """A stretch of the file is safe."""
    if not await repository.append_chunk(session, chunk, import_id=import_id, columns=columns, now=now):
        raise ImportInterrupted


async def complete_import(session: AsyncSession, *, import_id: UUID, now: datetime) -> Import:
    """The file is here whole: it may be worked off."""
    row = await repository.lock(session, import_id)
    if row is None:
        raise ImportInterrupted
    row.touched_at = now
    row.state = "waiting"
    if row.lines_total == 0:
        _finish(row, now=now)
    return row


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


async def work_off_chunk(
    session: AsyncSession, *, default_margin: Decimal, earliest: date, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """The next chunk, its events and the import's progress, all in this transaction. Whether there was one."""
    row = await repository.claim(session, now=now)
    if row is None:
        return False
    import_id = row.id

    async def work_off(chunks: Sequence[ImportChunk]) -> None:
        for chunk in chunks:
            await _work_off(session, chunk, default_margin=default_margin, earliest=earliest, now=now, isolate=isolate)

    chunk = await repository.first_chunk(session, import_id, now=now)
    if chunk is not None and await failed_work.select_dropped(session, repository.JOB, repository.key_of(chunk)):
        await _refuse(session, chunk)
    elif chunk is not None:
        await isolate(session, repository.JOB, [chunk], work_off, key=repository.key_of, now=now)
    row = await repository.lock_claimed(session, import_id)
    row.touched_at = now
    row.state = "running"
    if not await repository.has_chunks(session, import_id):
        _finish(row, now=now)
    return True


def _finish(row: Import, *, now: datetime) -> None:
    row.state, row.finished_at = "done", now


async def _work_off(
    session: AsyncSession,
    chunk: ImportChunk,
    *,
    default_margin: Decimal,
    earliest: date,
    now: datetime,
    isolate: Isolation,
) -> None:
    """Process all lines of the chunk. A line that fails unexpectedly becomes a separate chunk with its own retries."""
    row = await repository.lock_claimed(session, chunk.import_id)
    kind, columns, done = Kind(row.kind), row.columns, set[int]()

    async def store(items: Sequence[Item[Any]]) -> None:
        await _store(session, chunk.import_id, kind, items, default_margin=default_margin, earliest=earliest, now=now)
        done.update(item.lines[0] for item in items)

    read = read_customers if kind == Kind.CUSTOMERS else read_purchases
    items: Sequence[Item[Any]] = read(chunk.body, first_line=chunk.first_line, columns=columns)
    if chunk.number < 0:
        await store(items)
    else:
        key = partial(repository.line_key, chunk.import_id)
        await isolate(session, repository.JOB, items, store, key=lambda item: key(item.lines[0]), now=now)
        left = [item for item in items if item.lines[0] not in done]
        bodies = {item.lines[0]: raw_lines(chunk.body, item, chunk.first_line, columns) for item in left}
        await repository.insert_lines(session, bodies, import_id=chunk.import_id)
    await session.delete(chunk)


async def _store(
    session: AsyncSession,
    import_id: UUID,
    kind: Kind,
    items: Sequence[Item[Any]],
    *,
    default_margin: Decimal,
    earliest: date,
    now: datetime,
) -> None:
    """Store the content of these lines and record the outcomes."""
    parsed = [item.told for item in items if not isinstance(item.told, HeedError)]
    outcomes: Sequence[Stored[Any] | HeedError]
    if kind == Kind.CUSTOMERS:
        outcomes = await register_customers(session, customers=parsed, now=now)
    else:
        outcomes = await record_purchases(
            session, purchases=parsed, default_margin=default_margin, earliest=earliest, now=now
        )
    await _note(session, await repository.lock_claimed(session, import_id), items, outcomes)


async def _refuse(session: AsyncSession, chunk: ImportChunk) -> None:
    """Reject lines that an operator has dropped: they are listed in the import's problems."""
    lines = count_lines(chunk.body)
    row = await repository.lock_claimed(session, chunk.import_id)
    given_up = Problem(chunk.first_line, None, LinesGivenUp.code, LinesGivenUp.title)
    await repository.insert_problems(session, [given_up], import_id=row.id)
    row.lines_done += lines
    row.lines_failed += lines
    await failed_work.delete_keys(session, repository.JOB, [repository.key_of(chunk)])
    await session.delete(chunk)


async def _note(
    session: AsyncSession, row: Import, items: Sequence[Item[object]], outcomes: Sequence[Stored[Any] | HeedError]
) -> None:
    """The import's progress, and the lines that were not taken."""
    placed = in_place([item.told for item in items], outcomes)
    refused = [(item, outcome) for item, outcome in zip(items, placed, strict=True) if isinstance(outcome, HeedError)]
    problems = [problem for item, error in refused for problem in problems_of(item, error)]
    if problems:
        await repository.insert_problems(session, problems, import_id=row.id)
    done, failed = sum(item.size for item in items), sum(item.size for item, _ in refused)
    row.lines_done += done
    row.lines_ok += done - failed
    row.lines_failed += failed
