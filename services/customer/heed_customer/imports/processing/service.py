"""Processing of imports, a chunk at a time: a chunk, its events and the progress are one transaction."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.cooperation import in_slices
from heed_common.database import rolled_back
from heed_common.errors import ExternalIdConflict, HeedError
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.imports.lines import Problem
from heed_customer.commerce.purchases.rules import NewPurchase, RecordedPurchase
from heed_customer.commerce.purchases.service import record_purchases
from heed_customer.imports import repository
from heed_customer.imports.errors import LinesGivenUp
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.formats.parsing import (
    ParsedItem,
    Source,
    count_lines,
    group_by_purchase,
    parse_customers,
    parse_purchase_rows,
    parse_purchases,
    problems_of,
    raw_lines,
)
from heed_customer.imports.processing import gathering, ordering
from heed_customer.imports.processing.customers import store_customers
from heed_customer.imports.rules import ProcessingSettings
from heed_customer.imports.tables import Import, ImportChunk
from heed_customer.item_results import ItemOutcome, ItemResult, OnConflict, merge_in_order


@dataclass(frozen=True, slots=True)
class Attempt:
    """Parameters of one attempt at the next chunk."""

    now: datetime
    settings: ProcessingSettings
    isolate: Isolation


async def process_next_chunk(
    session: AsyncSession, *, settings: ProcessingSettings, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """Process the next chunk of the import that has waited longest. Return whether there was one."""
    row = await ordering.lock_next_import(session, now=now)
    if row is None:
        return False
    import_id, attempt = row.id, Attempt(now, settings, isolate)
    chunk = await _next_chunk(session, import_id, attempt)
    if chunk is not None:
        await isolate(
            session, ordering.JOB_NAME, [chunk], partial(_process, session, attempt), key=repository.chunk_key, now=now
        )
    row = await repository.lock_running(session, import_id)
    row.last_activity_at = now
    row.state, row.started_at = "running", row.started_at or now
    if not await repository.has_chunks(session, import_id) and not await gathering.has_rows(session, import_id):
        await gathering.delete_scattered_keys(session, import_id)
        await ordering.delete_dependencies(session, import_id)
        row.finish(now=now)
    return True


async def _next_chunk(session: AsyncSession, import_id: UUID, attempt: Attempt) -> ImportChunk | None:
    """Return the chunk to process; None if lines were only rejected."""
    chunk = await ordering.first_due_chunk(session, import_id, now=attempt.now)
    if chunk is None:
        gathered = await gathering.gather_chunk(session, import_id)
        if isinstance(gathered, ImportChunk):
            return gathered
        _add_rejected(await repository.lock_running(session, import_id), rejected=gathered)
        return None
    if await failed_work.select_dropped(session, ordering.JOB_NAME, repository.chunk_key(chunk)):
        await _reject(session, chunk)
        return None
    return chunk


async def _process(session: AsyncSession, attempt: Attempt, chunks: Sequence[ImportChunk]) -> None:
    for chunk in chunks:
        await _process_lines(session, chunk, attempt)


async def _process_lines(session: AsyncSession, chunk: ImportChunk, attempt: Attempt) -> None:
    """Process all lines of the chunk. A line that fails unexpectedly becomes a separate chunk with its own retries."""
    row = await repository.lock_running(session, chunk.import_id)
    source = Source(chunk.body, chunk.first_line, row.columns, row.delimiter or ",", chunk.line_numbers, row.mapping)
    items, done = await _parse(session, chunk, source, ImportKind(row.kind)), set[int]()

    async def store(part: Sequence[ParsedItem[Any]]) -> None:
        await _store(session, chunk.import_id, part, attempt)
        done.update(item.lines[0] for item in part)

    if chunk.number < 0:
        await store(items)
    else:
        key = partial(repository.line_key, chunk.import_id)
        await attempt.isolate(
            session, ordering.JOB_NAME, items, store, key=lambda item: key(item.lines[0]), now=attempt.now
        )
        left = [raw_lines(source, item) for item in items if item.lines[0] not in done]
        await repository.insert_lines(session, left, import_id=chunk.import_id)
    await repository.delete_chunk(session, chunk)


async def _parse(session: AsyncSession, chunk: ImportChunk, source: Source, kind: ImportKind) -> list[ParsedItem[Any]]:
    """Return the items that can be stored now. Rows of purchases that have others elsewhere are set aside."""
    if kind is ImportKind.CUSTOMERS:
        return [item async for item in in_slices(parse_customers(source))]
    if source.columns is None or source.line_numbers is not None:
        return [item async for item in in_slices(parse_purchases(source))]
    groups = [group async for group in in_slices(group_by_purchase(source))]
    complete = await gathering.set_rows_aside(session, groups, import_id=chunk.import_id)
    return [item async for group in in_slices(complete) for item in parse_purchase_rows(group)]


async def _store(session: AsyncSession, import_id: UUID, items: Sequence[ParsedItem[Any]], attempt: Attempt) -> None:
    """Store the items and record the results; a dry run records the results only."""
    row = await repository.lock_running(session, import_id)
    parsed = [item.value for item in items if not isinstance(item.value, HeedError)]
    kind, on_conflict = ImportKind(row.kind), OnConflict(row.on_conflict)
    async with rolled_back(session) if row.dry_run else nullcontext():
        if kind is ImportKind.CUSTOMERS:
            results = await store_customers(
                session,
                items=parsed,
                settings=attempt.settings,
                on_conflict=on_conflict,
                recorded_by=f"import:{import_id}",
                now=attempt.now,
            )
        else:
            results = await _record_purchases(session, parsed, attempt, on_conflict)
    await _record_results(session, await repository.lock_running(session, import_id), items, results)


async def _record_purchases(
    session: AsyncSession, purchases: Sequence[NewPurchase], attempt: Attempt, on_conflict: OnConflict
) -> list[ItemResult | HeedError]:
    settings = attempt.settings
    outcomes = await record_purchases(
        session,
        purchases=purchases,
        default_margin=settings.default_margin,
        earliest=settings.earliest,
        now=attempt.now,
    )
    return [_to_result(outcome, on_conflict) for outcome in outcomes]


def _to_result(outcome: ItemOutcome[RecordedPurchase], on_conflict: OnConflict) -> ItemResult | HeedError:
    if isinstance(outcome, ExternalIdConflict):
        return ItemResult.KEPT if on_conflict is OnConflict.KEEP else outcome
    if isinstance(outcome, HeedError):
        return outcome
    return ItemResult.CREATED if outcome.created else ItemResult.UNCHANGED


async def _reject(session: AsyncSession, chunk: ImportChunk) -> None:
    """Reject lines that an operator has dropped, and list them in the import's problems."""
    row = await repository.lock_running(session, chunk.import_id)
    problem = Problem(chunk.first_line, None, LinesGivenUp.code, LinesGivenUp.title)
    await repository.insert_problems(session, [problem], import_id=row.id)
    _add_rejected(row, rejected=count_lines(chunk.body))
    await failed_work.delete_keys(session, ordering.JOB_NAME, [repository.chunk_key(chunk)])
    await repository.delete_chunk(session, chunk)


async def _record_results(
    session: AsyncSession, row: Import, items: Sequence[ParsedItem[object]], results: Sequence[ItemResult | HeedError]
) -> None:
    """Count the lines by result, and list those that were rejected."""
    outcomes = merge_in_order([item.value for item in items], results)
    rejected = [(item, result) for item, result in zip(items, outcomes, strict=True) if isinstance(result, HeedError)]
    problems = [problem async for item, error in in_slices(rejected) for problem in problems_of(item, error)]
    if problems:
        await repository.insert_problems(session, problems, import_id=row.id)
    _add_rejected(row, rejected=sum(item.size for item, _ in rejected))
    for item, result in zip(items, outcomes, strict=True):
        if not isinstance(result, HeedError):
            _add_accepted(row, result, item.size)


def _add_rejected(row: Import, *, rejected: int) -> None:
    row.lines_done += rejected
    row.lines_failed += rejected


def _add_accepted(row: Import, result: ItemResult, lines: int) -> None:
    column = f"lines_{result.value}"
    setattr(row, column, getattr(row, column) + lines)
    row.lines_accepted += lines
    row.lines_done += lines
