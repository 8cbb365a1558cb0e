"""Use case of survey responses: record one and publish its values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_common.upserts import Upserted
from heed_survey.call_backs import service as call_backs
from heed_survey.customers.frame import service as customer_frame
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import Link
from heed_survey.responses import repository, rules
from heed_survey.responses.anonymous import service as anonymous
from heed_survey.responses.answers import check_answers
from heed_survey.responses.cells import columns
from heed_survey.responses.encoding import encode
from heed_survey.responses.errors import AnonymousNotFiltered
from heed_survey.responses.events import Collected, response_events
from heed_survey.responses.quality import service as quality
from heed_survey.responses.quality.rules import answers_hash
from heed_survey.responses.rules import (
    NO_DESIGN,
    NO_FILTER,
    CheckedResponse,
    Mode,
    NewResponse,
    ResponseFilter,
    State,
    StoredResponse,
    to_design,
)
from heed_survey.responses.tables import Response
from heed_survey.sampling.quotas import service as quotas
from heed_survey.sampling.samples import service as samples
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import quota_facts
from heed_survey.surveys.rules import collecting_version
from heed_survey.surveys.tables import Survey


class ResponseList(NamedTuple):
    """A page of responses, and the columns of a file with all of them."""

    rows: Sequence[Response]
    columns: Sequence[str]
    anonymous: bool


async def record_response(
    session: AsyncSession, *, survey_id: UUID, new: NewResponse, link: Link | None = None, earliest: date, now: datetime
) -> Upserted[Response | None]:
    """Record the response, use up its link, and publish its values. Nothing is returned of an anonymous response.

    Raises `SurveyNotPublished`, `SurveyClosed`, `VersionChanged`, `LinkUsed`, `AnotherCustomersLink`, `NotAnonymous`,
    `QuotaFull`, `CallBackNotOpen`, `AnotherCustomer`, `ExternalIdConflict`, and errors of the answers.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    checked = await check_response(session, survey, rules.with_link(new, link), earliest=earliest, now=now)
    if link is not None:
        await links.burn(session, link=link, now=now)
    if survey.anonymous:
        await take_quotas(session, survey, checked, context=await _context_of(session, checked, link))
        await anonymous.add_to_pool(session, survey_id=survey_id, responses=[checked])
        return Upserted(None, created=True)
    return await _record_identified(session, survey, checked, link=link, now=now)


async def _record_identified(
    session: AsyncSession, survey: Survey, checked: CheckedResponse, *, link: Link | None, now: datetime
) -> Upserted[Response | None]:
    call_back = await call_backs.lock_call_back(session, complaint_id=checked.new.complaint_id)
    given = checked.new.customer_id
    if call_back is not None:
        checked = replace(checked, new=replace(checked.new, customer_id=call_back.customer_id))
    checked = await _with_sample(session, checked, link)
    context = await _context_of(session, checked, link)
    (flags,) = await quality.flag_responses(session, survey_id=survey.id, responses=[checked])
    own = {"link_id": link and link.id, "context": context}
    row = new_row(survey.id, checked, flags=flags, now=now) | own
    response = await repository.insert_response(session, row)
    if response is None:
        return Upserted(await _repeated(session, survey.id, checked, given), created=False)
    taken = await take_quotas(session, survey, checked, context=context)
    if checked.new.complaint_id is not None:
        await call_backs.mark_answered(session, call_back, response_id=response.id, customer_id=given)
    invitation_id = None if link is None else link.target.invitation_id
    collected = Collected(quotas=taken, flags=tuple(flags), invitation_id=invitation_id)
    await outbox.stage_all(session, response_events(response, checked.questionnaire, collected), now=now)
    return Upserted(response, created=True)


async def list_responses(
    session: AsyncSession, *, survey_id: UUID, filters: ResponseFilter, before: UUID | None, limit: int
) -> ResponseList:
    """Return a page of the survey's responses, the newest first; of an anonymous survey in random order.

    Raises `AnonymousNotFiltered`.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if survey.anonymous:
        if filters != NO_FILTER:
            raise AnonymousNotFiltered
        filters = ResponseFilter(states=(State.PUBLISHED,))
    rows = await repository.list_responses(session, survey_id, filters, before=before, limit=limit)
    versions = await _collected_versions(session, survey)
    return ResponseList(rows, columns(versions), survey.anonymous)


async def _collected_versions(session: AsyncSession, survey: Survey) -> list[Questionnaire]:
    """Return the versions that may have responses, the oldest first."""
    newest = survey.survey_version if survey.is_published else 0
    return [
        await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=version)
        for version in range(1, max(newest, survey.pilot_version or 0) + 1)
    ]


async def list_form_records(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> list[bytes]:
    """Return the encoded answers of the responses that were given on the form."""
    modes = (Mode.WEB, Mode.COMMENT_CARD)
    records = await repository.list_records(session, survey_id=survey_id, survey_version=survey_version, modes=modes)
    return list(records)


async def check_response(
    session: AsyncSession, survey: Survey, new: NewResponse, *, earliest: date, now: datetime
) -> CheckedResponse:
    """Check the response against the version of the survey that it belongs to."""
    version, _ = collecting_version(survey, new.survey_version)
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=version)
    return check_against(questionnaire, survey, new, earliest=earliest, now=now)


def check_against(
    questionnaire: Questionnaire, survey: Survey, new: NewResponse, *, earliest: date, now: datetime
) -> CheckedResponse:
    """Check the response against the questionnaire of its version."""
    version, is_pilot = collecting_version(survey, new.survey_version)
    answered_at = new.answered_at or now
    check_occurrence(answered_at, earliest=earliest, now=now, pointer="/answered_at")
    if survey.anonymous:
        rules.check_anonymous(new)
    if new.complaint_id is not None:
        rules.check_call_back(questionnaire)
    answers = check_answers(new.answers, questionnaire)
    return CheckedResponse(
        new=replace(new, answers=answers, wave=new.wave or survey.wave),
        questionnaire=questionnaire,
        survey_version=version,
        state=State.PILOT if is_pilot else State.PUBLISHED,
        answered_at=answered_at,
        encoded=encode(answers, questionnaire),
        answers_hash=answers_hash(answers),
    )


async def _with_sample(session: AsyncSession, checked: CheckedResponse, link: Link | None) -> CheckedResponse:
    """Return the response with the design of the sample to which its invitation belongs."""
    sample_id = None if link is None else link.target.sample_id
    customer_id = checked.new.customer_id
    if sample_id is None or customer_id is None or checked.new.design != NO_DESIGN:
        return checked
    member = await samples.design_of(session, sample_id=sample_id, customer_id=customer_id)
    return checked if member is None else replace(checked, new=replace(checked.new, design=to_design(member)))


async def _context_of(session: AsyncSession, checked: CheckedResponse, link: Link | None) -> dict[str, Any]:
    """Return the fields of the customer; the service point is that of the link, if it has one."""
    context = await customer_frame.context_of(session, customer_id=checked.new.customer_id)
    service_point_id = None if link is None else link.target.service_point_id
    return context if service_point_id is None else context | {"service_point_id": service_point_id}


async def take_quotas(
    session: AsyncSession, survey: Survey, checked: CheckedResponse, *, context: Mapping[str, Any]
) -> tuple[str, ...]:
    """Count the response in the quotas of the survey. Return their names. Raises `QuotaFull`."""
    if not survey.quotas or checked.state is not State.PUBLISHED:
        return ()
    facts = quota_facts(checked.questionnaire, checked.new.answers, context)
    return await quotas.take(session, survey=survey, questionnaire=checked.questionnaire, facts=facts)


def new_row(survey_id: UUID, checked: CheckedResponse, *, flags: Sequence[str], now: datetime) -> dict[str, Any]:
    """Return the columns of a new response that is not anonymous."""
    new = checked.new
    return asdict(new.design) | {
        # The time in a UUIDv7 would help to find out who answered without a name.
        "id": uuid4() if new.customer_id is None else new_id(),
        "external_id": new.external_id,
        "event_id": new_id(),
        "survey_id": survey_id,
        "survey_version": checked.survey_version,
        "state": checked.state,
        "customer_id": new.customer_id,
        "complaint_id": new.complaint_id,
        "mode": new.mode,
        "wave": new.wave,
        "interviewer": new.interviewer,
        "flags": list(flags),
        "seconds": new.seconds,
        "answers": dict(new.answers),
        "encoded": checked.encoded,
        "answers_hash": checked.answers_hash,
        "answered_at": checked.answered_at,
        "received_at": now,
    }


async def _repeated(
    session: AsyncSession, survey_id: UUID, checked: CheckedResponse, customer_id: UUID | None
) -> Response:
    """Return the stored response of a repeated request. Raises `ExternalIdConflict` if it has another content."""
    response = await repository.get_by_external_id(session, checked.new.external_id)
    if not rules.is_repetition(response, survey_id=survey_id, new=checked, customer_id=customer_id):
        raise ExternalIdConflict(pointer="/external_id")
    complete(response, checked)
    return response


def complete(response: Response, checked: CheckedResponse) -> None:
    """Complete a response that a restore recovered from its event, by the request that repeats it."""
    if not response.is_recovered:
        return
    response.answers, response.is_recovered = dict(checked.new.answers), False
    response.encoded, response.answers_hash = checked.encoded, checked.answers_hash
    response.interviewer, response.seconds = checked.new.interviewer, checked.new.seconds
    if checked.new.design != NO_DESIGN:
        for name, value in asdict(checked.new.design).items():
            setattr(response, name, value)


async def load_responses(session: AsyncSession, response_ids: Collection[UUID]) -> list[StoredResponse]:
    """Return these responses with their answers."""
    rows = await repository.load_responses(session, response_ids)
    return [StoredResponse(**{name: getattr(row, name) for name in StoredResponse._fields}) for row in rows]
