"""Use cases of imports of complaints. A file is stored completely before any of it is processed."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.cooperation import in_slices
from heed_common.database import Database, rolled_back
from heed_common.errors import HeedError
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType
from heed_common.identifiers import new_id
from heed_common.imports import service as imports
from heed_common.imports.chunks import Chunk, Chunker, Layout
from heed_common.imports.headers import detect_delimiter, parse_header
from heed_complaint.core.customers.errors import CustomerUnknown
from heed_complaint.intake.imports import repository
from heed_complaint.intake.imports.lines.columns import COLUMNS
from heed_complaint.intake.imports.lines.parsing import ParsedLine, Source, parse_lines
from heed_complaint.intake.imports.recording import service as recording
from heed_complaint.intake.imports.recording.service import Recording, Result
from heed_complaint.intake.imports.repository import TABLES
from heed_complaint.intake.imports.results import ComplaintConflict, ItemResult
from heed_complaint.intake.imports.tables import ComplaintImport, ComplaintImportChunk, ComplaintImportProblem

JOB_NAME = "complaint_imports"
CUSTOMER_GRACE = timedelta(seconds=60)
"""How long a complete file waits for the events of customers that it names."""
CUSTOMER_RETRY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Options:
    """How to treat the file."""

    on_conflict: ComplaintConflict = ComplaintConflict.REJECT
    dry_run: bool = False
    mapping: Mapping[str, str | None] | None = None


async def receive_file(
    database: Database,
    *,
    file_type: FileType,
    declared: Encoding | None,
    options: Options,
    pieces: AsyncIterator[bytes],
    clock: Clock,
) -> tuple[UUID, Layout]:
    """Store the file, which the caller completes. After an error the import is deleted. Raises errors of the file."""
    import_id = new_id()
    columns = imports.receiving_columns(import_id, file_type, dry_run=options.dry_run, now=clock.now())
    async with database.transaction() as session:
        await TABLES.insert_import(session, new_import(columns, options))
    chunker = Chunker(
        file_type=file_type,
        declared=declared,
        detect_delimiter=partial(detect_delimiter, expected=COLUMNS, mapping=options.mapping),
        parse_header=partial(parse_header, expected=COLUMNS, mapping=options.mapping),
    )

    def new_chunk(_session: AsyncSession, chunk: Chunk) -> ComplaintImportChunk:
        return ComplaintImportChunk(
            id=new_id(), import_id=import_id, number=chunk.number, first_line=chunk.first_line, body=chunk.body
        )

    await imports.store_file(
        database, TABLES, import_id=import_id, chunker=chunker, pieces=pieces, new_chunk=new_chunk, clock=clock
    )
    return import_id, chunker.layout


def new_import(columns: Mapping[str, object], options: Options) -> ComplaintImport:
    """Return the row of a file that is being received."""
    mapping = None if options.mapping is None else dict(options.mapping)
    return ComplaintImport(lines_kept=0, on_conflict=options.on_conflict.value, mapping=mapping, **columns)


async def complete_import(session: AsyncSession, *, import_id: UUID, layout: Layout, now: datetime) -> ComplaintImport:
    """Let the complete file be processed. Raises `ImportInterrupted`."""
    row = await imports.complete_import(session, TABLES, import_id=import_id, layout=layout, now=now)
    row.waits_until = now + CUSTOMER_GRACE
    return row


async def discard_import(session: AsyncSession, *, import_id: UUID) -> None:
    """Delete an import whose upload failed."""
    await TABLES.delete_import(session, import_id)


async def get_import(session: AsyncSession, *, import_id: UUID) -> ComplaintImport:
    """Return the import with its progress. Raises `ImportNotFound`."""
    return await imports.get_import(session, TABLES, import_id=import_id)


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ComplaintImportProblem]:
    """Return a page of the rejected lines with the reasons."""
    return await TABLES.list_problems(session, import_id=import_id, after=after, limit=limit)


async def process_next_chunk(
    session: AsyncSession, *, currency: str, earliest: date, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """Process the next chunk: its complaints, their events and the progress are one transaction.

    After a crash an import resumes behind the last committed chunk. Return whether there was one and room for it.
    """
    await TABLES.delete_stale(session, before=now - imports.STALE_AFTER)
    if await outbox.is_backlogged(session):
        return False
    chunks = await TABLES.lock_next_chunks(session, job=JOB_NAME, now=now, is_due=repository.is_due(now))

    async def process(part: Sequence[ComplaintImportChunk]) -> None:
        for chunk in part:
            await _process_chunk(session, chunk, currency=currency, earliest=earliest, now=now)

    await isolate(session, JOB_NAME, chunks, process, key=lambda chunk: chunk.import_id, now=now)
    return bool(chunks)


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Return when imports go on that wait for customers, or for the relay."""
    moments = [await outbox.next_room(session, now), await repository.next_retry_at(session)]
    return min((moment for moment in moments if moment is not None), default=None)


async def _process_chunk(
    session: AsyncSession, chunk: ComplaintImportChunk, *, currency: str, earliest: date, now: datetime
) -> None:
    row = await TABLES.lock_running(session, chunk.import_id)
    source = Source(chunk.body, chunk.first_line, row.columns, row.delimiter or ",", row.mapping)
    lines = [line async for line in in_slices(parse_lines(source))]
    parsed = await recording.find_customers(session, [line.value for line in lines])
    are_missing = any(isinstance(one, CustomerUnknown) for one in parsed)
    if are_missing and row.waits_until is not None and now < row.waits_until:
        row.retry_at = now + CUSTOMER_RETRY
        return
    row.retry_at = None
    how = Recording(
        actor=f"import:{row.id}",
        currency=currency,
        earliest=earliest,
        skips_conflicts=ComplaintConflict(row.on_conflict) is ComplaintConflict.KEEP,
        now=now,
    )
    async with rolled_back(session) if row.dry_run else nullcontext():
        results = await recording.record_complaints(session, parsed, how)
    await _end_chunk(session, chunk, lines, results, now=now)


async def _end_chunk(
    session: AsyncSession,
    chunk: ComplaintImportChunk,
    lines: Sequence[ParsedLine],
    results: Sequence[Result],
    *,
    now: datetime,
) -> None:
    """Count the lines by result, list those that were rejected, and delete the chunk."""
    problems = [
        problem
        for line, result in zip(lines, results, strict=True)
        if isinstance(result, HeedError)
        for problem in line.problems(result)
    ]
    counts = Counter("failed" if isinstance(result, HeedError) else result for result in results)

    def count(row: ComplaintImport) -> None:
        row.lines_created += counts[ItemResult.CREATED]
        row.lines_unchanged += counts[ItemResult.UNCHANGED]
        row.lines_kept += counts[ItemResult.KEPT]
        row.lines_failed += counts["failed"]

    await imports.end_chunk(session, TABLES, chunk, problems=problems, count=count, now=now)
