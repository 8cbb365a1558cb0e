"""Use cases of invitations: decide, invite, read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.message import ContactPurpose, MessageSubject
from heed_common.contracts.survey import InvitationIssued, InvitationKind
from heed_common.identifiers import new_id
from heed_common.messages import queue
from heed_common.messages.queue import OutgoingMessage
from heed_common.outbox import StagedEvent
from heed_survey.call_backs import service as call_backs
from heed_survey.customers import service as customers
from heed_survey.invitations.records import repository, rules
from heed_survey.invitations.records.errors import InvitationNotFound
from heed_survey.invitations.records.rules import Candidate, Decision, InvitationState, Outcome, Terms
from heed_survey.invitations.records.tables import Invitation
from heed_survey.surveys import service as surveys


async def decide(session: AsyncSession, *, terms: Terms, candidates: Sequence[Candidate]) -> list[Decision]:
    """Decide which of the customers are invited, by what this service knows; nothing is stored."""
    families = await customers.families_of(session, {candidate.customer_id for candidate in candidates})
    members = set().union(*families.values()) if families else set()
    invited = await repository.find_invited(session, survey_id=terms.survey_id, wave=terms.wave, customer_ids=members)
    blocked: set[UUID] = set()
    if terms.kind is not InvitationKind.CALL_BACK:
        blocked = set(await call_backs.blocking_complaints(session, families))
    return rules.decide(list(candidates), families=families, blocked=blocked, invited=invited)


async def invite(
    session: AsyncSession, *, terms: Terms, candidates: Sequence[Candidate], now: datetime
) -> list[tuple[Decision, UUID | None]]:
    """Invite the customers: store the invitations, queue their messages, publish `InvitationIssued`.

    Returns each decision with the id of the invitation. All of it is one transaction: after a crash there are an
    invitation, its message and its event, or none of them.
    """
    decisions = await decide(session, terms=terms, candidates=candidates)
    rows = {
        decision.candidate.invitation_id or new_id(): decision
        for decision in decisions
        if decision.outcome is Outcome.QUEUED
    }
    added = await repository.insert_new(session, [_row(id_, item, terms, now) for id_, item in rows.items()])
    ids = {id(decision): id_ for id_, decision in rows.items() if id_ in added}
    messages = [first_message(id_, item.candidate, terms, now=now) for id_, item in rows.items() if id_ in added]
    await queue.enqueue_all(session, messages, now=now)
    await _publish(session, {id_: rows[id_].candidate for id_ in sorted(added)}, terms, now=now)
    return [
        (decision if _was_added(decision, ids) else decision._replace(outcome=Outcome.ALREADY_INVITED), found)
        for decision in decisions
        for found in [ids.get(id(decision))]
    ]


async def invite_to_call_backs(session: AsyncSession, events: Sequence[InvitationIssued], now: datetime) -> None:
    """React to due call-backs: send the customer the form, under the id of the published invitation."""
    for survey_id in sorted({event.survey_id for event in events if event.kind is InvitationKind.CALL_BACK}):
        candidates = [
            Candidate(
                customer_id=event.customer_id,
                invitation_id=event.invitation_id,
                complaint_id=event.complaint_id,
                occasion=str(event.invitation_id),
            )
            for event in events
            if event.survey_id == survey_id and event.kind is InvitationKind.CALL_BACK and event.customer_id
        ]
        terms = await terms_of(session, survey_id=survey_id, kind=InvitationKind.CALL_BACK)
        await invite(session, terms=terms, candidates=candidates, now=now)


async def get_invitation(session: AsyncSession, *, survey_id: UUID, invitation_id: UUID) -> Invitation:
    """Return the invitation. Raises `InvitationNotFound`."""
    invitation = await repository.find_invitation(session, invitation_id)
    if invitation is None or invitation.survey_id != survey_id:
        raise InvitationNotFound
    return invitation


async def find_sample(session: AsyncSession, *, invitation_id: UUID) -> UUID | None:
    """Return the sample that the invited customer was drawn in."""
    invitation = await repository.find_invitation(session, invitation_id)
    return None if invitation is None else invitation.sample_id


async def list_invitations(
    session: AsyncSession, *, survey_id: UUID, filters: Mapping[str, object], after: UUID | None, limit: int
) -> Sequence[Invitation]:
    """Return a page of the survey's invitations, the latest first."""
    return await repository.list_invitations(session, survey_id=survey_id, filters=filters, after=after, limit=limit)


async def terms_of(session: AsyncSession, *, survey_id: UUID, **options: Any) -> Terms:  # noqa: ANN401 - of `Terms`
    """Return the terms of invitations to this survey in its current wave."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    return Terms(survey_id=survey.id, wave=survey.wave or "", anonymous=survey.anonymous, **options)


def _was_added(decision: Decision, ids: Mapping[int, UUID]) -> bool:
    return decision.outcome is not Outcome.QUEUED or id(decision) in ids


def _row(invitation_id: UUID, decision: Decision, terms: Terms, now: datetime) -> dict[str, Any]:
    candidate = decision.candidate
    return {
        "id": invitation_id,
        "survey_id": terms.survey_id,
        "wave": terms.wave,
        "occasion": candidate.occasion,
        "kind": terms.kind,
        "anonymous": terms.anonymous,
        "person_id": decision.person_id,
        "customer_id": candidate.customer_id,
        "complaint_id": candidate.complaint_id,
        "sample_id": terms.sample_id,
        "batch_id": terms.batch_id,
        "trigger_id": terms.trigger_id,
        "thanks": terms.thanks and not terms.anonymous,
        "channels": list(terms.channels),
        "state": InvitationState.QUEUED,
        "created_at": now,
        "expires_at": now + terms.lifetime,
        "reminders_left": terms.reminders.count,
        "remind_every": terms.reminders.every,
    }


def first_message(invitation_id: UUID, candidate: Candidate, terms: Terms, *, now: datetime) -> OutgoingMessage:
    """Return the first message. Its link is made when it is sent, so it is not in the queue."""
    return OutgoingMessage(
        id=rules.message_id(invitation_id, 0),
        template=rules.TEMPLATE_OF[terms.kind],
        channels=terms.channels,
        customer_id=candidate.customer_id,
        # The question whether a complaint is solved is part of its handling.
        purpose=ContactPurpose.SERVICE if terms.kind is InvitationKind.CALL_BACK else ContactPurpose.SURVEY,
        secret=True,
        about=MessageSubject(type=rules.ABOUT, id=invitation_id),
        dedupe_key=rules.dedupe_key(terms.survey_id, wave=terms.wave, occasion=candidate.occasion, number=0),
        expires_at=now + terms.lifetime,
    )


async def _publish(session: AsyncSession, added: Mapping[UUID, Candidate], terms: Terms, *, now: datetime) -> None:
    """Publish the invitations. Those to anonymous surveys are not published, and of call-backs they are already."""
    if terms.anonymous or terms.kind is InvitationKind.CALL_BACK or not added:
        return
    survey = await surveys.get_survey(session, survey_id=terms.survey_id)
    issued = [
        InvitationIssued(
            occurred_at=now,
            survey_id=terms.survey_id,
            survey_version=survey.survey_version,
            invitation_id=invitation_id,
            kind=terms.kind,
            customer_id=candidate.customer_id,
            wave=terms.wave,
            occasion=candidate.occasion,
            channels=terms.channels,
            expires_at=now + terms.lifetime,
            reminders=terms.reminders.count,
            remind_every_seconds=int(terms.reminders.every.total_seconds()),
            sample_id=terms.sample_id,
            batch_id=terms.batch_id,
            trigger_id=terms.trigger_id,
        )
        for invitation_id, candidate in added.items()
    ]
    await outbox.stage_all(session, [StagedEvent(event, 1) for event in issued], now=now)
