"""Use cases of call-back responses: a low rating reopens its own complaint, never another one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintStatus, Severity, SLAEscalated
from heed_common.contracts.survey import DetractorFound, DissatisfactionFound, ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.opening import service as opening
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.resolution.callback_answers import repository, rules
from heed_complaint.resolution.callback_answers.repository import DETRACTOR
from heed_complaint.resolution.callback_answers.rules import (
    OTHER_CATEGORY,
    CallbackPolicy,
    DetractorAction,
    LowAnswer,
    NoAnswerAction,
)
from heed_complaint.resolution.callback_answers.tables import CallbackPolicyRow
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import build_event

CUSTOMER, CLOCK = "customer", "clock"
"""Actors in the history that are no agents."""
BATCH = 50
LOW_RATING_REASON, NO_ANSWER_REASON = (
    "The customer is not content with the solution.",
    "The customer did not answer the call-back.",
)


async def apply_callback_responses(
    session: AsyncSession, events: Sequence[ReceivedEvent[ResponseReceived]], *, now: datetime
) -> None:
    """Record call-backs, and reopen or escalate by policy. Responses about unknown complaints are ignored."""
    responses = [(item.event.complaint_id, item.event) for item in events if item.event.complaint_id is not None]
    existing = await repository.existing_complaint_ids(session, [complaint_id for complaint_id, _ in responses])
    if not existing:
        return
    policy = await repository.load_policy(session)
    for complaint_id, response in sorted(responses, key=lambda pair: (pair[0], pair[1].occurred_at)):
        if complaint_id in existing:
            complaint = (await cases.lock(session, complaint_id)).complaint
            await _apply_response(session, complaint, response, policy, now=now)


async def _apply_response(
    session: AsyncSession, complaint: Complaint, response: ResponseReceived, policy: CallbackPolicy, *, now: datetime
) -> None:
    if complaint.merged_into is not None:
        return  # The survivor is handled in its place, and has a call-back of its own.
    answer = rules.parse_answer(response.answers, solved=response.solved, pleasant=response.pleasant)
    actions = rules.follow_up_actions(ComplaintStatus(complaint.state), answer, policy)
    if actions.call_back:
        called_back = Transition(Action.CALL_BACK, solved=answer.solved, pleasant=answer.pleasant)
        await _move(session, complaint, called_back, by=CUSTOMER, now=now)
    if actions.reopen:
        await _move(session, complaint, Transition(Action.REOPEN, reason=LOW_RATING_REASON), by=CUSTOMER, now=now)
    if actions.escalate:
        await escalate(session, complaint_id=complaint.id, to=policy.escalate_to, now=now)


async def _move(session: AsyncSession, complaint: Complaint, step: Transition, *, by: str, now: datetime) -> None:
    await moves.transition(session, complaint_id=complaint.id, step=step, by=by, if_match=None, now=now)


async def escalate(session: AsyncSession, *, complaint_id: UUID, to: str, now: datetime) -> None:
    """Raise the escalation level because of a response or message of the customer."""
    case = await cases.lock(session, complaint_id)
    complaint = case.complaint
    before = {"escalation": complaint.escalation_level}
    complaint.escalation_level += 1
    after = {"escalation": complaint.escalation_level, "to": to}
    complaints.append_history(session, complaint.id, at=now, by=CUSTOMER, action="escalate", before=before, after=after)
    escalated = build_event(
        SLAEscalated, complaint, case.clocks, occurred_at=now, step=complaint.escalation_level, to=to
    )
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [escalated], now=now)


async def open_for_low_answers(
    session: AsyncSession,
    events: Sequence[ReceivedEvent[DetractorFound | DissatisfactionFound]],
    *,
    currency: str,
    now: datetime,
) -> None:
    """Open a complaint for each customer whose response was so low.

    Where a complaint about the matter is in hand already, the response is attached to that one; a detractor's names no
    matter, so that any complaint of the customer will do.
    """
    if (await repository.load_policy(session)).on_detractor is not DetractorAction.OPEN:
        return
    low_answers = [LowAnswer.from_event(item.event) for item in events]
    found = {answer.external_id: answer for answer in low_answers}
    new = found.keys() - await repository.existing_external_ids(session, found)
    family_by_id = {key: await families.family_of(session, found[key].customer_id) for key in new}
    # Sorted by family, because the locks of families are held until the transaction ends.
    for external_id in sorted(new, key=lambda key: (min(family_by_id[key]), found[key].occurred_at, key)):
        await _attach_or_open(session, found[external_id], family_by_id[external_id], currency=currency, now=now)


async def _attach_or_open(
    session: AsyncSession, answer: LowAnswer, family: Collection[UUID], *, currency: str, now: datetime
) -> None:
    await repository.lock_detractor(session, min(family))
    response_id, matter = answer.response_id, answer.matter
    if await repository.is_attached(session, response_id, matter=matter, customer_ids=family):
        return
    complaint = await repository.lock_open_complaint(
        session, customer_ids=family, matter=matter, response_id=response_id
    )
    if complaint is None:
        await opening.open_complaint(
            session, new=_complaint_of(answer, now=now), currency=currency, by=CUSTOMER, now=now
        )
        return
    response = {"response_id": str(response_id), "survey_id": str(answer.survey_id)}
    complaints.append_history(
        session,
        complaint.id,
        at=now,
        by=CUSTOMER,
        action=DETRACTOR,
        before={},
        after=response if matter is None else response | {"matter": matter},
        note=answer.description,
    )
    await session.flush()


def _complaint_of(answer: LowAnswer, *, now: datetime) -> NewComplaint:
    return NewComplaint(
        external_id=answer.external_id,
        customer_id=answer.customer_id,
        channel="other",
        category=answer.matter or OTHER_CATEGORY,
        severity=Severity.MINOR,
        description=answer.description,
        # The clock of the survey service may run a little ahead of ours.
        occurred_at=min(answer.occurred_at, now),
        received_at=None,
        dispatch_received_at=None,
        service_point_id=None,
        product=None,
        purchase_id=None,
        amount_at_stake=None,
        currency=None,
    )


async def close_or_reopen_unanswered(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Close or reopen one batch of complaints without a response in time. Return the size of the batch."""
    policy = await repository.load_policy(session)
    if policy.on_no_answer is NoAnswerAction.NOTHING:
        return 0

    async def apply_to(batch: Sequence[Complaint]) -> None:
        for complaint in batch:
            await _close_or_reopen(session, complaint, policy, now=now)

    deadline = now - policy.no_answer_after
    has_message = messages.has_customer_message_after(Complaint.id, deadline)
    unanswered = await repository.lock_unanswered(
        session, completed_before=deadline, has_message=has_message, limit=BATCH, now=now
    )
    await isolate(session, repository.JOB, unanswered, apply_to, key=attrgetter("id"), now=now)
    return len(unanswered)


async def _close_or_reopen(
    session: AsyncSession, complaint: Complaint, policy: CallbackPolicy, *, now: datetime
) -> None:
    match rules.action_when_unanswered(ComplaintStatus(complaint.state), solved=complaint.solved, policy=policy):
        case NoAnswerAction.CLOSE:
            await _move(session, complaint, Transition(Action.CLOSE), by=CLOCK, now=now)
        case NoAnswerAction.REOPEN:
            await _move(session, complaint, Transition(Action.REOPEN, reason=NO_ANSWER_REASON), by=CLOCK, now=now)


async def get_policy(session: AsyncSession) -> CallbackPolicyRow:
    """Return the stored policy with its revision."""
    return await repository.get_policy_row(session)


async def current_policy(session: AsyncSession) -> CallbackPolicy:
    """Return the policy as rules use it."""
    return await repository.load_policy(session)


async def put_policy(session: AsyncSession, *, columns: Mapping[str, Any], if_match: int | None) -> CallbackPolicyRow:
    """Replace the policy for responses from now on."""
    row = await repository.lock_policy_row(session)
    require_if_match(if_match, row.revision)
    for name, value in columns.items():
        setattr(row, name, value)
    row.revision += 1
    return row
