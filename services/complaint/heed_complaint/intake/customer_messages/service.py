"""Use cases of messages between a customer and the agents."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import CaseKind, ComplaintMessageReceived, ComplaintStatus, MessageChannel
from heed_complaint.core import repository as complaints
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.core.contacts.rules import NewContact
from heed_complaint.core.tables import Complaint
from heed_complaint.intake.customer_messages import repository, rules
from heed_complaint.intake.customer_messages.rules import Effect
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.opening import service as opening
from heed_complaint.lifecycle.opening.rules import MAX_DESCRIPTION, NewComplaint
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.resolution.callback_answers import service as answers
from heed_complaint.resolution.callback_answers.rules import CallbackPolicy
from heed_complaint.resolution.callback_answers.service import CUSTOMER
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case, build_event

TRANSITIONS = {
    Effect.RESUME: Transition(Action.RESUME),
    Effect.REOPEN: Transition(Action.REOPEN, reason="The customer wrote after the completion."),
}


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A stored message, and the follow-up that it opened."""

    message_id: UUID
    follow_up: UUID | None = None


async def receive_message(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    text: str,
    attachments: Sequence[dict[str, Any]] = (),
    channel: MessageChannel,
    now: datetime,
) -> ReceivedMessage:
    """Store the customer's message, publish `ComplaintMessageReceived`, and apply its effect.

    The caller has made sure that the customer wrote it, and that it is received once.
    """
    thread = await repository.lock_thread(session, complaint_id)
    case = await cases.lock(session, thread.survivor)
    complaint, policy = case.complaint, await answers.current_policy(session)
    effect = rules.effect_of_message(
        ComplaintStatus(complaint.state),
        policy,
        paused=complaint.paused,
        unanswered=complaint.customer_wrote_at is not None,
        ended_at=complaint.ended_at,
        now=now,
    )
    if effect is Effect.FOLLOW_UP:
        case = await _open_follow_up(session, thread.last, text, channel=channel, now=now)
        message_id = await _store(
            session, case, case.complaint.id, text, attachments=attachments, channel=channel, now=now
        )
        return ReceivedMessage(message_id, case.complaint.id)
    complaint.customer_wrote_at = complaint.customer_wrote_at or now
    message_id = await _store(session, case, thread.last, text, attachments=attachments, channel=channel, now=now)
    await _apply(session, effect, complaint.id, policy, now=now)
    return ReceivedMessage(message_id)


async def _store(
    session: AsyncSession,
    case: Case,
    thread_id: UUID,
    text: str,
    *,
    attachments: Sequence[dict[str, Any]],
    channel: MessageChannel,
    now: datetime,
) -> UUID:
    """Store the message and publish its event. The revision rises: an agent who has not read it must not answer it."""
    message = await messages.create_message(
        session,
        complaint_id=thread_id,
        visibility=Visibility.CUSTOMER,
        text=text,
        attachments=attachments,
        by=None,
        now=now,
    )
    case.complaint.revision += 1
    received = build_event(
        ComplaintMessageReceived,
        case.complaint,
        case.clocks,
        occurred_at=now,
        message_id=message.id,
        channel=channel,
    )
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [received], now=now)
    return message.id


async def _apply(
    session: AsyncSession, effect: Effect, complaint_id: UUID, policy: CallbackPolicy, *, now: datetime
) -> None:
    if effect is Effect.ESCALATE:
        await answers.escalate(session, complaint_id=complaint_id, to=policy.escalate_to, now=now)
    elif effect in TRANSITIONS:
        step = TRANSITIONS[effect]
        await moves.transition(session, complaint_id=complaint_id, step=step, by=CUSTOMER, if_match=None, now=now)


async def _open_follow_up(
    session: AsyncSession, ended_id: UUID, text: str, *, channel: MessageChannel, now: datetime
) -> Case:
    """Open a complaint for a message that came too late for a reopening, with the contact of the ended one."""
    ended = (await cases.lock(session, ended_id)).complaint
    new = _follow_up(ended, text, channel=channel, now=now)
    left = await contacts.get_contact(session, ended_id)
    contact = None if left is None else NewContact(left.name, left.address, left.language, left.sender)
    case, _ = await opening.open_complaint(
        session, new=new, currency=ended.currency, by=CUSTOMER, now=now, contact=contact
    )
    after = {"follow_up": str(case.complaint.id)}
    complaints.append_history(session, ended_id, at=now, by=CUSTOMER, action="follow_up", before={}, after=after)
    return case


def _follow_up(ended: Complaint, text: str, *, channel: MessageChannel, now: datetime) -> NewComplaint:
    same = {field.name: getattr(ended, field.name) for field in fields(NewComplaint)}
    own = {
        "external_id": None,
        "customer_id": ended.customer_id if ended.customer_is_known else None,
        "kind": ended.kind if ended.is_voiced else CaseKind.COMPLAINT,
        "channel": channel,
        "description": text[:MAX_DESCRIPTION],
        "occurred_at": now,
        "received_at": None,
        "dispatch_received_at": None,
        "amount_at_stake": None,
        "attachments": (),
        "split_from": None,
        "follow_up_of": ended.id,
    }
    return NewComplaint(**(same | own))
