"""A customer answers, and the others hear the numbers."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT, fingerprint, has_same_content
from heed_common.contracts.survey import DetractorFound, ResponseReceived
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_common.outbox import StagedEvent
from heed_survey.call_backs import service as call_backs
from heed_survey.call_backs.rules import verdict as verdict_of
from heed_survey.responses import repository, rules
from heed_survey.responses.errors import ExternalIdConflict, SurveyNotPublished
from heed_survey.responses.rules import NewResponse
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import Item, SurveyState, item_of
from heed_survey.tables import Response, Survey


async def record(
    session: AsyncSession, *, survey_id: UUID, new: NewResponse, earliest: date, now: datetime
) -> tuple[Response, bool]:
    """Keeps the answers. False where they had been recorded before."""
    survey = await surveys.get(session, survey_id=survey_id)
    items = [item_of(stored) for stored in survey.items]
    _check(survey, new, items, earliest=earliest, now=now)
    about = await call_backs.lock(session, complaint_id=new.complaint_id)
    customer_id = about.customer_id if about else new.customer_id
    response = await repository.insert_response(session, _row(survey, new, customer_id=customer_id, now=now))
    if response is None:
        return await _recorded_before(session, survey_id, new), False
    if new.complaint_id is not None:
        await call_backs.note_answer(session, about, response_id=response.id, customer_id=new.customer_id)
    await outbox.stage_all(session, _told(response, new, items), now=now)
    return response, True


def _check(survey: Survey, new: NewResponse, items: Sequence[Item], *, earliest: date, now: datetime) -> None:
    if survey.state != SurveyState.PUBLISHED:
        raise SurveyNotPublished
    check_occurrence(new.answered_at or now, earliest=earliest, now=now, pointer="/answered_at")
    rules.check(new.answers, items)
    if new.complaint_id is not None:
        rules.check_call_back(items)


def _row(survey: Survey, new: NewResponse, *, customer_id: UUID | None, now: datetime) -> dict[str, Any]:
    return {
        # An id with a time in it would help to find out who answered anonymously.
        "id": uuid4() if customer_id is None else new_id(),
        "external_id": new.external_id,
        "fingerprint": _content(survey.id, new),
        "event_id": new_id(),
        "survey_id": survey.id,
        "survey_version": survey.survey_version,
        "customer_id": customer_id,
        "complaint_id": new.complaint_id,
        "answered_at": new.answered_at or now,
        "received_at": now,
        "answers": [given.as_json() for given in new.answers],
    }


def _told(response: Response, new: NewResponse, items: Sequence[Item]) -> list[StagedEvent]:
    """The numbers, and a second word about them where they say that somebody would not recommend us."""
    about = {
        "occurred_at": response.answered_at,
        "survey_id": response.survey_id,
        "survey_version": response.survey_version,
        "response_id": response.id,
        "customer_id": response.customer_id,
    }
    answers = rules.public(new.answers, items)
    verdict = {} if new.complaint_id is None else verdict_of(answers)
    named = None if response.customer_id is None else response.external_id
    received = ResponseReceived(**about, answers=answers, complaint_id=new.complaint_id, external_id=named, **verdict)
    staged = [StagedEvent(received, 1, id=response.event_id)]
    # An answer to a call-back reopens its own complaint and never opens another.
    detracting = rules.detracting(answers) if response.customer_id and new.complaint_id is None else None
    if detracting is not None:
        scale = {"score": detracting.value, "lowest": detracting.lowest, "highest": detracting.highest}
        staged.append(StagedEvent(DetractorFound(**about, **scale), 2))
    return staged


async def _recorded_before(session: AsyncSession, survey_id: UUID, new: NewResponse) -> Response:
    response = await repository.response_by_external_id(session, new.external_id)
    if response.fingerprint == NO_FINGERPRINT:  # Recovered from its event, which has no free text.
        response.answers = [given.as_json() for given in new.answers]
        response.fingerprint = _content(survey_id, new)
    if not _is_repeated(response, survey_id, new):
        raise ExternalIdConflict
    return response


def _is_repeated(response: Response, survey_id: UUID, new: NewResponse) -> bool:
    """Return whether it is the stored response again, its answers in whatever order."""
    filled_in: dict[str, object] = {"answered_at": response.answered_at}
    if new.complaint_id is not None:  # It says whose it is.
        filled_in["customer_id"] = response.customer_id
    same = replace(new, answers=rules.in_order_of(response.answers, new.answers))
    return has_same_content(response.fingerprint, asdict(same) | {"survey_id": survey_id}, filled_in=filled_in)


def _content(survey_id: UUID, new: NewResponse) -> bytes:
    return fingerprint(asdict(new) | {"survey_id": survey_id})
