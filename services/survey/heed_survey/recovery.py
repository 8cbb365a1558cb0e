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
from heed_common.recovery import Finding, Outcome, Published, row_version
from heed_survey.call_backs import repository as call_backs
from heed_survey.call_backs.rules import CallBackState, Known
from heed_survey.surveys import repository as surveys
from heed_survey.surveys.rules import SurveyState
from heed_survey.tables import Response, Survey

LOST_TITLE = "(lost in a restore)"


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover surveys first, because responses belong to them; then the responses, then the call-backs."""
    findings: list[Finding] = []
    for one in published.events:
        if isinstance(one.event, SurveyEvent):
            findings += await _recover_survey(session, one.event, one, now)
    for one in published.events:
        if isinstance(one.event, ResponseReceived):
            findings += await _recover_response(session, one.event, one, now)
    return findings + await _recover_call_backs(session, [one.event for one in published.events])


async def _recover_survey(
    session: AsyncSession, event: SurveyEvent, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    """Publish a draft again that was published; the questions of an unknown survey are lost."""
    survey = await surveys.lock_survey(session, event.survey_id)
    if survey is None:
        session.add(_stub(event, now))
        await session.flush()
        return [Finding("survey", event.survey_id, Outcome.LOST, "its questions; responses to it are kept")]
    if survey.state == SurveyState.PUBLISHED or not isinstance(event, SurveyPublished):
        return []
    survey.state, survey.published_at = SurveyState.PUBLISHED, event.occurred_at
    survey.survey_version, survey.version = event.survey_version, row_version(received)
    survey.revision += 1
    return [Finding("survey", survey.id, Outcome.RECOVERED, "published")]


def _stub(event: SurveyEvent, now: datetime) -> Survey:
    return Survey(
        id=event.survey_id,
        fingerprint=NO_FINGERPRINT,
        title=LOST_TITLE,
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
    return [Finding("response", event.response_id, Outcome.RECOVERED, "without free text")]


async def _recover_call_backs(session: AsyncSession, lost: Sequence[Event]) -> list[Finding]:
    """Recover sent invitations, so that no customer is invited again when the complaint's completion is replayed."""
    invited = {event.complaint_id: event for event in lost if isinstance(event, InvitationIssued) if event.complaint_id}
    answered = {
        event.complaint_id: event for event in lost if isinstance(event, ResponseReceived) if event.complaint_id
    }
    named = sorted(invited.keys() | answered.keys())
    known = await call_backs.lock_known(session, named)
    for id_ in named:
        about = invited.get(id_) or answered[id_]
        # All but the call-back state of an unknown complaint comes from its own events, any of which is newer.
        known.setdefault(id_, Known(id_, about.customer_id, version=0, selling_suspended=False))
    await call_backs.write(session, [_called(known[id_], invited.get(id_), answered.get(id_)) for id_ in named])
    return [Finding("call_back", id_, Outcome.RECOVERED) for id_ in named]


def _called(known: Known, invited: InvitationIssued | None, answered: ResponseReceived | None) -> Known:
    """Return the call-back state. These events lack the completion itself, which came before the invitation."""
    if invited is not None:
        known = replace(known, call_back=CallBackState.DUE, invitation_id=invited.invitation_id)
    if answered is not None:
        known = replace(known, call_back=CallBackState.ANSWERED, response_id=answered.response_id)
    latest = max(event.occurred_at for event in (invited, answered) if event is not None)
    return replace(known, completed_at=latest)
