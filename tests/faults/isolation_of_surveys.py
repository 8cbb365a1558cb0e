"""Work of the survey service for the tests of isolation."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintCompleted, ComplaintOpened, ComplaintStatus
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType
from heed_common.imports.chunks import Layout
from heed_common.imports.service import receiving_columns
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.session_cipher import get_cipher
from heed_common.upserts import Upserted
from heed_survey.call_backs import service as call_backs
from heed_survey.collection.imports import service as response_imports
from heed_survey.collection.imports.content import encrypt
from heed_survey.collection.imports.repository import TABLES as RESPONSE_IMPORTS
from heed_survey.collection.imports.tables import ResponseImport, ResponseImportChunk
from heed_survey.invitations.batches import service as invitation_batches
from heed_survey.invitations.records import service as invitations
from heed_survey.invitations.records.rules import Candidate, Reminders
from heed_survey.invitations.triggers import repository as occasions
from heed_survey.invitations.triggers import service as triggers
from heed_survey.invitations.triggers.schemas import TriggerIn
from heed_survey.responses import service as responses
from heed_survey.responses.rules import NewResponse
from heed_survey.surveys import service as surveys
from heed_survey.surveys.lifecycle import service as lifecycle
from heed_survey.surveys.rules import Nature, Settings, Study
from heed_survey.surveys.templates.service import get_template
from tests.conftest import NOON
from tests.faults.isolation_rows import Rows, three
from tests.scoring.factories import received

SAMPLE = text("""
    WITH added AS (
        INSERT INTO sample (id, survey_id, method, seed, request, plan, created_at)
        VALUES (:id, :survey_id, 'census', 1, '{}', '{}', :now) RETURNING id
    )
    INSERT INTO sample_member (sample_id, customer_id) SELECT id, :customer_id FROM added
""")
DAY = timedelta(days=1)
MONTH = timedelta(days=30)


async def due_call_backs(session: AsyncSession) -> Rows:
    await call_backs.ensure_survey(session, now=NOON - MONTH)
    ids, common = [uuid4() for _ in range(3)], {"severity": "major", "category": "service"}
    common |= {"occurred_at": NOON - MONTH, "opened_at": NOON - MONTH, "received_at": NOON - MONTH}
    for id_ in ids:
        facts = common | {"complaint_id": id_, "customer_id": uuid4()}
        opened = ComplaintOpened(**facts, state=ComplaintStatus.RECEIVED)
        completed = ComplaintCompleted(**facts, state=ComplaintStatus.COMPLETED, completed_at=NOON - MONTH)
        events = [received(opened, aggversion=1), received(completed, aggversion=2)]
        await call_backs.apply_complaint_events(session, events, now=NOON - MONTH)
    return three(ids, "complaint", "id")


async def pooled_responses(session: AsyncSession) -> Rows:
    ids = [await _published_survey(session, anonymous=True) for _ in range(3)]
    for survey_id in ids:
        for _ in range(5):
            await _respond(session, survey_id)
    return three(ids, "response", "survey_id")


async def files_of_responses(session: AsyncSession) -> Rows:
    """Store three files of one line each; the line of the second cannot be stored."""
    ids = []
    for number in range(3):
        survey_id = await _published_survey(session)
        columns = receiving_columns(uuid4(), FileType.CSV, dry_run=False, now=NOON - DAY)
        row = ResponseImport(survey_id=survey_id, **columns)
        await RESPONSE_IMPORTS.insert_import(session, row)
        chunk_id = uuid4()
        lines = encrypt(f"{1 + number}\n".encode(), chunk_id=chunk_id, cipher=get_cipher(session))
        chunk = ResponseImportChunk(id=chunk_id, import_id=row.id, number=1, first_line=2, lines=lines)
        await RESPONSE_IMPORTS.append_chunk(session, chunk, lines=1, now=NOON - DAY)
        layout = Layout(["satisfaction"], ",", Encoding.UTF_8)
        await response_imports.complete_import(session, import_id=row.id, layout=layout, now=NOON - DAY)
        ids.append(row.id)
    first, bad, last = map(str, ids)
    return Rows([first, last], bad, "INSERT|response|NEW.answers->>'satisfaction' = '2'")


async def unencoded_responses(session: AsyncSession) -> Rows:
    survey_id = await _published_survey(session)
    ids = [(await _respond(session, survey_id)).row.id for _ in range(3)]
    await session.execute(text("UPDATE response SET encoded = NULL"))
    return three(ids, "response", "id")


async def samples_to_invite(session: AsyncSession) -> Rows:
    """Request invitations of three samples of one customer each."""
    ids = []
    for _ in range(3):
        survey_id, sample_id = await _published_survey(session), uuid4()
        await session.execute(SAMPLE, {"id": sample_id, "survey_id": survey_id, "now": NOON, "customer_id": uuid4()})
        terms = await invitations.terms_of(session, survey_id=survey_id, sample_id=sample_id)
        ids.append((await invitation_batches.invite_sample(session, terms=terms, dry_run=False, now=NOON)).id)
    return three(ids, "invitation_batch", "id", "UPDATE")


async def due_reminders(session: AsyncSession) -> Rows:
    terms = await invitations.terms_of(
        session, survey_id=await _published_survey(session), reminders=Reminders(count=1, every=DAY)
    )
    candidates = [Candidate(customer_id=uuid4()) for _ in range(3)]
    invited = await invitations.invite(session, terms=terms, candidates=candidates, now=NOON - DAY)
    await session.execute(
        text("UPDATE invitation SET state = 'sent', sent_at = created_at, remind_at = :now"), {"now": NOON}
    )
    return three([id_ for _, id_ in invited if id_ is not None], "invitation", "id", "UPDATE")


async def triggered_occasions(session: AsyncSession) -> Rows:
    columns = TriggerIn(event="purchase", delays=[timedelta(0)]).to_columns()
    survey_id = await _published_survey(session)
    trigger, _ = await triggers.put_trigger(
        session, survey_id=survey_id, name="bought", columns=columns, if_match=None, by="clerk", now=NOON - DAY
    )
    ids = [uuid4() for _ in range(3)]
    occasion = {"trigger_id": trigger.id, "step": 0, "due_at": NOON - DAY / 2}
    rows = [{"id": id_, "event_id": uuid4(), "customer_id": uuid4()} | occasion for id_ in ids]
    await occasions.insert_occasions(session, rows)
    return three(ids, "trigger_occasion", "id", "UPDATE")


async def _published_survey(session: AsyncSession, **settings: Any) -> UUID:
    study = Study("Why?", Nature.CONCLUSIVE, "all", "web", report_due=NOON.date(), responsible="Li")
    content = get_template("satisfaction").fill()
    chosen = Settings(study=study, **settings)
    created = await surveys.create_survey(session, questionnaire=content, settings=chosen, external_id=None, now=NOON)
    await lifecycle.publish_survey(session, survey_id=created.row.id, if_match=None, now=NOON)
    return created.row.id


async def _respond(session: AsyncSession, survey_id: UUID) -> Upserted[Any]:
    new = NewResponse({"satisfaction": 4})
    return await responses.record_response(session, survey_id=survey_id, new=new, earliest=DEFAULT_EARLIEST, now=NOON)
