"""A customer who was called back has the last word: a low answer reopens its own complaint, never another one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus, Severity, SLAEscalated
from heed_common.contracts.survey import DetractorFound, ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.tables import Complaint
from heed_complaint.feedback.callback_answers import repository, rules
from heed_complaint.feedback.callback_answers.repository import DETRACTOR
from heed_complaint.feedback.callback_answers.rules import Detractor, Policy, Unanswered
from heed_complaint.feedback.callback_answers.tables import AnswerPolicy
from heed_complaint.lifecycle.opening import service as opening
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.lifecycle.transitions.rules import Action, Move
from heed_complaint.sla import case as cases
from heed_complaint.sla.event_factory import tell

CUSTOMER, CLOCK = "customer", "clock"
"""By whom it is done, in the history: nobody of ours."""
BATCH = 50
LOW, SILENT = "The customer is not content with the solution.", "The customer did not answer the call-back."


async def follow_answers(
    session: AsyncSession, events: Sequence[ReceivedEvent[ResponseReceived]], *, now: datetime
) -> None:
    """Customers said whether it is solved and was pleasant. Answers about nothing here are none of ours."""
    about = [(one.event.complaint_id, one.event) for one in events if one.event.complaint_id is not None]
    known = await repository.known_complaints(session, [complaint_id for complaint_id, _ in about])
    if not known:
        return
    policy = await repository.policy(session)
    for complaint_id, answer in sorted(about, key=lambda one: (one[0], one[1].occurred_at)):
        if complaint_id in known:
            complaint = (await cases.lock(session, complaint_id)).complaint
            await _follow(session, complaint, answer, policy, now=now)


async def _follow(
    session: AsyncSession, complaint: Complaint, answer: ResponseReceived, policy: Policy, *, now: datetime
) -> None:
    if complaint.merged_into is not None:
        return  # Another one is handled in its place, and asked about.
    said = rules.said_by(answer.answers, solved=answer.solved, pleasant=answer.pleasant)
    steps = rules.steps_after(ComplaintStatus(complaint.state), said, policy)
    if steps.call_back:
        called_back = Move(Action.CALL_BACK, solved=said.solved, pleasant=said.pleasant)
        await _move(session, complaint, called_back, by=CUSTOMER, now=now)
    if steps.reopen:
        await _move(session, complaint, Move(Action.REOPEN, reason=LOW), by=CUSTOMER, now=now)
    if steps.escalate:
        await escalate(session, complaint_id=complaint.id, to=policy.escalate_to, now=now)


async def _move(session: AsyncSession, complaint: Complaint, step: Move, *, by: str, now: datetime) -> None:
    await moves.move(session, complaint_id=complaint.id, step=step, by=by, if_match=None, now=now)


async def escalate(session: AsyncSession, *, complaint_id: UUID, to: str, now: datetime) -> None:
    """Call a superior because of what the customer said."""
    case = await cases.lock(session, complaint_id)
    complaint = case.complaint
    before = {"escalation": complaint.escalation}
    complaint.escalation += 1
    after = {"escalation": complaint.escalation, "to": to}
    complaints.append_history(session, complaint.id, at=now, by=CUSTOMER, action="escalate", before=before, after=after)
    told = tell(SLAEscalated, complaint, case.clocks, occurred_at=now, step=complaint.escalation, to=to)
    await cases.keep(session, case, [told], now=now)


async def open_for_detractors(
    session: AsyncSession, events: Sequence[ReceivedEvent[DetractorFound]], *, currency: str, now: datetime
) -> None:
    """Open a complaint for each customer who would not recommend us.

    Such an answer names no matter: where a complaint of the customer is being worked on already, it is about that one.
    """
    if (await repository.policy(session)).detractor is not Detractor.OPEN:
        return
    found = {f"detractor:{one.event.response_id}": one.event for one in events}
    taken = await repository.taken_external_ids(session, found)
    family_of_each = {one: await families.family_of(session, found[one].customer_id) for one in found.keys() - taken}
    # Sorted by family, because the locks of families are held until the transaction ends.
    for external_id in sorted(family_of_each, key=lambda one: (min(family_of_each[one]), found[one].occurred_at, one)):
        await _attach_or_open(session, found[external_id], family_of_each[external_id], currency=currency, now=now)


async def _attach_or_open(
    session: AsyncSession, event: DetractorFound, family: Collection[UUID], *, currency: str, now: datetime
) -> None:
    await repository.lock_detractor(session, min(family))
    if await repository.is_attached(session, event.response_id, customer_ids=family):
        return
    complaint = await repository.lock_open_complaint(session, customer_ids=family)
    if complaint is None:
        new = _complaint_of(event, f"detractor:{event.response_id}", now=now)
        await opening.open_complaint(session, new=new, currency=currency, by=CUSTOMER, now=now)
        return
    response = {"response_id": str(event.response_id), "survey_id": str(event.survey_id)}
    complaints.append_history(
        session, complaint.id, at=now, by=CUSTOMER, action=DETRACTOR, before={}, after=response, note=_words_of(event)
    )
    await session.flush()


def _words_of(event: DetractorFound) -> str:
    scale = f"{event.score} ({event.lowest}-{event.highest})"
    return f"Would not recommend us: {scale}. / 不愿推荐我们：{scale}。"


def _complaint_of(event: DetractorFound, external_id: str, *, now: datetime) -> NewComplaint:
    return NewComplaint(
        external_id=external_id,
        customer_id=event.customer_id,
        channel="other",
        category="other",
        severity=Severity.MINOR,
        description=_words_of(event),
        # The clock of the survey service may run a little ahead of ours.
        occurred_at=min(event.occurred_at, now),
        received_at=None,
        dispatch_received_at=None,
        service_point_id=None,
        product=None,
        purchase_id=None,
        amount_at_stake=None,
        currency=None,
    )


async def end_silence(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Time speaks where the customer does not. Answers how many complaints were looked at."""
    policy = await repository.policy(session)
    if policy.unanswered is Unanswered.NOTHING:
        return 0

    async def end_some(some: Sequence[Complaint]) -> None:
        for complaint in some:
            await _end_silence(session, complaint, policy, now=now)

    until = now - policy.unanswered_after
    silent = await repository.lock_silent(session, silent_since=until, limit=BATCH, now=now)
    await isolate(session, repository.JOB, silent, end_some, key=attrgetter("id"), now=now)
    return len(silent)


async def _end_silence(session: AsyncSession, complaint: Complaint, policy: Policy, *, now: datetime) -> None:
    match rules.after_silence(ComplaintStatus(complaint.state), solved=complaint.solved, policy=policy):
        case Unanswered.CLOSE:
            await _move(session, complaint, Move(Action.CLOSE), by=CLOCK, now=now)
        case Unanswered.REOPEN:
            await _move(session, complaint, Move(Action.REOPEN, reason=SILENT), by=CLOCK, now=now)


async def policy(session: AsyncSession) -> AnswerPolicy:
    """What follows from which answer."""
    return await repository.policy_row(session)


async def write_policy(session: AsyncSession, *, wanted: Mapping[str, Any], if_match: int | None) -> AnswerPolicy:
    """Holds for what is answered from now on."""
    row = await repository.lock_policy(session)
    require_if_match(if_match, row.revision)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.revision += 1
    return row
