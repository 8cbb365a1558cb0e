"""Use cases of reports: compute one as of now, freeze it, make it public."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_urlsafe
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.survey import AnalysisPublished
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.errors import NoInvitations
from heed_survey.analysis.results.response_rates import ResponseRatesOut
from heed_survey.analysis.service import Request, analyse, load_response_rates
from heed_survey.reporting.content.body import FIELDS, report_body
from heed_survey.reporting.content.document import ReportBody, ReportDocument, StudyPart, content_hash, to_text
from heed_survey.reporting.reports import repository
from heed_survey.reporting.reports.errors import ReportInternal, ReportNotControlled, ReportNotFound, ResultsNotFound
from heed_survey.reporting.reports.tables import SurveyReport
from heed_survey.surveys import service as surveys

CODE_BYTES = 16


class ComputedReport(NamedTuple):
    document: ReportDocument
    responses: int
    """With disclosure control, the newest ones may be missing."""


async def compute_report(database: Database, capacity: Capacity, *, request: Request) -> ComputedReport:
    """Return the report as of now. Raises `SurveyNotFound`, `NoResponses`, `TooFewResponses`, `WouldDisclose`.

    All its parts are one analysis: what they show together is controlled together.
    """
    body, responses = await analyse(database, capacity, request=request, compute=report_body, fields=FIELDS)
    rates = await _load_rates(database, request)
    async with database.transaction() as session:
        survey = await surveys.get_survey(session, survey_id=request.survey_id)
        questionnaire = await surveys.current_questionnaire(session, survey=survey)
        document = ReportDocument(
            survey_id=survey.id,
            survey_version=survey.survey_version,
            wave=request.wave,
            computed_at=request.now,
            languages=questionnaire.languages,
            title=to_text(questionnaire.title),
            anonymous=survey.anonymous,
            min_group=survey.min_group,
            controlled=survey.anonymous or not request.reads_responses,
            study=None if survey.study is None else StudyPart.model_validate(survey.study),
            body=_with_rates(body, rates),
        )
    return ComputedReport(document, responses)


async def freeze_report(session: AsyncSession, *, computed: ComputedReport, caller: str, now: datetime) -> SurveyReport:
    """Store the report for ever, and publish that it exists."""
    document = computed.document
    content = document.to_bytes()
    report = SurveyReport(
        id=new_id(),
        survey_id=document.survey_id,
        survey_version=document.survey_version,
        wave=document.wave,
        languages=list(document.languages),
        content=content.decode(),
        content_hash=content_hash(content),
        controlled=document.controlled,
        responses=computed.responses,
        created_at=now,
        created_by=caller,
        revision=1,
    )
    await repository.add_report(session, report)
    event = AnalysisPublished(
        occurred_at=now,
        survey_id=report.survey_id,
        survey_version=report.survey_version,
        report_id=report.id,
        wave=report.wave,
        content_hash=report.content_hash,
    )
    await outbox.stage(session, event, aggversion=1, now=now)
    return report


async def get_report(session: AsyncSession, *, survey_id: UUID, report_id: UUID, reads_responses: bool) -> SurveyReport:
    """Return the report with its content. Raises `ReportNotFound`, and `ReportInternal` if it shows small groups."""
    report = await repository.find_report(session, survey_id, report_id)
    if report is None:
        raise ReportNotFound
    if not report.controlled and not reads_responses:
        raise ReportInternal
    return report


async def list_reports(
    session: AsyncSession, *, survey_id: UUID, before: UUID | None, limit: int
) -> Sequence[SurveyReport]:
    """Return a page of the survey's reports, the newest first. Raises `SurveyNotFound`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    return await repository.list_reports(session, survey.id, before=before, limit=limit)


async def set_public(
    session: AsyncSession, *, survey_id: UUID, report_id: UUID, is_public: bool, if_match: int | None, now: datetime
) -> SurveyReport:
    """Make the report public at a new address, or withdraw it. Raises `ReportNotControlled`, 412, 428.

    An address that was withdrawn never shows anything again, so that a copied link does not come back to life.
    """
    report = await repository.find_report(session, survey_id, report_id, lock=True)
    if report is None:
        raise ReportNotFound
    require_if_match(if_match, report.revision)
    if is_public == (report.public_code is not None):
        return report
    if is_public:
        if not report.controlled:
            raise ReportNotControlled("Freeze another one with for_public.")
        report.public_code, report.published_at, report.withdrawn_at = token_urlsafe(CODE_BYTES), now, None
    else:
        report.public_code, report.withdrawn_at = None, now
    report.revision += 1
    await session.flush()
    return report


async def get_public_report(session: AsyncSession, *, code: str) -> SurveyReport:
    """Return the report that is public at this address. Raises `ResultsNotFound`."""
    report = await repository.find_public_report(session, code)
    if report is None:
        raise ResultsNotFound
    return report


def document_of(report: SurveyReport) -> ReportDocument:
    return ReportDocument.from_bytes(report.content.encode())


async def _load_rates(database: Database, request: Request) -> ResponseRatesOut | None:
    try:
        return await load_response_rates(database, request=request)
    except NoInvitations:
        return None


def _with_rates(body: ReportBody, rates: ResponseRatesOut | None) -> ReportBody:
    if rates is None:
        return body
    found = {"invitations": rates.invitations, "rates": {rate.name: rate.rate for rate in rates.rates}}
    return body.model_copy(update={"collection": body.collection.model_copy(update=found)})
