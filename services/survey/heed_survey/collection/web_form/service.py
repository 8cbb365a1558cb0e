"""Use cases of the web form: open it, submit a page, send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import lock_text
from heed_common.cursors import load_signer
from heed_common.errors import HeedError
from heed_survey.collection.pages import submission as pages
from heed_survey.collection.pages.layout import Layout
from heed_survey.collection.pages.parsing import FieldError
from heed_survey.collection.pages.submission import Action, Submission
from heed_survey.collection.partials import service as partials
from heed_survey.collection.partials.rules import FormKey, Progress, Reach, Sealed, expiry_day, seconds_on_page
from heed_survey.collection.web_form import form_tokens
from heed_survey.collection.web_form.errors import FormSent
from heed_survey.collection.web_form.rules import PageFields
from heed_survey.invitations import service as invitations
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import Link, LinkKind, token_hash
from heed_survey.invitations.outcomes.rules import QUOTA_REASON
from heed_survey.invitations.records.rules import InvitationState
from heed_survey.responses import service as responses
from heed_survey.responses.answers import longest_answers
from heed_survey.responses.rules import Design, Mode, NewResponse
from heed_survey.sampling.quotas.errors import QuotaFull
from heed_survey.surveys import service as surveys
from heed_survey.surveys.errors import VersionChanged
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import collecting_version


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one respondent: the questionnaire, and what is stored of the answers."""

    link: Link
    questionnaire: Questionnaire
    survey_version: int
    is_anonymous: bool
    key: FormKey
    progress: Progress
    form_token: str | None = None
    """Of an open link, whose respondents have no token of their own."""

    @property
    def is_open(self) -> bool:
        return self.link.kind is LinkKind.OPEN

    @property
    def layout(self) -> Layout:
        return Layout(self.questionnaire, self.progress.sealed.answers)

    @property
    def room(self) -> int:
        """Return to a multiple of how many bytes stored answers are filled up."""
        return longest_answers(self.questionnaire) if self.is_anonymous else 1


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submitted page."""

    form: Form
    errors: Mapping[str, FieldError] = field(default_factory=dict)
    is_sent: bool = False
    refusal: HeedError | None = None
    """Why the response is not needed; the partial answers are deleted."""


async def begin_form(session: AsyncSession, *, token: str, form_token: str | None, now: datetime) -> Form:
    """Return the form behind the link; of an open link, another one unless the token of a form is given.

    Raises the errors of `open_form`.
    """
    if form_token is None:
        form_token = form_tokens.new_token(await load_signer(session), link=token, now=now)
    return await open_form(session, token=token, form_token=form_token, now=now)


async def open_submitted(session: AsyncSession, *, token: str, form_token: str | None, now: datetime) -> Form:
    """Return the form of a submitted page. Raises the errors of `open_form`.

    Pages of one form are processed one after the other, so that none is stored after the form was sent.
    """
    # The hash: the log of a database may have the parameters of statements.
    await lock_text(session, f"survey form {token_hash(form_token or token).hex()}")
    return await open_form(session, token=token, form_token=form_token, now=now)


async def open_form(session: AsyncSession, *, token: str, form_token: str | None, now: datetime) -> Form:
    """Return the form of this respondent: over an open link the one with this token.

    Raises `LinkNotFound`, `LinkExpired`, `LinkUsed`, `FormExpired`, `FormSent`, `SurveyClosed`, `SurveyNotPublished`.
    """
    link = await links.open_link(session, token=token, now=now)
    survey = await surveys.get_survey(session, survey_id=link.survey_id)
    version, _ = collecting_version(survey, None)
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=version)
    key = FormKey(link.token_hash, token)
    if link.kind is LinkKind.OPEN:
        form_tokens.check_token(await load_signer(session), form_token, link=token, now=now)
        key = form_tokens.form_key(form_token or "")
        if await partials.is_sent(session, key=key):
            raise FormSent
    else:
        form_token = None
    begun = await partials.find_progress(session, key=key)
    progress = begun or _nothing_stored(link, version, now=now)
    return Form(link, questionnaire, version, survey.anonymous, key, progress, form_token)


def check_version(form: Form, survey_version: int) -> None:
    """Raise `VersionChanged` unless page and stored answers belong to the current version."""
    if not form.survey_version == survey_version == form.progress.survey_version:
        raise VersionChanged


async def restart_form(session: AsyncSession, *, form: Form) -> Form:
    """Go on with the current version; answers that it accepts as well stay."""
    answers = pages.carry_over(form.progress.sealed.answers, form.questionnaire)
    first = Layout(form.questionnaire, answers).numbers[0]
    form = replace(form, progress=replace(form.progress, survey_version=form.survey_version))
    form = replace(form, progress=_advance(form, Submission(answers, first), seconds=form.progress.sealed.seconds))
    await partials.save_progress(session, key=form.key, progress=form.progress, room=form.room)
    return form


async def submit_page(
    session: AsyncSession, *, form: Form, given: PageFields, earliest: date, now: datetime
) -> Submitted:
    """Store the page, or record the response if it was the last one.

    Raises `VersionChanged`, `LinkUsed`, `FormSent`, and errors of the response.
    """
    if given.action is Action.RESTART:
        return Submitted(await restart_form(session, form=form))
    check_version(form, given.survey_version)
    submission = pages.submit_page(
        form.questionnaire,
        form.progress.sealed.answers,
        given.page,
        given.fields,
        shown=given.shown,
        action=given.action,
    )
    seconds = form.progress.sealed.seconds + seconds_on_page(given.opened_at, now=now)
    form = replace(form, progress=_advance(form, submission, seconds=seconds))
    if submission.errors:
        return Submitted(form, submission.errors)
    if not submission.is_complete:
        await _save(session, form, now=now)
        return Submitted(form)
    try:
        # A full quota is found when the response is recorded. The savepoint undoes that, and not what follows.
        async with session.begin_nested():
            await _send(session, form, earliest=earliest, now=now)
    except QuotaFull as refusal:
        await _screen_out(session, form, now=now)
        return Submitted(form, refusal=refusal)
    return Submitted(form, is_sent=True)


async def _save(session: AsyncSession, form: Form, *, now: datetime) -> None:
    """Store the answers so far; the invitation then counts as started."""
    await partials.save_progress(session, key=form.key, progress=form.progress, room=form.room)
    invitation_id = form.link.target.invitation_id
    if invitation_id is not None:
        await invitations.mark_started(session, invitation_id=invitation_id, now=now)


async def _screen_out(session: AsyncSession, form: Form, *, now: datetime) -> None:
    """Delete the answers of a respondent who is not needed any more."""
    await partials.delete_progress(session, key=form.key)
    invitation_id = form.link.target.invitation_id
    if invitation_id is not None:
        await invitations.mark_ended(
            session, invitation_id=invitation_id, state=InvitationState.INELIGIBLE, reason=QUOTA_REASON, now=now
        )


async def _send(session: AsyncSession, form: Form, *, earliest: date, now: datetime) -> None:
    """Record the response and delete the partial answers. A form of an open link is one response."""
    if form.is_open and not await partials.mark_sent(session, key=form.key, expires_on=form.progress.expires_on):
        raise FormSent
    new = NewResponse(
        answers=form.layout.visible_answers(),
        survey_version=form.survey_version,
        mode=Mode.COMMENT_CARD if form.is_open else Mode.WEB,
        seconds=form.progress.sealed.seconds,
        design=Design(cluster=form.link.target.service_point_id),
    )
    await responses.record_response(
        session, survey_id=form.link.survey_id, new=new, link=form.link, earliest=earliest, now=now
    )
    await partials.delete_progress(session, key=form.key)


def _advance(form: Form, submission: Submission, *, seconds: int) -> Progress:
    """Return the progress with the answers of a submitted page; without the reach in an anonymous survey."""
    layout, page = Layout(form.questionnaire, submission.answers), submission.page
    reach = Reach(layout.shown_up_to(page), tuple(layout.visible_answers()), layout.first_unanswered(page))
    return replace(
        form.progress,
        reach=Reach() if form.is_anonymous else reach,
        sealed=Sealed(page, seconds, submission.answers),
    )


def _nothing_stored(link: Link, survey_version: int, *, now: datetime) -> Progress:
    last_day = expiry_day(link.expires_at, is_open=link.kind is LinkKind.OPEN, now=now)
    return Progress(link.survey_id, survey_version, last_day)
