"""Use cases of imports of responses. A file is stored completely before any of it is processed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
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
from heed_common.files.media_types import FileType
from heed_common.identifiers import new_id
from heed_common.imports import service as imports
from heed_common.imports.chunks import Chunk, Layout
from heed_common.session_cipher import get_cipher
from heed_survey.collection.imports import content, rules
from heed_survey.collection.imports.chunks import create_chunker
from heed_survey.collection.imports.repository import TABLES
from heed_survey.collection.imports.rules import Source
from heed_survey.collection.imports.tables import ResponseImport, ResponseImportChunk, ResponseImportProblem
from heed_survey.responses.bulk.service import Result, record_responses
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import collecting_version

JOB_NAME = "response_imports"


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
        columns = imports.receiving_columns(import_id, file_type, dry_run=dry_run, now=clock.now())
        await TABLES.insert_import(session, ResponseImport(survey_id=survey_id, **columns))
    chunker = create_chunker(
        file_type=file_type, declared=declared, known=lambda name: rules.is_known(name, questionnaire)
    )
    length = content.padded_length(questionnaire) if is_anonymous else content.UNPADDED

    def new_chunk(session: AsyncSession, chunk: Chunk) -> ResponseImportChunk:
        return _encrypted_chunk(session, chunk, import_id=import_id, length=length)

    await imports.store_file(
        database, TABLES, import_id=import_id, chunker=chunker, pieces=pieces, new_chunk=new_chunk, clock=clock
    )
    return Received(import_id, chunker.layout, is_anonymous)


async def complete_import(session: AsyncSession, *, import_id: UUID, layout: Layout, now: datetime) -> ResponseImport:
    """Let the complete file be processed."""
    return await imports.complete_import(session, TABLES, import_id=import_id, layout=layout, now=now)


async def discard_import(session: AsyncSession, *, import_id: UUID) -> None:
    """Delete an import whose upload failed."""
    await TABLES.delete_import(session, import_id)


async def get_import(session: AsyncSession, *, import_id: UUID) -> ResponseImport:
    """Return the import with its progress. Raises `ImportNotFound`."""
    return await imports.get_import(session, TABLES, import_id=import_id)


async def list_problems(
    session: AsyncSession, *, import_id: UUID, after: int | None, limit: int
) -> Sequence[ResponseImportProblem]:
    """Return a page of the rejected lines with the reasons."""
    return await TABLES.list_problems(session, import_id=import_id, after=after, limit=limit)


async def process_next_chunk(
    session: AsyncSession, *, earliest: date, now: datetime, isolate: Isolation = all_at_once
) -> bool:
    """Process the next chunk: its responses, their events and the progress are one transaction.

    After a crash an import resumes behind the last committed chunk. Return whether there was one and room for it.
    """
    await TABLES.delete_stale(session, before=now - imports.STALE_AFTER)
    if await outbox.is_backlogged(session):
        return False
    chunks = await TABLES.lock_next_chunks(session, job=JOB_NAME, now=now)

    async def process(part: Sequence[ResponseImportChunk]) -> None:
        for chunk in part:
            await _process_chunk(session, chunk, earliest=earliest, now=now)

    await isolate(session, JOB_NAME, chunks, process, key=lambda chunk: chunk.import_id, now=now)
    return bool(chunks)


async def _process_chunk(session: AsyncSession, chunk: ResponseImportChunk, *, earliest: date, now: datetime) -> None:
    row = await TABLES.lock_running(session, chunk.import_id)
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
    problems = [
        problem
        for line, result in zip(lines, results, strict=True)
        if isinstance(result, HeedError)
        for problem in rules.problems_of(line.line, result)
    ]
    stored = [result for result in results if not isinstance(result, HeedError)]
    created = sum(result.created for result in stored)

    def count(row: ResponseImport) -> None:
        row.lines_created += created
        row.lines_unchanged += len(stored) - created
        row.lines_failed += len(results) - len(stored)

    await imports.end_chunk(session, TABLES, chunk, problems=problems, count=count, now=now)


async def _questionnaire(session: AsyncSession, survey_id: UUID) -> Questionnaire:
    """Return the version that is answered now."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    version, _ = collecting_version(survey, None)
    return await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=version)


def _encrypted_chunk(session: AsyncSession, chunk: Chunk, *, import_id: UUID, length: int) -> ResponseImportChunk:
    """Return the row of the chunk, encrypted and filled up to a multiple of the length."""
    chunk_id = new_id()
    return ResponseImportChunk(
        id=chunk_id,
        import_id=import_id,
        number=chunk.number,
        first_line=chunk.first_line,
        lines=content.encrypt(chunk.body, chunk_id=chunk_id, length=length, cipher=get_cipher(session)),
    )
