"""Use case of transitions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintStatus
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_complaint.core import repository
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case, build_event
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.promises import service as promises
from heed_complaint.sla.service import alerts_for, reopen_policy
from heed_complaint.workforce.assignment import service as desk


async def transition(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    step: Transition,
    by: str,
    if_match: int | None,
    now: datetime,
    answers_customer: bool = False,
) -> Case:
    """Apply the transition. Alerts that are due by now are published before it.

    With `answers_customer` an agent has read this complaint, so that the customer's message is answered. Transitions by
    rules, jobs, the customer or in bulk answer no message.
    """
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    check_if_match(if_match, complaint.revision)
    _check(complaint, step)
    if step.action is Action.CALL_BACK:
        await desk.require_four_eyes(session, complaint, by=by)
    await taxonomies.validate_cause_and_responsibility(session, cause=step.cause, responsibility=step.responsibility)
    rung, due = alerts_for(session, complaint, case.clocks, now=now)
    how = await reopen_policy(session, complaint) if step.effect is Action.REOPEN else OnReopen.CONTINUE
    clocks = rules.clocks_after(rung, step, at=now, on_reopen=how)
    _apply(session, complaint, step, by=by, now=now)
    if answers_customer:
        complaint.customer_wrote_at = None
    case = Case(complaint, clocks)
    settled = await _update_promises(session, case, step, by=by, now=now)
    pleasant = {"pleasant": step.pleasant} if step.action is Action.CALL_BACK else {}
    moved = build_event(rules.EVENTS[step.effect], complaint, clocks, occurred_at=now, **pleasant)
    assigned = await _update_assignment(session, case, step.effect, by=by, now=now)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [*due, *settled, moved, *assigned], now=now)
    return case


async def _update_promises(
    session: AsyncSession, case: Case, step: Transition, *, by: str, now: datetime
) -> list[StagedEvent]:
    if step.effect is Action.COMMIT and step.promise is not None and step.promised_by is not None:
        promises.make_promise(session, case, description=step.promise, promised_by=step.promised_by, by=by, now=now)
    if step.effect is not Action.COMPLETE and step.effect not in rules.SETTLES_PROMISES:
        return []
    return await promises.resolve_all(session, case, completed=step.effect is Action.COMPLETE, now=now)


async def _update_assignment(
    session: AsyncSession, case: Case, effect: Action, *, by: str, now: datetime
) -> list[StagedEvent]:
    if effect is Action.COMPLETE:
        desk.record_completion(session, case, by=by, now=now)
    if effect is Action.REOPEN:
        await desk.record_reopening(session, case, now=now)
    if effect in (Action.ACCEPT, Action.REOPEN):
        return await desk.auto_assign(session, case, now=now)
    return []


def _check(complaint: Complaint, step: Transition) -> None:
    allowed = rules.allowed(ComplaintStatus(complaint.state), paused=complaint.paused, kind=complaint.kind)
    if step.action not in allowed:
        raise TransitionNotAllowed(allowed)


def _apply(session: AsyncSession, complaint: Complaint, step: Transition, *, by: str, now: datetime) -> None:
    before = _state_snapshot(complaint)
    written = rules.field_changes(ComplaintStatus(complaint.state), step, paused=complaint.paused, at=now)
    for name, value in written.items():
        setattr(complaint, name, value)
    complaint.revision += 1
    repository.append_history(
        session,
        complaint.id,
        at=now,
        by=by,
        action=step.action,
        before=before,
        after=_state_snapshot(complaint) | to_jsonable_python(rules.recorded_values(step)),
        note=step.note,
        reason=step.reason,
    )


def _state_snapshot(complaint: Complaint) -> dict[str, Any]:
    return {"state": complaint.state, "paused": complaint.paused}
