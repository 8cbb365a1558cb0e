"""Recovery of the survey service after a restore: the values of responses are recovered from their events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.event import Event
from heed_common.contracts.survey import InvitationIssued, ResponseReceived, SurveyEvent, SurveyPublished
from heed_common.decoding import ReceivedEvent
from heed_common.messages import recovery as messages
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version
from heed_survey.call_backs import repository as call_backs
from heed_survey.call_backs.rules import CallBack, CallBackState
from heed_survey.responses.tables import Response
from heed_survey.surveys import repository as surveys
from heed_survey.surveys.rules import SurveyState
from heed_survey.surveys.tables import Survey

TITLE_PLACEHOLDER = "(lost in a restore)"


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover surveys first, because responses belong to them; then the responses, then the call-backs."""
    findings: list[Finding] = []
    for received in published.events:
        if isinstance(received.event, SurveyEvent):
            findings += await _recover_survey(session, received.event, received, now)
    for received in published.events:
        if isinstance(received.event, ResponseReceived):
            findings += await _recover_response(session, received.event, received, now)
    findings += await _recover_call_backs(session, [received.event for received in published.events])
    return findings + await messages.recover(session, published, now)


async def _recover_survey(
    session: AsyncSession, event: SurveyEvent, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    """Publish a draft again that was published; the questions of an unknown survey are lost."""
    survey = await surveys.lock_survey(session, event.survey_id)
    if survey is None:
        await surveys.add_survey(session, _stub(event, now))
        return [Finding("survey", event.survey_id, RecoveryOutcome.LOST, "its questions; responses to it are stored")]
    if survey.state == SurveyState.PUBLISHED or not isinstance(event, SurveyPublished):
        return []
    survey.state, survey.published_at = SurveyState.PUBLISHED, event.occurred_at
    survey.survey_version, survey.version = event.survey_version, row_version(received)
    survey.revision += 1
    return [Finding("survey", survey.id, RecoveryOutcome.RECOVERED, "published")]


def _stub(event: SurveyEvent, now: datetime) -> Survey:
    return Survey(
        id=event.survey_id,
        fingerprint=NO_FINGERPRINT,
        title=TITLE_PLACEHOLDER,
        items=[],
        state=SurveyState.PUBLISHED,
        created_at=now,
        published_at=now,
        survey_version=event.survey_version,
        version=1,
        revision=1,
    )


async def _recover_response(
    session: AsyncSession, event: ResponseReceived, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    values: dict[str, Any] = {
        "id": event.response_id,
        "external_id": event.external_id,
        "fingerprint": NO_FINGERPRINT,
        "event_id": received.id,
        "survey_id": event.survey_id,
        "survey_version": event.survey_version,
        "customer_id": event.customer_id,
        "complaint_id": event.complaint_id,
        "answered_at": event.occurred_at,
        "received_at": now,
        "answers": [{"item": answer.item, "value": answer.value} for answer in event.answers],
    }
    added = insert(Response).values(values).on_conflict_do_nothing().returning(Response.id)
    if await session.scalar(added) is None:
        return []
    return [Finding("response", event.response_id, RecoveryOutcome.RECOVERED, "without free text")]


async def _recover_call_backs(session: AsyncSession, events: Sequence[Event]) -> list[Finding]:
    """Recover sent invitations, so that no customer is invited again when the complaint's completion is replayed."""
    invited = {
        event.complaint_id: event for event in events if isinstance(event, InvitationIssued) if event.complaint_id
    }
    answered = {
        event.complaint_id: event for event in events if isinstance(event, ResponseReceived) if event.complaint_id
    }
    complaint_ids = sorted(invited.keys() | answered.keys())
    current = await call_backs.lock_call_backs(session, complaint_ids)
    for id_ in complaint_ids:
        event = invited.get(id_) or answered[id_]
        # All but the call-back state of an unknown complaint comes from its own events, any of which is newer.
        current.setdefault(id_, CallBack(id_, event.customer_id, version=0, selling_suspended=False))
    recovered = [_recovered(current[id_], invited.get(id_), answered.get(id_)) for id_ in complaint_ids]
    await call_backs.upsert_call_backs(session, recovered)
    return [Finding("call_back", id_, RecoveryOutcome.RECOVERED) for id_ in complaint_ids]


def _recovered(call_back: CallBack, invited: InvitationIssued | None, answered: ResponseReceived | None) -> CallBack:
    """Return the call-back. These events lack the completion itself, which came before the invitation."""
    if invited is not None:
        call_back = replace(call_back, call_back_state=CallBackState.DUE, invitation_id=invited.invitation_id)
    if answered is not None:
        call_back = replace(call_back, call_back_state=CallBackState.ANSWERED, response_id=answered.response_id)
    latest = max(event.occurred_at for event in (invited, answered) if event is not None)
    return replace(call_back, completed_at=latest)
