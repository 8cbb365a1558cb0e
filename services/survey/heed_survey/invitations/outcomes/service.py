"""What became of invitations: reactions to messages and responses, and what the form reports."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel, MessageFailed, MessageSent, MessageSubject
from heed_common.contracts.survey import ResponseReceived
from heed_common.messages import queue
from heed_common.messages.queue import OutgoingMessage
from heed_survey.customers import service as customers
from heed_survey.invitations.links import service as links
from heed_survey.invitations.outcomes.rules import Disposition, disposition
from heed_survey.invitations.records import repository as invitations
from heed_survey.invitations.records import rules
from heed_survey.invitations.records.rules import ABOUT, InvitationState
from heed_survey.invitations.records.tables import Invitation
from heed_survey.surveys import service as surveys


async def record_sent(session: AsyncSession, events: Sequence[MessageSent], now: datetime) -> None:
    """React to messages that left: plan the first reminder."""
    ids = [event.about.id for event in events if event.about is not None and event.about.type == ABOUT]
    for invitation in await invitations.lock_invitations(session, ids):
        if invitation.state != InvitationState.QUEUED:
            continue
        invitation.state, invitation.sent_at = InvitationState.SENT, now
        invitation.remind_at = rules.next_reminder_at(
            invitation.remind_every, left=invitation.reminders_left, after=now, expires_at=invitation.expires_at
        )


async def record_failures(session: AsyncSession, events: Sequence[MessageFailed], now: datetime) -> None:
    """React to messages that did not reach the customer, who is not reminded after a refusal or a bounce."""
    failures = {event.about.id: event for event in events if event.about is not None and event.about.type == ABOUT}
    for invitation in await invitations.lock_invitations(session, failures):
        failure = failures[invitation.id]
        if InvitationState(invitation.state) in rules.ENDED:
            continue
        state = rules.state_after_failure(
            failure.outcome, failure.reason, bounced=failure.bounced, was_sent=invitation.sent_at is not None
        )
        if state in rules.ENDED:
            _end(invitation, state, reason=failure.reason, now=now)


async def record_responses(session: AsyncSession, events: Sequence[ResponseReceived], now: datetime) -> None:
    """Mark the personal invitations that were answered, over their link or otherwise."""
    for invitation in await mark_answered(session, events, now=now):
        await _thank(session, invitation, now=now)


async def mark_answered(
    session: AsyncSession, events: Sequence[ResponseReceived], *, now: datetime
) -> list[Invitation]:
    """Mark the personal invitations that were answered by responses of this moment. Return them."""
    identified = [(event, event.customer_id) for event in events if event.customer_id is not None]
    families = await customers.families_of(session, {customer_id for _, customer_id in identified})
    answered: dict[UUID, set[tuple[UUID, UUID | None]]] = {}
    for event, customer_id in identified:
        of_survey = answered.setdefault(event.survey_id, set())
        of_survey |= {(member, event.complaint_id) for member in families[customer_id]}
    marked = []
    for survey_id, pairs in sorted(answered.items()):
        members = {customer_id for customer_id, _ in pairs}
        for invitation in await invitations.lock_open_of(session, survey_id=survey_id, customer_ids=members):
            if (invitation.customer_id, invitation.complaint_id) in pairs and invitation.created_at <= now:
                _end(invitation, InvitationState.ANSWERED, reason=None, now=now)
                marked.append(invitation)
    return marked


async def mark_started(session: AsyncSession, *, invitation_id: UUID, now: datetime) -> None:
    """Record that some answers are stored. Of an anonymous survey there is no invitation to a link."""
    for invitation in await invitations.lock_invitations(session, [invitation_id]):
        if InvitationState(invitation.state) not in rules.ENDED:
            invitation.state, invitation.sent_at = InvitationState.STARTED, invitation.sent_at or now


async def mark_ended(
    session: AsyncSession, *, invitation_id: UUID, state: InvitationState, reason: str | None = None, now: datetime
) -> None:
    """Record a refusal on the form, or that the customer was screened out. An ended invitation stays as it is."""
    for invitation in await invitations.lock_invitations(session, [invitation_id]):
        if InvitationState(invitation.state) not in rules.ENDED:
            _end(invitation, state, reason=reason, now=now)


async def disposition_counts(
    session: AsyncSession, *, survey_id: UUID, wave: str | None = None
) -> Mapping[Disposition, int]:
    """Return how many invitations have each disposition; without a wave those of all waves.

    Of an anonymous survey only the number of used links is known, not whose they were: so many invitations without
    another disposition count as complete.
    """
    counts: Counter[Disposition] = Counter()
    for state, reason, count in await invitations.count_states(session, survey_id=survey_id, wave=wave):
        counts[disposition(state, reason)] += count
    answered = await links.count_burnt(session, survey_id=survey_id, wave=wave)
    answered = min(answered, counts[Disposition.NOTHING_RETURNED])
    counts[Disposition.NOTHING_RETURNED] -= answered
    counts[Disposition.COMPLETE] += answered
    return {item: count for item, count in sorted(counts.items()) if count}


def _end(invitation: Invitation, state: InvitationState, *, reason: str | None, now: datetime) -> None:
    invitation.state, invitation.reason, invitation.ended_at = state, reason, now
    invitation.remind_at, invitation.reminders_left = None, 0


async def _thank(session: AsyncSession, invitation: Invitation, *, now: datetime) -> None:
    if not invitation.thanks:
        return
    survey = await surveys.get_survey(session, survey_id=invitation.survey_id)
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=survey.survey_version)
    message = OutgoingMessage(
        id=rules.message_id(invitation.id, rules.THANKS),
        template=rules.THANKS,
        channels=[ContactChannel(channel) for channel in invitation.channels],
        customer_id=invitation.customer_id,
        params=rules.titles(questionnaire.title),
        about=MessageSubject(type=rules.ABOUT, id=invitation.id),
    )
    await queue.enqueue(session, message, now=now)
