"""The form of a survey behind a private or open link."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response

from heed_common import http
from heed_common.errors import HeedError
from heed_common.http import DbSession, Earliest, Now, negotiation
from heed_survey.collection.pages.render import HEADERS
from heed_survey.collection.pages.submission import Action
from heed_survey.collection.pages.texts import OTHER_LANGUAGE
from heed_survey.collection.web_form import rules, service
from heed_survey.collection.web_form.dependencies import FormAccess, LanguageQuery, PublicForm
from heed_survey.collection.web_form.rules import PageFields
from heed_survey.collection.web_form.service import Form, Submitted
from heed_survey.collection.web_form.views import FormView, problem_page, thanks_page
from heed_survey.surveys.errors import VersionChanged

router = http.router(prefix="/s", tags=["form"], public=True, stores_responses=False)

Token = Annotated[str, Path(max_length=200, description="The last part of the link.")]
MAX_PAGE_BYTES = 512 * 1024
"""Room for several long texts in any script on one page."""
MAX_FIELDS = 5000


@router.get("/{token}", response_class=Response, responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE)
async def get_survey_form(
    request: Request,
    token: Token,
    session: DbSession,
    access: FormAccess,
    now: Now,
    page: Annotated[int | None, Query(ge=1, le=1000)] = None,
    lang: LanguageQuery = None,
    form: Annotated[str | None, Query(max_length=200, description="Of an open link: the token of this form.")] = None,
) -> Response:
    """Return a page of the form, without a page the one at which it goes on. Needs no token.

    404 `link_not_found`, 410 `link_expired`, `link_used`, 409 `survey_closed`, `version_changed`.
    """
    with _problems_as_pages(request, token, lang):
        opened = await service.begin_form(session, token=token, form_token=form, now=now)
        view = _view(request, access, opened, token=token, lang=lang, now=now)
        with _changes_as_pages(request, view):
            service.check_version(opened, opened.survey_version)
    return _html(view.render(opened.layout.reachable(page or opened.progress.sealed.page)))


@router.post(
    "/{token}",
    status_code=303,
    response_class=Response,
    responses=negotiation.REDIRECT | negotiation.PROBLEM_OR_PAGE,
    openapi_extra={"requestBody": {"required": True, "content": {negotiation.FORM: {"schema": {"type": "object"}}}}},
)
async def submit_survey_page(
    request: Request,
    token: Token,
    session: DbSession,
    access: FormAccess,
    earliest: Earliest,
    now: Now,
    lang: LanguageQuery = None,
) -> Response:
    """Store a page, or record the response if it was the last one. 409, 410, 413, 415, 422, 429 with Retry-After."""
    with _problems_as_pages(request, token, lang):
        pairs = await negotiation.parse_form(request, max_bytes=MAX_PAGE_BYTES, max_fields=MAX_FIELDS)
        given = rules.parse_fields(pairs)
        form = await service.open_submitted(session, token=token, form_token=given.form_token, now=now)
        device = access.check(request, form.link, token=token, now=now)
        view = _view(request, access, form, token=token, lang=lang, now=now)
        with _changes_as_pages(request, view):
            submitted = await service.submit_page(session, form=form, given=given, earliest=earliest, now=now)
    if submitted.is_sent:
        access.count_response(device)
    return _respond(submitted, given, replace(view, form=submitted.form))


@router.get("/{token}/thank-you", response_class=Response, responses=negotiation.HTML_PAGE)
async def get_survey_thanks(request: Request, token: Token, lang: LanguageQuery = None) -> Response:
    """Return the page after the last one."""
    language = negotiation.requested_language(request, lang)
    return _html(thanks_page(language=language, switch=rules.thanks_path(token, language=OTHER_LANGUAGE[language])))


def _view(request: Request, access: PublicForm, form: Form, *, token: str, lang: str | None, now: datetime) -> FormView:
    """Return the form in the language that was chosen, or that of the link, or that of the browser."""
    preferred = negotiation.requested_language(request, None)
    offered = form.questionnaire.languages
    language = rules.choose_language(lang, form.link.target.language, preferred, offered=offered)
    return FormView(form, token, language, access.currency, now)


def _respond(submitted: Submitted, given: PageFields, view: FormView) -> Response:
    """Redirect to the next page, so that reloading sends nothing twice; show a page with errors again at once."""
    language = view.language
    if submitted.is_sent:
        return negotiation.redirect(rules.thanks_path(view.token, language=language))
    if submitted.refusal is not None:
        page = problem_page(submitted.refusal, token=view.token, language=language)
        return _html(page, status=submitted.refusal.status)
    if submitted.errors:
        page = view.render(view.form.progress.sealed.page, fields=given.fields, errors=submitted.errors)
        return _html(page, status=422)
    return negotiation.redirect(view.address(OTHER_LANGUAGE[language] if given.action is Action.LANGUAGE else language))


def _html(html: str, *, status: int = 200) -> Response:
    return negotiation.html_response(html, status=status, headers=HEADERS)


def _problems_as_pages(request: Request, token: str, lang: str | None) -> AbstractContextManager[None]:
    language = negotiation.requested_language(request, lang)
    switch = rules.form_path(token, language=OTHER_LANGUAGE[language])

    def render(problem: HeedError) -> str:
        return problem_page(problem, token=token, language=language, switch=switch)

    return negotiation.problems_as_pages(request, render, headers=HEADERS)


def _changes_as_pages(request: Request, view: FormView) -> AbstractContextManager[None]:
    """Render errors in the language of the form; of a changed version as a page that goes on with the current one."""

    def render(problem: HeedError) -> str:
        if isinstance(problem, VersionChanged):
            return view.render_change(problem)
        return problem_page(problem, token=view.token, language=view.language)

    return negotiation.problems_as_pages(request, render, headers=HEADERS)
