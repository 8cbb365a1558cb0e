"""Use cases of merges: the duplicate is closed and the survivor goes on, with nothing of the duplicate lost.

After an unmerge both are what they would have been without the merge: the time that customers waited counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAmended, ComplaintClosed, ComplaintStatus
from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.errors import ComplaintIsMerged, ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.merges import repository, rules
from heed_complaint.lifecycle.merges.errors import DifferentCustomers, MergedWithItself, NotMerged
from heed_complaint.lifecycle.merges.receipt_times import own_receipt_times
from heed_complaint.lifecycle.merges.rules import MergeFacts, ReceiptTimes
from heed_complaint.lifecycle.merges.tables import ComplaintMerge
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case, build_event
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.service import alerts_for, events_of_change, plan_for, replanned_clocks


async def merge(
    session: AsyncSession,
    *,
    survivor_id: UUID,
    duplicate_id: UUID,
    confirmed: bool,
    note: str | None,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Case:
    """Close the duplicate and return the survivor, which counts from the earliest receipt. See `rules.check_merge`."""
    survivor, duplicate = await _lock_pair(session, survivor_id, duplicate_id)
    check_if_match(if_match, survivor.complaint.revision)
    rules.check_merge(_merge_facts(survivor.complaint), _merge_facts(duplicate.complaint))
    if not confirmed:
        await _check_customers(session, survivor.complaint, duplicate.complaint)
    own = await own_receipt_times(session, survivor.complaint)
    survivor.complaint.customer_wrote_at = rules.first_unanswered(
        survivor.complaint.customer_wrote_at, duplicate.complaint.customer_wrote_at
    )
    await _close_duplicate(session, duplicate, survivor_id, own, note=note, by=by, now=now)
    _append_history(session, survivor_id, "merge", {}, {"duplicate_id": str(duplicate_id)}, note=note, by=by, now=now)
    return await _apply_earliest_receipt(session, survivor, own, now=now)


async def unmerge(
    session: AsyncSession,
    *,
    survivor_id: UUID,
    duplicate_id: UUID,
    note: str | None,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Case:
    """Undo the merge of exactly these two and return the one that had survived. Raises `NotMerged`."""
    survivor, duplicate = await _lock_pair(session, survivor_id, duplicate_id)
    check_if_match(if_match, survivor.complaint.revision)
    if survivor.complaint.merged_into is not None:
        raise ComplaintIsMerged(survivor.complaint.merged_into)
    found = {row.duplicate_id: row for row in await repository.active_merges(session, survivor_id)}
    if duplicate_id not in found:
        raise NotMerged(pointer="/duplicate_id")
    merge_row = found[duplicate_id]
    await _reopen_duplicate(session, duplicate, merge_row, note=note, by=by, now=now)
    _append_history(session, survivor_id, "unmerge", {"duplicate_id": str(duplicate_id)}, {}, note=note, by=by, now=now)
    own = ReceiptTimes(merge_row.survivor_received_at, merge_row.survivor_occurred_at)
    return await _apply_earliest_receipt(session, survivor, own, now=now)


async def list_duplicates(
    session: AsyncSession, *, complaint_id: UUID, confidential: bool, after: UUID | None, limit: int
) -> list[Case]:
    """Return the complaints that are merged into it, each as it was received. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    found = await repository.list_duplicates(session, complaint_id, confidential=confidential, after=after, limit=limit)
    return await cases.load_all(session, found)


async def _lock_pair(session: AsyncSession, survivor_id: UUID, duplicate_id: UUID) -> Sequence[Case]:
    if survivor_id == duplicate_id:
        raise MergedWithItself(pointer="/duplicate_id")
    # Two complaints are always locked in the order of their ids, so that opposite merges wait and do not deadlock.
    found = {
        complaint_id: await cases.lock(session, complaint_id) for complaint_id in sorted((survivor_id, duplicate_id))
    }
    return found[survivor_id], found[duplicate_id]


def _merge_facts(complaint: Complaint) -> MergeFacts:
    return MergeFacts(
        id=complaint.id,
        kind=complaint.kind,
        confidential=complaint.confidential,
        ended=complaint.ended_at is not None,
        merged_into=complaint.merged_into,
    )


async def _check_customers(session: AsyncSession, survivor: Complaint, duplicate: Complaint) -> None:
    """Raise `DifferentCustomers` unless both have the same known customer; an unknown customer may be any."""
    if not duplicate.customer_is_known:
        return
    roots = await families.roots_of(session, [survivor.customer_id, duplicate.customer_id])
    if len(set(roots.values())) > 1:
        raise DifferentCustomers(pointer="/duplicate_id")


async def _close_duplicate(
    session: AsyncSession, case: Case, survivor_id: UUID, own: ReceiptTimes, *, note: str | None, by: str, now: datetime
) -> None:
    """Fire due alerts, close the duplicate and cancel its pending milestones. One that had ended stays ended."""
    complaint, before = case.complaint, {"state": case.complaint.state, "paused": case.complaint.paused}
    clocks, due = alerts_for(session, complaint, case.clocks, now=now)
    state_before: dict[str, object] = {}
    if complaint.ended_at is None:
        state_before = before | {"pending_milestones": rules.pending_milestones(clocks)}
        clocks = sla.ended(clocks, now)
        complaint.state, complaint.paused, complaint.ended_at = ComplaintStatus.CLOSED, False, now
    complaint.merged_into = survivor_id
    complaint.revision += 1
    session.add(_row(survivor_id, complaint.id, own, state_before, now=now))
    after = {"merged_into": str(survivor_id), "state": complaint.state}
    _append_history(session, complaint.id, "merge", before, after, note=note, by=by, now=now)
    closed = build_event(ComplaintClosed, complaint, clocks, occurred_at=now)
    case = Case(complaint, clocks)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [*due, closed], now=now)


def _row(
    survivor_id: UUID, duplicate_id: UUID, own: ReceiptTimes, state_before: dict[str, object], *, now: datetime
) -> ComplaintMerge:
    return ComplaintMerge(
        id=new_id(),
        survivor_id=survivor_id,
        duplicate_id=duplicate_id,
        merged_at=now,
        survivor_received_at=own.received_at,
        survivor_occurred_at=own.occurred_at,
        duplicate_state_before=state_before,
        undone_at=None,
    )


async def _reopen_duplicate(
    session: AsyncSession, case: Case, merge_row: ComplaintMerge, *, note: str | None, by: str, now: datetime
) -> None:
    """Restore the state of the duplicate; its clocks have run all the time."""
    complaint, state_before, clocks = case.complaint, merge_row.duplicate_state_before, case.clocks
    merge_row.undone_at = now
    complaint.merged_into = None
    complaint.revision += 1
    if state_before:
        complaint.state, complaint.paused, complaint.ended_at = state_before["state"], state_before["paused"], None
        pending = state_before["pending_milestones"]
        restored = rules.restore_clocks(clocks, pending, merged_at=merge_row.merged_at, paused=complaint.paused)
        clocks = replanned_clocks(complaint, await plan_for(session, complaint), restored, now=now)
    before = {"merged_into": str(merge_row.survivor_id)}
    after = {"state": complaint.state, "paused": complaint.paused}
    _append_history(session, complaint.id, "unmerge", before, after, note=note, by=by, now=now)
    await _publish_amended(session, Case(complaint, clocks), ("merged_into", "state"), now=now)


async def _apply_earliest_receipt(session: AsyncSession, survivor: Case, own: ReceiptTimes, *, now: datetime) -> Case:
    """Count the survivor from the earliest receipt: a customer who complained twice has waited since the first time."""
    complaint, clocks = survivor.complaint, survivor.clocks
    before = ReceiptTimes(complaint.received_at, complaint.occurred_at)
    await session.flush()
    first = await repository.earliest_receipt_times(
        session, complaint.id, received=own.received_at, occurred=own.occurred_at
    )
    complaint.received_at, complaint.occurred_at = first
    complaint.revision += 1
    changed = {"duplicates", *(name for name in ReceiptTimes._fields if getattr(first, name) != getattr(before, name))}
    if first.received_at != before.received_at:
        moved = rules.with_received_at(clocks, first.received_at, instead_of=before.received_at)
        clocks = replanned_clocks(complaint, await plan_for(session, complaint), moved, now=now)
    return await _publish_amended(session, Case(complaint, clocks), sorted(changed), now=now)


async def _publish_amended(session: AsyncSession, case: Case, changed: Sequence[str], *, now: datetime) -> Case:
    clocks, staged = events_of_change(
        session, ComplaintAmended, case.complaint, case.clocks, occurred_at=now, now=now, changed=tuple(changed)
    )
    case = Case(case.complaint, clocks)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return case


def _append_history(
    session: AsyncSession,
    complaint_id: UUID,
    action: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    note: str | None,
    by: str,
    now: datetime,
) -> None:
    complaints.append_history(
        session, complaint_id, at=now, by=by, action=action, before=before, after=after, note=note
    )
