"""Use case of survey responses: record one and publish its values."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT, fingerprint, has_same_content
from heed_common.contracts.survey import DetractorFound, ResponseReceived
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_common.outbox import StagedEvent
from heed_common.upserts import Upserted
from heed_survey.call_backs import service as call_backs
from heed_survey.call_backs.rules import interpret_answers
from heed_survey.responses import repository, rules
from heed_survey.responses.rules import NewResponse
from heed_survey.responses.tables import Response
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.rules import collecting_version
from heed_survey.surveys.tables import Survey


async def record_response(
    session: AsyncSession, *, survey_id: UUID, new: NewResponse, earliest: date, now: datetime
) -> Upserted[Response]:
    """Record the response and publish its values.

    Raises `SurveyNotPublished`, `CallBackNotOpen`, `AnotherCustomer`, `ExternalIdConflict`, and errors of the answers.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    version, _ = collecting_version(survey, None)
    items = (await surveys.get_questionnaire(session, survey_id=survey_id, survey_version=version)).items
    _check(new, items, earliest=earliest, now=now)
    call_back = await call_backs.lock_call_back(session, complaint_id=new.complaint_id)
    customer_id = call_back.customer_id if call_back else new.customer_id
    response = await repository.insert_response(session, _new_row(survey, new, customer_id=customer_id, now=now))
    if response is None:
        return Upserted(await _repeated(session, survey_id, new), created=False)
    if new.complaint_id is not None:
        await call_backs.mark_answered(session, call_back, response_id=response.id, customer_id=new.customer_id)
    await outbox.stage_all(session, _to_events(response, new, items), now=now)
    return Upserted(response, created=True)


def _check(new: NewResponse, items: Sequence[Item], *, earliest: date, now: datetime) -> None:
    check_occurrence(new.answered_at or now, earliest=earliest, now=now, pointer="/answered_at")
    rules.check_answers(new.answers, items)
    if new.complaint_id is not None:
        rules.check_call_back(items)


def _new_row(survey: Survey, new: NewResponse, *, customer_id: UUID | None, now: datetime) -> dict[str, Any]:
    return {
        # The time in a UUIDv7 would help to find out who answered anonymously.
        "id": uuid4() if customer_id is None else new_id(),
        "external_id": new.external_id,
        "fingerprint": _content_hash(survey.id, new),
        "event_id": new_id(),
        "survey_id": survey.id,
        "survey_version": survey.survey_version,
        "customer_id": customer_id,
        "complaint_id": new.complaint_id,
        "answered_at": new.answered_at or now,
        "received_at": now,
        "answers": [answer.to_json() for answer in new.answers],
    }


def _to_events(response: Response, new: NewResponse, items: Sequence[Item]) -> list[StagedEvent]:
    """Return the event with the values, and a second one if the customer is a detractor."""
    common = {
        "occurred_at": response.answered_at,
        "survey_id": response.survey_id,
        "survey_version": response.survey_version,
        "response_id": response.id,
        "customer_id": response.customer_id,
    }
    answers = rules.published_answers(new.answers, items)
    result = {} if new.complaint_id is None else interpret_answers(answers)
    external_id = None if response.customer_id is None else response.external_id
    received = ResponseReceived(
        **common, answers=answers, complaint_id=new.complaint_id, external_id=external_id, **result
    )
    events = [StagedEvent(received, 1, id=response.event_id)]
    # An answer to a call-back reopens its own complaint and never opens another.
    may_be_detractor = response.customer_id is not None and new.complaint_id is None
    detractor = rules.find_detractor_answer(answers) if may_be_detractor else None
    if detractor is not None:
        scale = {"score": detractor.value, "lowest": detractor.lowest, "highest": detractor.highest}
        events.append(StagedEvent(DetractorFound(**common, **scale), 2))
    return events


async def _repeated(session: AsyncSession, survey_id: UUID, new: NewResponse) -> Response:
    response = await repository.get_by_external_id(session, new.external_id)
    if response.fingerprint == NO_FINGERPRINT:  # Recovered from its event, which has no free text.
        response.answers = [answer.to_json() for answer in new.answers]
        response.fingerprint = _content_hash(survey_id, new)
    if not _is_same(response, survey_id, new):
        raise ExternalIdConflict
    return response


def _is_same(response: Response, survey_id: UUID, new: NewResponse) -> bool:
    """Return whether the stored response has the same content; its answers may have any order."""
    filled_in: dict[str, object] = {"answered_at": response.answered_at}
    if new.complaint_id is not None:  # The customer is that of the complaint.
        filled_in["customer_id"] = response.customer_id
    sorted_like_stored = replace(new, answers=rules.in_stored_order(response.answers, new.answers))
    content = asdict(sorted_like_stored) | {"survey_id": survey_id}
    return has_same_content(response.fingerprint, content, filled_in=filled_in)


def _content_hash(survey_id: UUID, new: NewResponse) -> bytes:
    return fingerprint(asdict(new) | {"survey_id": survey_id})
