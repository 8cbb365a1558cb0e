"""Use cases of the assignment: from the acceptance over every hand-over to the four-eyes rule of the call-back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
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
from heed_complaint.sla.case import Case, build_event
from heed_complaint.workforce.assignment import repository, rules
from heed_complaint.workforce.assignment.candidates import CandidatePool, load_pool
from heed_complaint.workforce.assignment.errors import AgentNotCleared, FourEyesNeeded
from heed_complaint.workforce.assignment.rules import AssignmentCriteria, Decision, SuccessRate
from heed_complaint.workforce.assignment.tables import Assignment
from heed_complaint.workforce.four_eyes import FourEyes, PreviousHandlers, may_call_back
from heed_complaint.workforce.staff import service as staff

MAX_REASSIGNED = 1000
"""Complaints in one call of `reassign_all`."""


@dataclass(frozen=True, slots=True)
class AssignmentRequest:
    """The owner and queue that a caller requests; the rule decides about missing ones."""

    owner: str | None = None
    queue: str | None = None
    to_queue: bool = False
    """Back to the queue, even if an agent is free."""
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """A complaint with its last assignment."""

    case: Case
    assignment: Assignment
    hand_overs: int


@dataclass(frozen=True, slots=True)
class HandOverResult:
    """The result of reassigning all complaints of an agent."""

    given: int
    waiting: int
    more: bool


async def assign(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    request: AssignmentRequest,
    by: str,
    if_match: int | None,
    now: datetime,
) -> AssignmentResult:
    """Assign the complaint as requested, or by rule. Raises `ComplaintEnded`, `AgentNotCleared`, `UnknownAgent`."""
    case = await cases.lock_unmerged(session, complaint_id)
    check_if_match(if_match, case.complaint.revision)
    if case.complaint.ended_at is not None:
        raise ComplaintEnded
    decision = await _decide(session, case.complaint, request, now=now)
    case.complaint.revision += 1
    assignment, staged = _apply_assignment(session, case, decision, by=by, note=request.note, now=now)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [staged], now=now)
    return AssignmentResult(case, assignment, await repository.count_hand_overs(session, complaint_id))


async def auto_assign(session: AsyncSession, case: Case, *, now: datetime) -> list[StagedEvent]:
    """Assign an accepted complaint by rule, if the desk is set to do so and has agents."""
    settings = await staff.get_desk(session)
    if case.complaint.owner is not None or not settings.auto_assign:
        return []
    pool = await load_pool(session, now=now)
    if not pool.candidates:
        return []
    decision = await _decide_by_rule(session, case.complaint, pool, queue=case.complaint.queue)
    _, staged = _apply_assignment(session, case, decision, by=None, note=None, now=now)
    return [staged]


async def reassign_all(
    session: AsyncSession, *, agent_id: str, to: str | None, note: str, confidential: bool, by: str, now: datetime
) -> HandOverResult:
    """Reassign all open complaints of an agent to one colleague, or by rule.

    Without `confidential` the caller may not touch confidential complaints, and they stay.
    """
    await staff.get_agent(session, agent_id=agent_id)
    successor = None if to is None else await staff.require_agent(session, to, pointer="/owner")
    ids = await repository.lock_open_complaints(session, agent_id, confidential=confidential, limit=MAX_REASSIGNED + 1)
    pool = (await load_pool(session, now=now)).without(agent_id)
    given = 0
    for complaint_id in ids[:MAX_REASSIGNED]:
        case = await cases.lock(session, complaint_id)
        if successor is not None and (successor.handles_confidential or not case.complaint.confidential):
            decision = Decision(successor.id, case.complaint.queue, {"by": "caller", "text": note})
        else:
            decision = await _decide_by_rule(session, case.complaint, pool, queue=case.complaint.queue)
        pool = pool.after_assignment(decision.owner)
        given += decision.owner is not None
        case.complaint.revision += 1
        _, staged = _apply_assignment(session, case, decision, by=by, note=note, now=now)
        await cases.save(session, case, now=now)
        await outbox.stage_all(session, [staged], now=now)
    handled = len(ids[:MAX_REASSIGNED])
    return HandOverResult(given=given, waiting=handled - given, more=len(ids) > MAX_REASSIGNED)


def record_completion(session: AsyncSession, case: Case, *, by: str, now: datetime) -> None:
    """Record who completed the complaint."""
    repository.add_completion(session, case.complaint.id, by=by, at=now)


async def record_reopening(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Record that the last completion was reopened."""
    await repository.record_reopening(session, case.complaint.id, at=now)


async def insert_past(
    session: AsyncSession, *, assignments: Sequence[Mapping[str, Any]], completions: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the owners and completions of complaints of the past."""
    await repository.insert_past(session, assignments=assignments, completions=completions)


async def require_four_eyes(session: AsyncSession, complaint: Complaint, *, by: str) -> None:
    """Raise `FourEyesNeeded` if the caller has handled the complaint: another person has to make the call-back."""
    handlers, rule = await previous_handlers(session, complaint)
    if not may_call_back(by, handlers, rule):
        raise FourEyesNeeded


async def previous_handlers(session: AsyncSession, complaint: Complaint) -> tuple[PreviousHandlers, FourEyes]:
    """Return the callers who handled the complaint, and the four-eyes rule of the desk."""
    settings = await staff.get_desk(session)
    completed_by = await repository.completed_by(session, complaint.id)
    agents = await staff.existing_agents(session, sorted(completed_by))
    handlers = PreviousHandlers(complaint.owner, frozenset(completed_by), frozenset(agents))
    return handlers, FourEyes(settings.four_eyes)


async def list_assignments(
    session: AsyncSession, *, complaint_id: UUID, after: int, limit: int
) -> Sequence[Assignment]:
    """Return the assignments of a complaint, the first one first. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    return await repository.list_assignments(session, complaint_id, after=after, limit=limit)


async def loads(session: AsyncSession) -> dict[str, int]:
    """Return the number of complaints that each owner works on."""
    return await repository.loads(session)


async def first_time_fixes(session: AsyncSession, *, since: datetime, until: datetime) -> SuccessRate:
    """Return the first completions within that period that were not reopened."""
    return await repository.first_time_fixes(session, since=since, until=until)


async def _decide(
    session: AsyncSession, complaint: Complaint, request: AssignmentRequest, *, now: datetime
) -> Decision:
    if request.queue is not None:
        await staff.require_queue(session, request.queue, pointer="/queue")
    queue = request.queue or complaint.queue
    reason = {"by": "caller", "text": request.reason}
    if request.to_queue:
        return Decision(None, queue or rules.DEFAULT_QUEUE, reason)
    if request.owner is None:
        decision = await _decide_by_rule(session, complaint, await load_pool(session, now=now), queue=queue)
        if request.reason is None:
            return decision
        return replace(decision, reason=decision.reason | {"said": request.reason})
    agent = await staff.require_agent(session, request.owner, pointer="/owner")
    if complaint.confidential and not agent.handles_confidential:
        raise AgentNotCleared
    return Decision(agent.id, queue, reason)


async def _decide_by_rule(
    session: AsyncSession, complaint: Complaint, pool: CandidatePool, *, queue: str | None
) -> Decision:
    customer = (await customers_of(session, [complaint.customer_id])).get(complaint.customer_id)
    criteria = AssignmentCriteria(
        category=complaint.category,
        service_point_id=complaint.service_point_id,
        language=None if customer is None else customer.language,
        confidential=complaint.confidential,
    )
    return rules.decide(criteria, pool.candidates, queue=queue or rules.select_queue(criteria, pool.queues))


def _apply_assignment(
    session: AsyncSession, case: Case, decision: Decision, *, by: str | None, note: str | None, now: datetime
) -> tuple[Assignment, StagedEvent]:
    complaint = case.complaint
    before = _owner_and_queue(complaint)
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
    after = _owner_and_queue(complaint)
    complaints.append_history(
        session, complaint.id, at=now, by=by, action="assign", before=before, after=after, note=note
    )
    return assignment, build_event(ComplaintAssigned, complaint, case.clocks, occurred_at=now, **after)


def _owner_and_queue(complaint: Complaint) -> dict[str, Any]:
    return {"owner": complaint.owner, "queue": complaint.queue}
