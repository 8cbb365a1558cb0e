"""Recovery of invitations after a restore: who was invited, which messages left, who answered, and the links.

A personal link is derived from its invitation, so one that only a mailbox has can be stored again, used or not. Of an
anonymous survey no invitation is published, nor which link was used: those since the backup are lost.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.contracts.message import ContactChannel, MessageEvent, MessageFailed, MessageSent
from heed_common.contracts.survey import InvitationIssued, InvitationKind, ResponseReceived
from heed_common.messages import queue
from heed_common.recovery import Finding, Published, RecoveryOutcome
from heed_common.session_cipher import has_cipher
from heed_survey.customers import service as customers
from heed_survey.invitations.delivery.service import link_target
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import AnonymousSigner, derive_token
from heed_survey.invitations.outcomes import service as outcomes
from heed_survey.invitations.records import repository, rules
from heed_survey.invitations.records.rules import Candidate, InvitationState, Terms
from heed_survey.invitations.records.service import first_message
from heed_survey.invitations.records.tables import Invitation


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover invitations, then their messages and links, then the answers; nothing is sent to those who answered.

    Call it after the recovery of the messages: what left since the backup is not queued again.
    """
    events = [received.event for received in published.events]
    issued = {event.invitation_id: event for event in events if isinstance(event, InvitationIssued)}
    messages = _messages_about_invitations(events)
    ids = {*issued, *(id_ for id_, _ in messages)}
    before = await repository.load_states(session, ids)
    await repository.insert_new(session, await _rows(session, issued.values()))
    await _apply_messages(session, messages)
    sent = {id_ for id_, event in messages if isinstance(event, MessageSent)}
    findings = await _recover_links(session, sorted(sent), published, now)
    for answered in await _apply_answers(session, published):
        ids.add(answered)
        before.setdefault(answered, "")
    findings += await _queue_unsent(session, sorted(issued), now)
    await session.flush()
    after = await repository.load_states(session, ids)
    return findings + [
        Finding("invitation", id_, RecoveryOutcome.RECOVERED, state)
        for id_, state in sorted(after.items())
        if before.get(id_) != state
    ]


def _messages_about_invitations(events: Iterable[Event]) -> list[tuple[UUID, MessageEvent]]:
    """Return the messages with the invitations that they are about, the oldest first."""
    found = [
        (event.about.id, event)
        for event in events
        if isinstance(event, MessageEvent) and event.about is not None and event.about.type == rules.ABOUT
    ]
    return sorted(found, key=lambda item: item[1].occurred_at)


async def _rows(session: AsyncSession, issued: Collection[InvitationIssued]) -> list[dict[str, Any]]:
    families = await customers.families_of(session, {event.customer_id for event in issued if event.customer_id})
    return [
        _row(event, event.customer_id, person_id=min(families[event.customer_id]))
        for event in issued
        if event.customer_id is not None
    ]


def _row(event: InvitationIssued, customer_id: UUID, *, person_id: UUID) -> dict[str, Any]:
    """Return the invitation as it was inserted. Call-backs have the same terms always, so events omit them."""
    occasion = str(event.invitation_id) if event.kind is InvitationKind.CALL_BACK else event.occasion or ""
    every = rules.Reminders().every
    if event.remind_every_seconds is not None:
        every = timedelta(seconds=event.remind_every_seconds)
    copied = ("survey_id", "kind", "complaint_id", "sample_id", "batch_id", "trigger_id")
    return {name: getattr(event, name) for name in copied} | {
        "id": event.invitation_id,
        "wave": event.wave or "",
        "occasion": occasion,
        "anonymous": False,
        "person_id": person_id,
        "customer_id": customer_id,
        "thanks": False,
        "channels": list(event.channels or (ContactChannel.MAIL,)),
        "state": InvitationState.QUEUED,
        "created_at": event.occurred_at,
        "expires_at": event.expires_at or event.occurred_at + rules.DEFAULT_LIFETIME,
        "reminders_left": event.reminders,
        "remind_every": every,
    }


async def _apply_messages(session: AsyncSession, messages: Sequence[tuple[UUID, MessageEvent]]) -> None:
    for invitation_id, event in messages:
        if isinstance(event, MessageSent):
            await outcomes.record_sent(session, [event], event.occurred_at)
            for invitation in await repository.lock_invitations(session, [invitation_id]):
                _count_reminder(invitation, event)
        elif isinstance(event, MessageFailed):
            await outcomes.record_failures(session, [event], event.occurred_at)


def _count_reminder(invitation: Invitation, event: MessageSent) -> None:
    """Count the message if it is a reminder that was planned after the backup."""
    planned = range(invitation.reminders_sent + 1, invitation.reminders_sent + invitation.reminders_left + 1)
    numbers = [number for number in planned if rules.message_id(invitation.id, number) == event.message_id]
    for number in numbers:
        invitation.reminders_left -= number - invitation.reminders_sent
        invitation.reminders_sent = number
        invitation.remind_at = rules.next_reminder_at(
            invitation.remind_every,
            left=invitation.reminders_left,
            after=event.occurred_at,
            expires_at=invitation.expires_at,
        )


async def _apply_answers(session: AsyncSession, published: Published) -> list[UUID]:
    """Mark the invitations that were answered, and use up their links. Return the invitations."""
    answered = []
    for received in published.events:
        if isinstance(received.event, ResponseReceived):
            invitations = await outcomes.mark_answered(session, [received.event], now=received.time)
            answered += [invitation.id for invitation in invitations]
            if received.event.invitation_id is not None:
                await links.use_up(session, invitation_id=received.event.invitation_id, at=received.time)
    return answered


async def _recover_links(
    session: AsyncSession, invitation_ids: Sequence[UUID], published: Published, now: datetime
) -> list[Finding]:
    """Store the links that were sent since the backup. A link that the backup has stays as it is."""
    if published.service_token is None:
        return [
            Finding("invitation", id_, RecoveryOutcome.LOST, "its link, if the backup lacks it")
            for id_ in invitation_ids
        ]
    secret = published.service_token.get_secret_value().encode()
    for invitation in await repository.lock_invitations(session, invitation_ids):
        if invitation.anonymous:
            await _recover_key(session, invitation, secret)
            continue
        await links.store_token(
            session,
            token=derive_token(secret, invitation_id=invitation.id),
            target=link_target(invitation),
            expires_at=invitation.expires_at,
            now=now,
        )
    return []


async def _recover_key(session: AsyncSession, invitation: Invitation, secret: bytes) -> None:
    survey_id, wave = invitation.survey_id, invitation.wave or None
    signer = AnonymousSigner(secret, survey_id=survey_id, wave=wave)
    await links.publish_key(session, signer=signer, survey_id=survey_id, wave=wave, expires_at=invitation.expires_at)


async def _queue_unsent(session: AsyncSession, invitation_ids: Sequence[UUID], now: datetime) -> list[Finding]:
    """Queue the messages that had not left when the database was lost. One that is in the queue stays as it is."""
    unsent = [
        invitation
        for invitation in await repository.lock_invitations(session, invitation_ids)
        if invitation.state == InvitationState.QUEUED and invitation.expires_at > now
    ]
    if unsent and not has_cipher(session):
        return [Finding("invitation", each.id, RecoveryOutcome.LOST, "its message: no keys") for each in unsent]
    await queue.enqueue_all(session, [_first_message(invitation, now) for invitation in unsent], now=now)
    return []


def _first_message(invitation: Invitation, now: datetime) -> queue.OutgoingMessage:
    terms = Terms(
        survey_id=invitation.survey_id,
        wave=invitation.wave,
        kind=InvitationKind(invitation.kind),
        channels=tuple(ContactChannel(channel) for channel in invitation.channels),
        lifetime=invitation.expires_at - now,
    )
    candidate = Candidate(customer_id=invitation.customer_id, occasion=invitation.occasion)
    return first_message(invitation.id, candidate, terms, now=now)
