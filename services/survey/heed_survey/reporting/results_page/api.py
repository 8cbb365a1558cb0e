"""The results of a survey as a public page, at an address that only those have who were given it."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from heed_common import http
from heed_common.errors import HeedError
from heed_common.http import DbSession, negotiation
from heed_survey.reporting.pages.render import HEADERS, render_not_found, render_report
from heed_survey.reporting.reports import service
from heed_survey.reporting.reports.schemas import results_path

router = http.router(prefix="/s/results", tags=["reports"], public=True, stores_responses=False)


@router.get("/{code}", response_class=Response, responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE)
async def get_public_results(
    request: Request,
    code: Annotated[str, Path(max_length=200, description="The last part of the address.")],
    session: DbSession,
    lang: Annotated[str | None, Query(max_length=35, description="`en` or `zh`; overrides all other wishes.")] = None,
) -> Response:
    """Return the results of a survey that were made public. Needs no token. 404 `results_not_found`."""
    language = negotiation.requested_language(request, lang)

    def render(_: HeedError) -> str:
        return render_not_found(language)

    with negotiation.problems_as_pages(request, render, headers=HEADERS):
        report = await service.get_public_report(session, code=code)
    html = render_report(
        service.document_of(report),
        language,
        frozen=report.content_hash,
        is_public=True,
        address=results_path(code),
    )
    return negotiation.html_response(html, headers={**HEADERS, "Content-Language": language})
