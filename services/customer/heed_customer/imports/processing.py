"""Imports are processed in the background, a chunk at a time: a chunk, its events and the progress in a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.cooperation import in_slices
from heed_common.errors import HeedError
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_customer.customers.upserts import upsert_customers
from heed_customer.errors import ExternalIdConflict, LinesGivenUp
from heed_customer.imports import gathering, ordering, repository
from heed_customer.imports.kinds import Kind
from heed_customer.imports.parsing import (
    Item,
    Problem,
    Source,
    count_lines,
    group_rows,
    problems_of,
    raw_lines,
    read_customers,
    read_purchases,
    read_rows,
)
from heed_customer.imports.service import finish_import
from heed_customer.item_results import ItemResult, OnConflict, Outcome, in_place
from heed_customer.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.purchases.service import record_purchases
from heed_customer.tables import Import, ImportChunk


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at the next chunk."""

    now: datetime
    default_margin: Decimal
    earliest: date
    isolate: Isolation


async def process_chunk(
    session: AsyncSession, *, default_margin: Decimal, earliest: date, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """Process the next chunk of the import whose turn it is. Return whether there was one."""
    row = await ordering.claim(session, now=now)
    if row is None:
        return False
    import_id, run = row.id, Run(now, default_margin, earliest, isolate)
    chunk = await _next_chunk(session, import_id, run)
    if chunk is not None:
        await isolate(session, ordering.JOB, [chunk], partial(_process, session, run), key=repository.key_of, now=now)
    row = await repository.lock_claimed(session, import_id)
    row.touched_at = now
    row.state = "running"
    if not await repository.has_chunks(session, import_id) and not await gathering.has_rows(session, import_id):
        await gathering.delete_scattered_keys(session, import_id)
        await ordering.delete_dependencies(session, import_id)
        finish_import(row, now=now)
    return True


async def _next_chunk(session: AsyncSession, import_id: UUID, run: Run) -> ImportChunk | None:
    """Return the chunk to process; none where lines were only refused."""
    chunk = await ordering.first_chunk(session, import_id, now=run.now)
    if chunk is None:
        gathered = await gathering.gather_chunk(session, import_id)
        if isinstance(gathered, ImportChunk):
            return gathered
        _count(await repository.lock_claimed(session, import_id), refused=gathered)
        return None
    if await failed_work.select_dropped(session, ordering.JOB, repository.key_of(chunk)):
        await _refuse(session, chunk)
        return None
    return chunk


async def _process(session: AsyncSession, run: Run, chunks: Sequence[ImportChunk]) -> None:
    for chunk in chunks:
        await _process_lines(session, chunk, run)


async def _process_lines(session: AsyncSession, chunk: ImportChunk, run: Run) -> None:
    """Process all lines of the chunk. A line that fails unexpectedly becomes a separate chunk with its own retries."""
    row = await repository.lock_claimed(session, chunk.import_id)
    source = Source(chunk.body, chunk.first_line, row.columns, row.delimiter or ",", chunk.line_numbers)
    items, done = await _read(session, chunk, source, Kind(row.kind)), set[int]()

    async def store(part: Sequence[Item[Any]]) -> None:
        await _store(session, chunk.import_id, part, run)
        done.update(item.lines[0] for item in part)

    if chunk.number < 0:
        await store(items)
    else:
        key = partial(repository.line_key, chunk.import_id)
        await run.isolate(session, ordering.JOB, items, store, key=lambda item: key(item.lines[0]), now=run.now)
        left = [raw_lines(source, item) for item in items if item.lines[0] not in done]
        await repository.insert_lines(session, left, import_id=chunk.import_id)
    await session.delete(chunk)


async def _read(session: AsyncSession, chunk: ImportChunk, source: Source, kind: Kind) -> list[Item[Any]]:
    """Return what can be stored now. Rows whose purchase has others elsewhere in the file are set aside."""
    if kind is Kind.CUSTOMERS:
        return [item async for item in in_slices(read_customers(source))]
    if source.columns is None or source.line_numbers is not None:
        return [item async for item in in_slices(read_purchases(source))]
    groups = [group async for group in in_slices(group_rows(source))]
    whole = await gathering.set_rows_aside(session, groups, import_id=chunk.import_id)
    return [item async for group in in_slices(whole) for item in read_rows(group)]


async def _store(session: AsyncSession, import_id: UUID, items: Sequence[Item[Any]], run: Run) -> None:
    """Store the content of these lines and record the results."""
    row = await repository.lock_claimed(session, import_id)
    parsed = [item.told for item in items if not isinstance(item.told, HeedError)]
    on_conflict = OnConflict(row.on_conflict)
    if row.kind == Kind.CUSTOMERS:
        results = await upsert_customers(session, records=parsed, on_conflict=on_conflict, now=run.now)
    else:
        results = await _record(session, parsed, run, on_conflict)
    await _report(session, await repository.lock_claimed(session, import_id), items, results)


async def _record(
    session: AsyncSession, purchases: Sequence[NewPurchase], run: Run, on_conflict: OnConflict
) -> list[ItemResult | HeedError]:
    outcomes = await record_purchases(
        session, purchases=purchases, default_margin=run.default_margin, earliest=run.earliest, now=run.now
    )
    return [_result(outcome, on_conflict) for outcome in outcomes]


def _result(outcome: Outcome[RecordedPurchase], on_conflict: OnConflict) -> ItemResult | HeedError:
    if isinstance(outcome, ExternalIdConflict):
        return ItemResult.KEPT if on_conflict is OnConflict.KEEP else outcome
    if isinstance(outcome, HeedError):
        return outcome
    return ItemResult.CREATED if outcome.is_new else ItemResult.UNCHANGED


async def _refuse(session: AsyncSession, chunk: ImportChunk) -> None:
    """Reject lines that an operator has dropped: they are listed in the import's problems."""
    row = await repository.lock_claimed(session, chunk.import_id)
    given_up = Problem(chunk.first_line, None, LinesGivenUp.code, LinesGivenUp.title)
    await repository.insert_problems(session, [given_up], import_id=row.id)
    _count(row, refused=count_lines(chunk.body))
    await failed_work.delete_keys(session, ordering.JOB, [repository.key_of(chunk)])
    await session.delete(chunk)


async def _report(
    session: AsyncSession, row: Import, items: Sequence[Item[object]], results: Sequence[ItemResult | HeedError]
) -> None:
    """Count the lines by what became of them, and list those that were rejected."""
    placed = in_place([item.told for item in items], results)
    rejected = [(item, result) for item, result in zip(items, placed, strict=True) if isinstance(result, HeedError)]
    problems = [problem async for item, error in in_slices(rejected) for problem in problems_of(item, error)]
    if problems:
        await repository.insert_problems(session, problems, import_id=row.id)
    _count(row, refused=sum(item.size for item, _ in rejected))
    for item, result in zip(items, placed, strict=True):
        if not isinstance(result, HeedError):
            _count_line(row, result, item.size)


def _count(row: Import, *, refused: int) -> None:
    row.lines_done += refused
    row.lines_failed += refused


def _count_line(row: Import, result: ItemResult, lines: int) -> None:
    column = f"lines_{result.value}"
    setattr(row, column, getattr(row, column) + lines)
    row.lines_ok += lines
    row.lines_done += lines
