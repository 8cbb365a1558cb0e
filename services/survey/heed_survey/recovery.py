"""Recovery of the survey service after a restore: what its events have of surveys, invitations and responses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.event import Event
from heed_common.contracts.survey import InvitationIssued, ResponseReceived, SurveyEvent, SurveyPublished
from heed_common.decoding import ReceivedEvent
from heed_common.languages import LANGUAGES
from heed_common.messages import recovery as messages
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version
from heed_survey.actions.policies import recovery as policies
from heed_survey.call_backs import repository as call_backs
from heed_survey.call_backs.rules import CallBack, CallBackState
from heed_survey.invitations import recovery as invitations
from heed_survey.responses import recovery as responses
from heed_survey.surveys import repository as surveys
from heed_survey.surveys.questionnaire.documents import to_document
from heed_survey.surveys.questionnaire.items import Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import DEFAULT_MIN_GROUP, SurveyState
from heed_survey.surveys.service import new_version
from heed_survey.surveys.tables import Survey, SurveyVersion

TITLE_PLACEHOLDER = Translated("(lost in a restore)", "（恢复时丢失）")


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover surveys first, because all else belongs to them; messages before the invitations that they are about."""
    findings: list[Finding] = []
    for received in sorted(published.events, key=_publications_first):
        if isinstance(received.event, SurveyEvent):
            findings += await _recover_survey(session, received.event, received, now)
    findings += await _recover_call_backs(session, [received.event for received in published.events])
    findings += await messages.recover(session, published, now)
    findings += await invitations.recover(session, published, now)
    findings += await responses.recover(session, published, now)
    return findings + await policies.recover(session, published)


def _publications_first(received: ReceivedEvent[Event]) -> bool:
    """Only they have the settings of a survey that the backup lacks."""
    return not isinstance(received.event, SurveyPublished)


async def _recover_survey(
    session: AsyncSession, event: SurveyEvent, received: ReceivedEvent[Event], now: datetime
) -> list[Finding]:
    """Publish a version again that was published; the questions of an unknown survey or version are lost."""
    survey = await surveys.lock_survey(session, event.survey_id)
    if survey is None:
        await surveys.add_survey(session, _stub(event, now))
        await surveys.add_version(session, _empty_version(event, now))
        return [Finding("survey", event.survey_id, RecoveryOutcome.LOST, "its questions; responses to it are stored")]
    if not isinstance(event, SurveyPublished) or _is_published(survey, event):
        return []
    version = await surveys.find_version(session, event.survey_id, event.survey_version)
    if version is None:
        version = _empty_version(event, now)
        await surveys.add_version(session, version)
        findings = [Finding("survey", survey.id, RecoveryOutcome.LOST, "questions of its newest version")]
    else:
        findings = [Finding("survey", survey.id, RecoveryOutcome.RECOVERED, "published")]
    version.published_at = event.occurred_at
    _publish(survey, event, row_version(received))
    return findings


def _is_published(survey: Survey, event: SurveyPublished) -> bool:
    return survey.is_published and survey.survey_version >= event.survey_version


def _publish(survey: Survey, event: SurveyPublished, version: int) -> None:
    survey.survey_version, survey.published_at, survey.version = event.survey_version, event.occurred_at, version
    if survey.state != SurveyState.CLOSED:
        survey.state = SurveyState.PUBLISHED
    if survey.draft_version is not None and survey.draft_version <= event.survey_version:
        survey.draft_version = survey.pilot_version = None
    if event.anonymous is not None and event.min_group is not None:
        survey.anonymous, survey.min_group = event.anonymous, event.min_group
    survey.revision += 1


def _stub(event: SurveyEvent, now: datetime) -> Survey:
    """Return a survey without questions, as anonymous as it was."""
    published = event if isinstance(event, SurveyPublished) else None
    return Survey(
        anonymous=bool(published and published.anonymous),
        min_group=(published and published.min_group) or DEFAULT_MIN_GROUP,
        id=event.survey_id,
        fingerprint=NO_FINGERPRINT,
        state=SurveyState.PUBLISHED,
        created_at=now,
        published_at=now,
        survey_version=event.survey_version,
        version=1,
        revision=1,
    )


def _empty_version(event: SurveyEvent, now: datetime) -> SurveyVersion:
    empty = Questionnaire(TITLE_PLACEHOLDER, sections=(), languages=LANGUAGES)
    version = new_version(event.survey_id, event.survey_version, to_document(empty), now=now)
    version.published_at = now
    return version


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
