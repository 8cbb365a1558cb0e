"""Use cases of imports of responses. A file is stored completely before any of it is processed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.cooperation import in_slices
from heed_common.database import Database, rolled_back
from heed_common.errors import HeedError
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.files.encodings import Encoding
from heed_common.files.errors import ImportInterrupted, ImportNotFound
from heed_common.files.media_types import FileType
from heed_common.files.uploads import store_chunks
from heed_common.identifiers import new_id
from heed_common.session_cipher import get_cipher
from heed_survey.collection.imports import content, repository, rules
from heed_survey.collection.imports.chunks import Chunk, Chunker, Layout
from heed_survey.collection.imports.rules import Source
from heed_survey.collection.imports.tables import ResponseImport, ResponseImportChunk, ResponseImportProblem
from heed_survey.responses.bulk.service import Result, record_responses
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import collecting_version

JOB_NAME = "response_imports"
STALE_AFTER = timedelta(hours=1)


class Received(NamedTuple):
    """A file whose chunks are all stored."""

    import_id: UUID
    layout: Layout
    is_anonymous: bool


async def receive_file(
    database: Database,
    *,
    survey_id: UUID,
    file_type: FileType,
    declared: Encoding | None,
    dry_run: bool,
    pieces: AsyncIterator[bytes],
    clock: Clock,
) -> Received:
    """Store the file, which the caller completes. After an error the import is deleted.

    Raises `SurveyNotPublished`, `SurveyClosed`, and errors of the file.
    """
    import_id = new_id()
    async with database.transaction() as session:
        is_anonymous = (await surveys.get_survey(session, survey_id=survey_id)).anonymous
        questionnaire = await _questionnaire(session, survey_id)
        await repository.insert_import(
            session, new_import(import_id, survey_id, file_type, dry_run=dry_run, now=clock.now())
        )
    chunker = Chunker(file_type=file_type, declared=declared, known=lambda name: rules.is_known(name, questionnaire))
    length = content.padded_length(questionnaire) if is_anonymous else content.UNPADDED

    async def store(chunk: Chunk) -> None:
        async with database.transaction() as session:
            await _append_chunk(session, chunk, import_id=import_id, length=length, now=clock.now())

    async def discard() -> None:
        async with database.transaction() as session:
            await discard_import(session, import_id=import_id)

    await store_chunks(pieces, chunker, store=store, discard=discard)
    return Received(import_id, chunker.layout, is_anonymous)


async def complete_import(session: AsyncSession, *, import_id: UUID, layout: Layout, now: datetime) -> ResponseImport:
    """Let the complete file be processed."""
    row = await repository.lock_import(session, import_id)
    if row is None:
        raise ImportInterrupted
    row.columns, row.delimiter, row.encoding = layout.columns, layout.delimiter, layout.encoding.value
    row.state, row.last_activity_at = "waiting", now
    if row.lines_total == 0:
        row.state, row.finished_at = "done", now
    return row


async def discard_import(session: AsyncSession, *, import_id: UUID) -> None:
    """Delete an import whose upload failed."""
    await repository.delete_import(session, import_id)


async def get_import(session: AsyncSession, *, import_id: UUID) -> ResponseImport:
    """Return the import with its progress. Raises `ImportNotFound`."""
    row = await repository.find_import(session, import_id)
    if row is None:
        raise ImportNotFound
    return row


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ResponseImportProblem]:
    """Return a page of the rejected lines with the reasons."""
    return await repository.list_problems(session, import_id=import_id, after=after, limit=limit)


async def process_next_chunk(
    session: AsyncSession, *, earliest: date, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """Process the next chunk: its responses, their events and the progress are one transaction.

    After a crash an import resumes behind the last committed chunk. Return whether there was one and room for it.
    """
    await repository.delete_stale(session, before=now - STALE_AFTER)
    if await outbox.is_backlogged(session):
        return False
    chunks = await repository.lock_next_chunks(session, job=JOB_NAME, limit=1, now=now)

    async def process(part: Sequence[ResponseImportChunk]) -> None:
        for chunk in part:
            await _process_chunk(session, chunk, earliest=earliest, now=now)

    await isolate(session, JOB_NAME, chunks, process, key=lambda chunk: chunk.import_id, now=now)
    return bool(chunks)


async def _process_chunk(session: AsyncSession, chunk: ResponseImportChunk, *, earliest: date, now: datetime) -> None:
    row = await repository.lock_import(session, chunk.import_id)
    assert row is not None  # noqa: S101 - its chunk refers to it
    survey_id, is_dry = row.survey_id, row.dry_run
    body = content.decrypt(chunk.lines, chunk_id=chunk.id, cipher=get_cipher(session))
    source = Source(body, chunk.first_line, row.columns, row.delimiter or ",", None)
    try:
        source = replace(source, questionnaire=await _questionnaire(session, survey_id))
        lines = [line async for line in in_slices(rules.parse_lines(source))]
    except HeedError as closed:
        lines = rules.refuse_lines(source, closed)
    async with rolled_back(session) if is_dry else nullcontext():
        results = await record_responses(
            session, survey_id=survey_id, new=[line.value for line in lines], earliest=earliest, now=now
        )
    await _record_results(session, chunk, lines, results, now=now)


async def _record_results(
    session: AsyncSession,
    chunk: ResponseImportChunk,
    lines: Sequence[rules.ParsedLine],
    results: Sequence[Result],
    *,
    now: datetime,
) -> None:
    """Count the lines by result, list those that were rejected, and delete the chunk."""
    row = await repository.lock_import(session, chunk.import_id)
    assert row is not None  # noqa: S101 - as above
    problems = [
        problem
        for line, result in zip(lines, results, strict=True)
        if isinstance(result, HeedError)
        for problem in rules.problems_of(line.line, result)
    ]
    await repository.insert_problems(session, problems, import_id=row.id)
    stored = [result for result in results if not isinstance(result, HeedError)]
    created = sum(result.created for result in stored)
    row.lines_created += created
    row.lines_unchanged += len(stored) - created
    row.lines_failed += len(results) - len(stored)
    row.state, row.started_at, row.last_activity_at = "running", row.started_at or now, now
    await repository.delete_chunk(session, chunk)
    if not await repository.has_chunks(session, row.id):
        row.state, row.finished_at = "done", now


async def _questionnaire(session: AsyncSession, survey_id: UUID) -> Questionnaire:
    """Return the version that is answered now."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    version, _ = collecting_version(survey, None)
    return await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=version)


async def _append_chunk(session: AsyncSession, chunk: Chunk, *, import_id: UUID, length: int, now: datetime) -> None:
    """Store the chunk encrypted, filled up to a multiple of the length. Raises `ImportInterrupted`."""
    chunk_id = new_id()
    row = ResponseImportChunk(
        id=chunk_id,
        import_id=import_id,
        number=chunk.number,
        first_line=chunk.first_line,
        lines=content.encrypt(chunk.body, chunk_id=chunk_id, length=length, cipher=get_cipher(session)),
    )
    if not await repository.append_chunk(session, row, lines=chunk.lines, now=now):
        raise ImportInterrupted


def new_import(
    import_id: UUID, survey_id: UUID, file_type: FileType, *, dry_run: bool, now: datetime
) -> ResponseImport:
    """Return the row of a file that is being received."""
    return ResponseImport(
        id=import_id,
        survey_id=survey_id,
        format=file_type.value,
        state="receiving",
        encoding=Encoding.UTF_8.value,
        dry_run=dry_run,
        lines_total=0,
        lines_created=0,
        lines_unchanged=0,
        lines_failed=0,
        created_at=now,
        last_activity_at=now,
    )
