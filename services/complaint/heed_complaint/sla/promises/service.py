"""Use cases of promises: created, kept, renegotiated in time, or broken."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import PromiseBroken, PromiseKept
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintEnded, ComplaintNotFound
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case, build_event
from heed_complaint.sla.promises import repository, rules
from heed_complaint.sla.promises.errors import (
    PromiseDateInPast,
    PromiseIsBroken,
    PromiseNotFound,
    PromiseNotOpen,
)
from heed_complaint.sla.promises.rules import ComplaintPromiseState, PromiseKind
from heed_complaint.sla.promises.tables import Promise

BATCH = 50
HISTORY_ACTIONS = {ComplaintPromiseState.KEPT: "keep_promise", ComplaintPromiseState.BROKEN: "break_promise"}
"""Actions in the history of the complaint."""


async def create(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    kind: PromiseKind,
    description: str,
    promised_by: datetime,
    by: str,
    now: datetime,
) -> Promise:
    """Create a promise to the customer. Raises `ComplaintIsMerged`, `ComplaintEnded`, `PromiseDateInPast`."""
    case = await cases.lock_unmerged(session, complaint_id)
    if case.complaint.ended_at is not None:
        raise ComplaintEnded
    _check_is_in_future(promised_by, now=now)
    promise = _build_promise(case, kind=kind, description=description, promised_by=promised_by, by=by, now=now)
    repository.add(session, promise)
    _append_history(session, promise, "promise", by=by, now=now)
    return promise


async def mark_kept(session: AsyncSession, *, complaint_id: UUID, promise_id: UUID, by: str, now: datetime) -> Promise:
    """Mark the promise as kept; a promise on a complaint that was merged since binds, too.

    Raises `PromiseNotFound`, `PromiseNotOpen`, `PromiseIsBroken`.
    """
    case = await cases.lock(session, complaint_id)
    promise = await _lock_open_promise(session, case, promise_id, now=now)
    staged = _resolve(session, case, promise, ComplaintPromiseState.KEPT, by=by, now=now)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return promise


async def renegotiate(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    promise_id: UUID,
    apology: str,
    promised_by: datetime,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Promise:
    """Break the promise with notice in advance and an apology; return the promise that replaces it.

    Raises `PromiseNotFound`, `PromiseNotOpen`, `PromiseIsBroken`, `PromiseDateInPast`, and the errors of If-Match.
    """
    case = await cases.lock(session, complaint_id)
    check_if_match(if_match, case.complaint.revision)
    promise = await _lock_open_promise(session, case, promise_id, now=now)
    _check_is_in_future(promised_by, now=now)
    promise.customer_notified, promise.apology = True, apology
    staged = _resolve(session, case, promise, ComplaintPromiseState.BROKEN, by=by, now=now)
    replacement = _build_promise(
        case, kind=PromiseKind(promise.kind), description=promise.description, promised_by=promised_by, by=by, now=now
    )
    replacement.replaces = promise.id
    repository.add(session, replacement)
    if case.complaint.promised_by == promise.promised_by:
        case.complaint.promised_by = promised_by
        case.complaint.revision += 1
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return replacement


def make_promise(
    session: AsyncSession, case: Case, *, description: str, promised_by: datetime, by: str, now: datetime
) -> None:
    """Store the promise that the transition `commit` makes. Raises `PromiseDateInPast`."""
    _check_is_in_future(promised_by, now=now)
    kind = PromiseKind.REPAIR_CYCLE
    promise = _build_promise(case, kind=kind, description=description, promised_by=promised_by, by=by, now=now)
    repository.add(session, promise)


async def insert_past(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert promises of complaints of the past, with what became of them."""
    await repository.insert_many(session, rows)


async def resolve_all(session: AsyncSession, case: Case, *, completed: bool, now: datetime) -> list[StagedEvent]:
    """Resolve the open promises of a complaint: its completion keeps them, any other end makes them void."""
    return [
        event
        for promise in await repository.lock_open_promises(session, case.complaint.id)
        for event in _resolve(
            session, case, promise, _state_after(promise, completed=completed, now=now), by=None, now=now
        )
    ]


async def mark_overdue_broken(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Break every promise whose moment has passed; return the number of complaints processed."""

    async def mark_all(complaint_ids: Sequence[UUID]) -> None:
        for complaint_id in complaint_ids:
            await _mark_overdue_broken(session, complaint_id, now=now)

    ids = await repository.lock_complaints_with_overdue_promises(session, now=now, limit=BATCH)
    await isolate(session, repository.JOB, ids, mark_all, key=str, now=now)
    return len(ids)


async def _mark_overdue_broken(session: AsyncSession, complaint_id: UUID, *, now: datetime) -> None:
    # Load again under the lock: the promise may have been kept since it was found overdue.
    case = await cases.lock(session, complaint_id)
    staged = [
        event
        for promise in await repository.lock_open_promises(session, complaint_id)
        if rules.is_broken(promise.promised_by, now=now)
        for event in _resolve(session, case, promise, ComplaintPromiseState.BROKEN, by=None, now=now)
    ]
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)


async def list_promises(
    session: AsyncSession, *, complaint_id: UUID, after: UUID | None, limit: int
) -> Sequence[Promise]:
    """Return the promises on the complaint, the oldest first. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    return await repository.list_promises(session, complaint_id, after=after, limit=limit)


async def kept_by_agent(session: AsyncSession, *, since: datetime) -> dict[str, tuple[int, int]]:
    """Return for each agent how many promises were kept, of how many that were kept or broken."""
    return await repository.kept_by_agent(session, since=since)


async def complaints_with_broken_promises(session: AsyncSession, complaint_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the complaints on which a promise was broken."""
    return await repository.complaints_with_broken_promises(session, complaint_ids)


def _check_is_in_future(promised_by: datetime, *, now: datetime) -> None:
    if promised_by <= now:
        raise PromiseDateInPast(pointer="/promised_by")


async def _lock_open_promise(session: AsyncSession, case: Case, promise_id: UUID, *, now: datetime) -> Promise:
    promise = await repository.lock_promise(session, promise_id)
    if promise is None or promise.complaint_id != case.complaint.id:
        raise PromiseNotFound
    if promise.state != ComplaintPromiseState.OPEN:
        raise PromiseNotOpen
    if rules.is_broken(promise.promised_by, now=now):
        raise PromiseIsBroken
    return promise


def _state_after(promise: Promise, *, completed: bool, now: datetime) -> ComplaintPromiseState:
    if completed:
        return rules.state_at_completion(PromiseKind(promise.kind), promise.promised_by, now=now)
    return rules.state_at_end(promise.promised_by, now=now)


def _build_promise(
    case: Case, *, kind: PromiseKind, description: str, promised_by: datetime, by: str, now: datetime
) -> Promise:
    return Promise(
        id=new_id(),
        complaint_id=case.complaint.id,
        kind=kind,
        description=description,
        promised_by=promised_by,
        made_at=now,
        made_by=by,
        state=ComplaintPromiseState.OPEN,
        customer_notified=False,
    )


def _resolve(
    session: AsyncSession, case: Case, promise: Promise, state: ComplaintPromiseState, *, by: str | None, now: datetime
) -> list[StagedEvent]:
    """Set the final state; return an event if it is kept or broken.

    The history entry of a transition covers the promises that it resolves.
    """
    if state is ComplaintPromiseState.OPEN:
        return []
    is_overdue = state is ComplaintPromiseState.BROKEN and not promise.customer_notified
    # It broke at its moment, no matter how late that is noticed.
    moment = promise.promised_by if is_overdue else now
    promise.state, promise.settled_at = state, moment
    if is_overdue or by is not None:
        _append_history(session, promise, HISTORY_ACTIONS[state], by=None if is_overdue else by, now=now)
    facts = {"promise_id": promise.id, "promised_by": promise.promised_by}
    if state is ComplaintPromiseState.KEPT:
        return [build_event(PromiseKept, case.complaint, case.clocks, occurred_at=moment, **facts)]
    if state is ComplaintPromiseState.BROKEN:
        facts |= {"told_before": promise.customer_notified}
        return [build_event(PromiseBroken, case.complaint, case.clocks, occurred_at=moment, **facts)]
    return []


def _append_history(session: AsyncSession, promise: Promise, action: str, *, by: str | None, now: datetime) -> None:
    after = {"promise_id": str(promise.id), "state": promise.state, "promised_by": promise.promised_by.isoformat()}
    complaints.append_history(session, promise.complaint_id, at=now, by=by, action=action, before={}, after=after)
