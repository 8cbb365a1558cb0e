"""Door 1 for people without an account: the form and what helps before it is sent."""

import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import http
from heed_common.fields import format_moment
from heed_common.http import DbSession, Now, invalid, requires
from heed_common.languages import Language
from heed_complaint.intake.help_articles import service as articles
from heed_complaint.intake.help_articles.api import ArticleCode
from heed_complaint.intake.help_articles.schemas import ArticleOut
from heed_complaint.intake.html import negotiation as browsers
from heed_complaint.intake.html.error_texts import problem_page
from heed_complaint.intake.status_links.rules import Link
from heed_complaint.intake.status_links.schemas import LinkOut
from heed_complaint.intake.web_form import rules, service
from heed_complaint.intake.web_form.dependencies import Intake, IntakeDoor, Lang
from heed_complaint.intake.web_form.schemas import ContactOut, FormIn
from heed_complaint.intake.web_form.views import FormPage, choice_page, form_page, thanks_page
from heed_complaint.reference.taxonomies import service as taxonomies

router = http.router(prefix="/v1/intake", tags=["intake"], public=True, stores_responses=False)
desk = http.router(prefix="/v1/complaints", tags=["intake"])


@router.get("/form", responses=browsers.PAGE, response_class=Response)
async def show_form(
    request: Request,
    session: DbSession,
    door: IntakeDoor,
    now: Now,
    category: Annotated[str | None, Query(max_length=200)] = None,
    lang: Lang = None,
) -> Response:
    """The form as a page: first what it is about, then what may help already, then the form. Needs no token."""
    page = await _page(session, category, door, language=browsers.language_of(request, lang), now=now)
    if category is None or category.partition(".")[0] not in page.categories:
        return browsers.show(choice_page(page))
    return browsers.show(form_page(page, {"category": category}))


@router.post(
    "/form",
    status_code=201,
    response_model=LinkOut,
    responses=browsers.ONWARD | browsers.PROBLEM_OR_PAGE,
    openapi_extra=browsers.asks_for(FormIn, browsers.JSON, browsers.FORM),
)
async def send_form(request: Request, session: DbSession, door: IntakeDoor, now: Now, lang: Lang = None) -> Response:
    """Open a complaint without an account and return the private link to it. 413, 415, 422, 429 with Retry-After.

    Forms with the same `key` or Idempotency-Key open one complaint; without a key each form opens a new one.
    """
    language = browsers.language_of(request, lang)
    with browsers.problems_shown(request, lambda problem: problem_page(problem, language=language)):
        door.admit(request, now=now)
        given = await browsers.submitted(request)
    filled = given if isinstance(given, dict) else {}
    page = None
    if browsers.wants_page(request):
        page = await _page(session, filled.get("category"), door, language=language, now=now)
    with browsers.problems_shown(request, lambda problem: form_page(page, filled, problem) if page else ""):
        header = request.headers.get("idempotency-key")
        link = await _take_in(session, _read(given), door, header=header, language=language, now=now)
    if page:
        return browsers.see(f"{link.path}?lang={language}")
    told = {"status_link": link.path, "expires_at": format_moment(link.expires_at)}
    return JSONResponse(told, 201, {"Location": link.path})


@router.post(
    "/articles/{code}/helped",
    status_code=204,
    response_class=Response,
    responses=browsers.PAGE | browsers.PROBLEM_OR_PAGE,
)
async def note_that_an_article_helped(
    request: Request, code: ArticleCode, session: DbSession, door: IntakeDoor, now: Now, lang: Lang = None
) -> Response:
    """Somebody need not complain any more. Needs no token. 404 `article_not_found`, 429."""
    language = browsers.language_of(request, lang)
    with browsers.problems_shown(request, lambda problem: problem_page(problem, language=language)):
        door.admit(request, now=now)
        await articles.note_that_it_helped(session, code=code)
    return browsers.show(thanks_page(language)) if browsers.wants_page(request) else Response(status_code=204)


@desk.get("/{complaint_id}/contact", dependencies=[requires("complaints:read", "contacts:read")])
async def read_contact(complaint_id: UUID, session: DbSession) -> ContactOut:
    """How to answer who complained by form or mail. 404 `contact_unknown`."""
    return ContactOut.model_validate(await service.contact_of(session, complaint_id=complaint_id))


async def _page(
    session: AsyncSession, category: object, door: Intake, *, language: Language, now: datetime
) -> FormPage:
    _, terms = await taxonomies.get(session, name="category")
    labels = {
        term.code: term.zh if language == "zh" else term.en
        for term in terms
        if not term.retired and "." not in term.code
    }
    helpful = await articles.show(session, category=category) if isinstance(category, str) else ()
    shown = [ArticleOut.of(article, language=language) for article in helpful]
    days = (door.earliest, now.astimezone(door.zone).date())
    return FormPage(language, labels, secrets.token_urlsafe(16), shown, days)


def _read(given: object) -> FormIn:
    try:
        return FormIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None


async def _take_in(
    session: AsyncSession, said: FormIn, door: IntakeDoor, *, header: str | None, language: Language, now: Now
) -> Link:
    if said.leave_empty:
        return service.nothing(days=door.link_days, now=now)
    if said.key is None:
        rules.check_header_key(header)
    form = said.as_form(language=language, phone_region=door.phone_region)
    return await service.take_in_form(
        session,
        form=form,
        key=rules.form_key(form, said.key, header=header),
        currency=door.currency,
        zone=door.zone,
        earliest=door.earliest,
        link_days=door.link_days,
        now=now,
    )
