"""Files of customers and purchases: taken whole, then worked off a chunk at a time behind everything else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import is_transient
from heed_common.errors import HeedError
from heed_customer.customers.rules import NewCustomer
from heed_customer.customers.service import register_customers
from heed_customer.errors import ImportInterrupted, ImportNotFound
from heed_customer.imports import repository
from heed_customer.imports.reading import Item, problems_of, read_customers, read_purchases
from heed_customer.imports.rules import Chunk, Format, Kind
from heed_customer.outcomes import Stored, in_place
from heed_customer.purchases.rules import NewPurchase
from heed_customer.purchases.service import record_purchases
from heed_customer.tables import Import, ImportChunk, ImportProblem

STALE_AFTER = timedelta(hours=1)
"""A file that has brought nothing for so long will not come any more."""


class ChunkNotWorkedOff(Exception):
    """Nothing of the chunk was kept, and trying again would not help."""

    def __init__(self, import_id: UUID) -> None:
        super().__init__("a chunk of an import could not be worked off")
        self.import_id = import_id


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


async def work_off_chunk(session: AsyncSession, *, default_margin: Decimal, now: datetime) -> bool:
    """The next chunk, its events and the import's progress, all in this transaction. Whether there was one."""
    row = await repository.claim(session)
    if row is None:
        return False
    chunk = await repository.first_chunk(session, row.id)
    if chunk is not None:
        try:
            await _work_off(session, row, chunk, default_margin=default_margin, now=now)
        except (DBAPIError, HeedError) as error:
            if is_transient(error):
                raise
            raise ChunkNotWorkedOff(row.id) from error
    row.touched_at = now
    row.state = "running"
    if not await repository.has_chunks(session, row.id):
        _finish(row, now=now)
    return True


async def give_up(session: AsyncSession, *, import_id: UUID, now: datetime) -> None:
    """The import stays as far as it came; the log says why."""
    row = await repository.lock(session, import_id)
    if row is not None:
        row.state, row.finished_at = "failed", now


def _finish(row: Import, *, now: datetime) -> None:
    row.state, row.finished_at = "done", now


async def _work_off(
    session: AsyncSession, row: Import, chunk: ImportChunk, *, default_margin: Decimal, now: datetime
) -> None:
    if row.kind == Kind.CUSTOMERS:
        customers = read_customers(chunk.body, first_line=chunk.first_line, columns=row.columns)
        told = [item.told for item in customers if isinstance(item.told, NewCustomer)]
        await _note(session, row, customers, await register_customers(session, customers=told, now=now))
    else:
        purchases = read_purchases(chunk.body, first_line=chunk.first_line, columns=row.columns)
        bought = [item.told for item in purchases if isinstance(item.told, NewPurchase)]
        outcomes = await record_purchases(session, purchases=bought, default_margin=default_margin, now=now)
        await _note(session, row, purchases, outcomes)
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
