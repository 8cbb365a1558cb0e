"""HTTP API of the web form: the pages, the submission, and the feedback on help articles."""

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import http
from heed_common.fields import format_moment
from heed_common.http import DbSession, Now, invalid, negotiation
from heed_common.languages import Language
from heed_complaint.intake.help_articles import service as articles
from heed_complaint.intake.help_articles.api import ArticleCode
from heed_complaint.intake.help_articles.schemas import ArticleOut
from heed_complaint.intake.html.error_texts import problem_page
from heed_complaint.intake.public_access.dependencies import Intake, LanguageQuery, PublicIntake
from heed_complaint.intake.status_links.rules import Link
from heed_complaint.intake.status_links.schemas import LinkOut
from heed_complaint.intake.web_form import rules, service
from heed_complaint.intake.web_form.schemas import FormIn
from heed_complaint.intake.web_form.views import FormPage, choice_page, form_page, thanks_page
from heed_complaint.reference.taxonomies import service as taxonomies

router = http.router(prefix="/v1/intake", tags=["intake"], public=True, stores_responses=False)


@router.get("/form", responses=negotiation.HTML_PAGE, response_class=Response)
async def get_form(
    request: Request,
    session: DbSession,
    intake: Intake,
    now: Now,
    category: Annotated[str | None, Query(max_length=200)] = None,
    lang: LanguageQuery = None,
) -> Response:
    """Return the form as a page: the choice of a category, then its help articles with the form. Needs no token."""
    language = negotiation.requested_language(request, lang)
    page = await _form_page(session, category, intake, language=language, now=now)
    if category is None or category.partition(".")[0] not in page.categories:
        return negotiation.html_response(choice_page(page))
    return negotiation.html_response(form_page(page, {"category": category}))


@router.post(
    "/form",
    status_code=201,
    response_model=LinkOut,
    responses=negotiation.REDIRECT | negotiation.PROBLEM_OR_PAGE,
    openapi_extra=negotiation.request_body_schema(FormIn, negotiation.JSON, negotiation.FORM),
)
async def submit_form(
    request: Request, session: DbSession, intake: Intake, now: Now, lang: LanguageQuery = None
) -> Response:
    """Open a complaint without an account and return the private link to it. 413, 415, 422, 429.

    Forms with the same `key` or Idempotency-Key open one complaint; without a key each form opens a new one.
    409 `form_sent_before`.
    """
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        intake.check_rate(request, now=now)
        given = await negotiation.parse_body(request)
    filled = given if isinstance(given, dict) else {}
    page = None
    if negotiation.wants_page(request):
        page = await _form_page(session, filled.get("category"), intake, language=language, now=now)
    with negotiation.problems_as_pages(request, lambda problem: form_page(page, filled, problem) if page else ""):
        header = request.headers.get("idempotency-key")
        link = await _submit(session, _parse(given), intake, header=header, language=language, now=now)
    if page:
        return negotiation.redirect(f"{link.path}?lang={language}")
    body = {"status_link": link.path, "expires_at": format_moment(link.expires_at)}
    return JSONResponse(body, 201, {"Location": link.path})


@router.post(
    "/articles/{code}/helped",
    status_code=204,
    response_class=Response,
    responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE,
)
async def mark_article_helpful(
    request: Request, code: ArticleCode, session: DbSession, intake: Intake, now: Now, lang: LanguageQuery = None
) -> Response:
    """Count that the article made a complaint unnecessary. Needs no token. 404 `article_not_found`, 429."""
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        intake.check_rate(request, now=now)
        await articles.record_helpful(session, code=code)
    if negotiation.wants_page(request):
        return negotiation.html_response(thanks_page(language))
    return Response(status_code=204)


async def _form_page(
    session: AsyncSession, category: object, intake: PublicIntake, *, language: Language, now: datetime
) -> FormPage:
    _, terms = await taxonomies.get_taxonomy(session, name="category")
    labels = {
        term.code: term.zh if language == "zh" else term.en
        for term in terms
        if not term.retired and "." not in term.code
    }
    helpful = await articles.list_for_category(session, category=category) if isinstance(category, str) else ()
    shown = [ArticleOut.from_domain(article, language=language) for article in helpful]
    days = (intake.earliest, now.astimezone(intake.zone).date())
    return FormPage(language, labels, secrets.token_urlsafe(16), shown, days)


def _parse(given: object) -> FormIn:
    try:
        return FormIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None


async def _submit(
    session: AsyncSession, body: FormIn, intake: PublicIntake, *, header: str | None, language: Language, now: datetime
) -> Link:
    if body.leave_empty:
        return service.fake_link(days=intake.link_days, now=now)
    if body.key is None:
        rules.check_header_key(header)
    form = body.to_domain(language=language, phone_region=intake.phone_region)
    return await service.submit_form(
        session,
        form=form,
        key=rules.form_key(form, body.key, header=header),
        currency=intake.currency,
        zone=intake.zone,
        earliest=intake.earliest,
        link_days=intake.link_days,
        now=now,
    )
