"""HTTP API of reports: as of now, and frozen ones."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from heed_common import http, paging
from heed_common.fields import Code
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, negotiation, requires
from heed_common.http.client_connection import while_connected
from heed_common.http.dependencies import get_resources, get_settings
from heed_common.paging import Page, PageQuery
from heed_survey.analysis.dependencies import CapacityDep
from heed_survey.analysis.service import Request as AnalysisRequest
from heed_survey.reporting.content.document import ReportDocument
from heed_survey.reporting.pages.render import HEADERS, render_report
from heed_survey.reporting.reports import service
from heed_survey.reporting.reports.schemas import ReportIn, ReportPatch, SurveyReportOut
from heed_survey.reporting.reports.tables import SurveyReport

READ, WRITE = requires("surveys:read"), requires("surveys:write")
READ_RESPONSES = "responses:read"
JSON_OR_PAGE: http.Responses = {200: {"description": "The report, or its page.", "content": negotiation.HTML}}
DOCUMENT: http.Responses = {
    200: {"description": "The document, byte by byte as it was hashed.", "content": {negotiation.JSON: {}}}
}
ForPublic = Annotated[bool, Query(description="Withhold small groups, whatever the caller may read.")]
Lang = Annotated[str | None, Query(max_length=35, description="`en` or `zh`; overrides the language of the caller.")]

router = http.router(prefix="/v1/surveys/{survey_id}", tags=["reports"])


@router.get("/report", response_class=Response, responses=negotiation.HTML_PAGE, dependencies=[READ])
async def get_current_report(
    http_request: Request,
    survey_id: UUID,
    capacity: CapacityDep,
    caller: Caller,
    now: Now,
    wave: Annotated[Code | None, Query()] = None,
    for_public: ForPublic = False,  # noqa: FBT002
    lang: Lang = None,
) -> Response:
    """Return the page of a report as of now, for printing. 409 `no_responses`, 403 `would_disclose`."""
    request = _request(survey_id, caller, now, wave=wave, for_public=for_public)
    work = service.compute_report(get_resources(http_request).database, capacity, request=request)
    computed = await while_connected(http_request, work)
    return _page(http_request, computed.document, lang)


@router.post("/reports", status_code=201, dependencies=[WRITE])
async def freeze_report(
    http_request: Request,
    survey_id: UUID,
    capacity: CapacityDep,
    caller: Caller,
    session: DbSession,
    now: Now,
    response: Response,
    body: ReportIn | None = None,
) -> SurveyReportOut:
    """Freeze the report as of now, for printing it unchanged at any time. 409 `no_responses`, 403 `would_disclose`."""
    wished = body or ReportIn()
    request = _request(survey_id, caller, now, wave=wished.wave, for_public=wished.for_public)
    computed = await service.compute_report(get_resources(http_request).database, capacity, request=request)
    report = await service.freeze_report(session, computed=computed, caller=caller.id, now=now)
    response.headers["Location"] = f"/v1/surveys/{survey_id}/reports/{report.id}"
    return await _shown(http_request, report, response)


@router.get("/reports", dependencies=[READ])
async def list_reports(request: Request, survey_id: UUID, session: DbSession, page: PageQuery) -> Page[SurveyReportOut]:
    """List the frozen reports of the survey, the newest first. 404 `survey_not_found`."""
    (before,) = page.after(UUID) or (None,)
    reports = await service.list_reports(session, survey_id=survey_id, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(reports, page, key=lambda report: (report.id,))
    base_url = await _base_url(request)
    items = page.show(shown, lambda report: SurveyReportOut.from_domain(report, base_url=base_url))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/reports/{report_id}", response_model=SurveyReportOut, responses=JSON_OR_PAGE, dependencies=[READ])
async def get_report(
    request: Request,
    survey_id: UUID,
    report_id: UUID,
    caller: Caller,
    session: DbSession,
    response: Response,
    lang: Lang = None,
) -> Response | SurveyReportOut:
    """Return a frozen report; for browsers its page, which never changes. 403 `report_internal`."""
    reads = caller.may(READ_RESPONSES)
    report = await service.get_report(session, survey_id=survey_id, report_id=report_id, reads_responses=reads)
    if negotiation.wants_page(request):
        page = _page(request, service.document_of(report), lang, frozen=report.content_hash)
        page.headers["ETag"] = etag(report.revision)
        return page
    response.headers["Vary"] = "Accept, Accept-Language"
    return await _shown(request, report, response)


@router.get("/reports/{report_id}/document", response_class=Response, responses=DOCUMENT, dependencies=[READ])
async def get_report_document(survey_id: UUID, report_id: UUID, caller: Caller, session: DbSession) -> Response:
    """Return the data of a frozen report; the SHA-256 of this file is its hash. 403 `report_internal`."""
    reads = caller.may(READ_RESPONSES)
    report = await service.get_report(session, survey_id=survey_id, report_id=report_id, reads_responses=reads)
    return Response(report.content, media_type=negotiation.JSON)


@router.patch("/reports/{report_id}", dependencies=[WRITE])
async def patch_report(
    request: Request,
    survey_id: UUID,
    report_id: UUID,
    body: ReportPatch,
    session: DbSession,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> SurveyReportOut:
    """Make the results public, or withdraw them. 409 `report_not_controlled`, 412, 428."""
    report = await service.set_public(
        session, survey_id=survey_id, report_id=report_id, is_public=body.public, if_match=if_match, now=now
    )
    return await _shown(request, report, response)


def _request(survey_id: UUID, caller: Caller, now: datetime, *, wave: str | None, for_public: bool) -> AnalysisRequest:
    return AnalysisRequest(
        survey_id=survey_id,
        caller=caller.id,
        reads_responses=caller.may(READ_RESPONSES) and not for_public,
        now=now,
        wave=wave,
    )


def _page(request: Request, document: ReportDocument, lang: str | None, *, frozen: str | None = None) -> Response:
    language = negotiation.requested_language(request, lang)
    html = render_report(document, language, frozen=frozen)
    return negotiation.html_response(html, headers={**HEADERS, "Content-Language": language})


async def _shown(request: Request, report: SurveyReport, response: Response) -> SurveyReportOut:
    response.headers["ETag"] = etag(report.revision)
    return SurveyReportOut.from_domain(report, base_url=await _base_url(request))


async def _base_url(request: Request) -> str:
    """Return the public address of Heed, or the one that the request was sent to."""
    return (await get_settings(request)).public_url or str(request.base_url)
