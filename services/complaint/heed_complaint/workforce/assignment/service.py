"""Who takes charge of a complaint, from the acceptance over every hand-over to whoever asks how it went."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAssigned
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers.families import customers_of
from heed_complaint.core.errors import ComplaintEnded, ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.event_factory import build_event
from heed_complaint.workforce.assignment import repository, rules
from heed_complaint.workforce.assignment.errors import AgentNotCleared, AgentNotFound, FourEyesNeeded
from heed_complaint.workforce.assignment.rules import Decision, Tally, Work
from heed_complaint.workforce.assignment.tables import Assignment
from heed_complaint.workforce.four_eyes import FourEyes, Handlers, may_call_back
from heed_complaint.workforce.staff import service as roster
from heed_complaint.workforce.staff.service import Staff

RECORD_WINDOW = timedelta(days=180)
"""Who was good long ago may have changed."""
AT_ONCE = 1000
"""Complaints in one hand-over of everything."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller says about who shall take charge; the rule decides what is not said."""

    owner: str | None = None
    queue: str | None = None
    to_nobody: bool = False
    """Back to the queue, whoever might be free."""
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A complaint with its last assignment."""

    case: Case
    assignment: Assignment
    hand_overs: int


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of everything that an agent had."""

    given: int
    waiting: int
    more: bool


async def assign(
    session: AsyncSession, *, complaint_id: UUID, order: Order, by: str, if_match: int | None, now: datetime
) -> Given:
    """Somebody takes charge, or another one does now; without a name the rule finds the fittest."""
    case = await cases.lock_unmerged(session, complaint_id)
    check_if_match(if_match, case.complaint.revision)
    if case.complaint.ended_at is not None:
        raise ComplaintEnded
    decision = await _decide(session, case.complaint, order, now=now)
    case.complaint.revision += 1
    assignment, staged = _give(session, case, decision, by=by, note=order.note, now=now)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [staged], now=now)
    return Given(case, assignment, await repository.count_hand_overs(session, complaint_id))


async def assign_accepted(session: AsyncSession, case: Case, *, now: datetime) -> list[StagedEvent]:
    """An accepted complaint finds its owner by itself, if the house wants that and anybody works at the desk."""
    settings = await repository.desk(session)
    if case.complaint.owner is not None or not settings.assigns_on_acceptance:
        return []
    staff = await _staff(session, now=now)
    if not staff.candidates:
        return []
    decision = await _by_rule(session, case.complaint, staff, queue=case.complaint.queue)
    _, staged = _give(session, case, decision, by=None, note=None, now=now)
    return [staged]


async def hand_over_everything(
    session: AsyncSession, *, agent_id: str, to: str | None, note: str, confidential: bool, by: str, now: datetime
) -> HandedOver:
    """All that an agent has in charge goes to one colleague, or to whom the rule finds for each.

    Without `confidential` the caller may not touch confidential complaints, and they stay.
    """
    if await repository.agent_by_id(session, agent_id) is None:
        raise AgentNotFound
    heir = None if to is None else await roster.require_agent(session, to, pointer="/owner")
    ids = await repository.lock_open_complaints_of(session, agent_id, confidential=confidential, limit=AT_ONCE + 1)
    staff = (await _staff(session, now=now)).without(agent_id)
    given = 0
    for complaint_id in ids[:AT_ONCE]:
        case = await cases.lock(session, complaint_id)
        if heir is not None and (heir.handles_confidential or not case.complaint.confidential):
            decision = Decision(heir.id, case.complaint.queue, {"by": "caller", "text": note})
        else:
            decision = await _by_rule(session, case.complaint, staff, queue=case.complaint.queue)
        staff = staff.given_to(decision.owner)
        given += decision.owner is not None
        case.complaint.revision += 1
        _, staged = _give(session, case, decision, by=by, note=note, now=now)
        await cases.save(session, case, now=now)
        await outbox.stage_all(session, [staged], now=now)
    handled = len(ids[:AT_ONCE])
    return HandedOver(given=given, waiting=handled - given, more=len(ids) > AT_ONCE)


def record_completion(session: AsyncSession, case: Case, *, by: str, now: datetime) -> None:
    """Record who completed the complaint."""
    repository.add_completion(session, case.complaint.id, by=by, at=now)


async def record_reopening(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Record that the last completion did not last."""
    await repository.note_reopening(session, case.complaint.id, at=now)


async def require_four_eyes(session: AsyncSession, complaint: Complaint, *, by: str) -> None:
    """Raise `FourEyesNeeded` if the caller handled the complaint: it must be another who asks how it went."""
    handlers, rule = await who_handled(session, complaint)
    if not may_call_back(by, handlers, rule):
        raise FourEyesNeeded


async def who_handled(session: AsyncSession, complaint: Complaint) -> tuple[Handlers, FourEyes]:
    """Those who handled it, and the rule of the house: what `desk.eyes` asks for."""
    settings = await repository.desk(session)
    completed_by = await repository.completed_by(session, complaint.id)
    agents = await repository.known_agents(session, sorted(completed_by))
    return Handlers(complaint.owner, frozenset(completed_by), frozenset(agents)), FourEyes(settings.four_eyes)


async def assignments(session: AsyncSession, *, complaint_id: UUID, after: int, limit: int) -> Sequence[Assignment]:
    """Who was given it when and why, the first one first."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    return await repository.assignments_of(session, complaint_id, after=after, limit=limit)


async def first_time_fixes(session: AsyncSession, *, since: datetime, until: datetime) -> Tally:
    """Of the complaints that were first completed in that time, those that never came back."""
    return Tally(*await repository.first_time_fixes(session, since=since, until=until))


async def _decide(session: AsyncSession, complaint: Complaint, order: Order, *, now: datetime) -> Decision:
    if order.queue is not None:
        await roster.require_queue(session, order.queue, pointer="/queue")
    queue = order.queue or complaint.queue
    said = {"by": "caller", "text": order.reason}
    if order.to_nobody:
        return Decision(None, queue or rules.LAST_QUEUE, said)
    if order.owner is None:
        found = await _by_rule(session, complaint, await _staff(session, now=now), queue=queue)
        return found if order.reason is None else replace(found, reason=found.reason | {"said": order.reason})
    agent = await roster.require_agent(session, order.owner, pointer="/owner")
    if complaint.confidential and not agent.handles_confidential:
        raise AgentNotCleared
    return Decision(agent.id, queue, said)


async def _by_rule(session: AsyncSession, complaint: Complaint, staff: Staff, *, queue: str | None) -> Decision:
    customer = (await customers_of(session, [complaint.customer_id])).get(complaint.customer_id)
    work = Work(
        category=complaint.category,
        service_point_id=complaint.service_point_id,
        language=None if customer is None else customer.language,
        confidential=complaint.confidential,
    )
    return rules.decide(work, staff.candidates, queue=queue or rules.queue_for(work, staff.places))


async def _staff(session: AsyncSession, *, now: datetime) -> Staff:
    await repository.lock_assigning(session)
    return await roster.staff(session, now=now, record_since=now - RECORD_WINDOW)


def _give(
    session: AsyncSession, case: Case, decision: Decision, *, by: str | None, note: str | None, now: datetime
) -> tuple[Assignment, StagedEvent]:
    complaint = case.complaint
    before = _in_charge(complaint)
    assignment = Assignment(
        complaint_id=complaint.id,
        at=now,
        by=by,
        owner=decision.owner,
        queue=decision.queue,
        previous_owner=complaint.owner,
        reason=decision.reason,
        note=note,
    )
    repository.add_assignment(session, assignment)
    complaint.owner, complaint.queue = decision.owner, decision.queue
    complaints.append_history(
        session, complaint.id, at=now, by=by, action="assign", before=before, after=_in_charge(complaint), note=note
    )
    told = build_event(ComplaintAssigned, complaint, case.clocks, occurred_at=now, **_in_charge(complaint))
    return assignment, told


def _in_charge(complaint: Complaint) -> dict[str, Any]:
    return {"owner": complaint.owner, "queue": complaint.queue}
