"""A customer answers, and the others hear the numbers."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.survey import ResponseReceived
from heed_common.fields import is_too_far_ahead
from heed_common.fingerprints import fingerprint
from heed_common.identifiers import new_id
from heed_survey.responses import repository, rules
from heed_survey.responses.errors import ExternalIdConflict, InTheFuture, SurveyNotPublished
from heed_survey.responses.rules import NewResponse
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import SurveyState, item_of
from heed_survey.tables import Response


async def record(session: AsyncSession, *, survey_id: UUID, new: NewResponse, now: datetime) -> tuple[Response, bool]:
    """Keeps the answers. False where they had been recorded before."""
    survey = await surveys.get(session, survey_id=survey_id)
    if survey.state != SurveyState.PUBLISHED:
        raise SurveyNotPublished
    answered_at = new.answered_at or now
    if is_too_far_ahead(answered_at, now=now):
        raise InTheFuture(pointer="/answered_at")
    items = [item_of(stored) for stored in survey.items]
    rules.check(new.answers, items)
    response = await repository.insert_response(
        session,
        {
            # An id with a time in it would help to find out who answered anonymously.
            "id": uuid4() if new.customer_id is None else new_id(),
            "external_id": new.external_id,
            "fingerprint": _content(survey_id, new),
            "event_id": new_id(),
            "survey_id": survey_id,
            "survey_version": survey.survey_version,
            "customer_id": new.customer_id,
            "answered_at": answered_at,
            "received_at": now,
            "answers": [given.as_json() for given in new.answers],
        },
    )
    if response is None:
        return await _recorded_before(session, survey_id, new), False
    received = ResponseReceived(
        occurred_at=answered_at,
        survey_id=survey_id,
        survey_version=survey.survey_version,
        response_id=response.id,
        customer_id=new.customer_id,
        answers=rules.public(new.answers, items),
    )
    await outbox.stage(session, received, aggversion=1, now=now, event_id=response.event_id)
    return response, True


async def _recorded_before(session: AsyncSession, survey_id: UUID, new: NewResponse) -> Response:
    response = await repository.response_by_external_id(session, new.external_id)
    if response.fingerprint != _content(survey_id, new):
        raise ExternalIdConflict
    return response


def _content(survey_id: UUID, new: NewResponse) -> bytes:
    return fingerprint(asdict(new) | {"survey_id": survey_id})
