"""Two complaints turn out to be one: one goes on, the other is set aside, and nothing of it is lost.

Merged by mistake, both are again what they would have been: nobody's waiting is forgotten.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintAmended, ComplaintClosed, ComplaintStatus
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.errors import ComplaintIsMerged, ComplaintNotFound
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.merges import repository, rules
from heed_complaint.lifecycle.merges.errors import DifferentCustomers, MergedWithItself, NotMerged
from heed_complaint.lifecycle.merges.receipts import own_receipt
from heed_complaint.lifecycle.merges.rules import Facts, Receipt
from heed_complaint.lifecycle.merges.tables import ComplaintMerge
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.event_factory import tell
from heed_complaint.sla.service import alerts_after_replan, alerts_for, replan_clocks


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
    """The duplicate is handled as this one from now on, and the earlier receipt counts. Answers the survivor."""
    survivor, duplicate = await _lock_pair(session, survivor_id, duplicate_id)
    check_if_match(if_match, survivor.complaint.revision)
    rules.check_merge(_facts(survivor.complaint), _facts(duplicate.complaint))
    if not confirmed:
        await _check_customers(session, survivor.complaint, duplicate.complaint)
    own = await own_receipt(session, survivor.complaint)
    survivor.complaint.customer_wrote_at = rules.first_unanswered(
        survivor.complaint.customer_wrote_at, duplicate.complaint.customer_wrote_at
    )
    await _set_aside(session, duplicate, survivor_id, own, note=note, by=by, now=now)
    _note(session, survivor_id, "merge", {}, {"duplicate_id": str(duplicate_id)}, note=note, by=by, now=now)
    return await _receive(session, survivor, own, now=now)


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
    """They are two after all, and exactly these two. Answers the one that had survived."""
    survivor, duplicate = await _lock_pair(session, survivor_id, duplicate_id)
    check_if_match(if_match, survivor.complaint.revision)
    if survivor.complaint.merged_into is not None:
        raise ComplaintIsMerged(survivor.complaint.merged_into)
    found = {row.duplicate_id: row for row in await repository.standing_merges(session, survivor_id)}
    if duplicate_id not in found:
        raise NotMerged(pointer="/duplicate_id")
    merged = found[duplicate_id]
    await _take_up_again(session, duplicate, merged, note=note, by=by, now=now)
    _note(session, survivor_id, "unmerge", {"duplicate_id": str(duplicate_id)}, {}, note=note, by=by, now=now)
    own = Receipt(merged.survivor_received_at, merged.survivor_occurred_at)
    return await _receive(session, survivor, own, now=now)


async def merged(
    session: AsyncSession, *, complaint_id: UUID, confidential: bool, after: UUID | None, limit: int
) -> list[Case]:
    """What was merged into it, each as it came in."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    found = await repository.merged_into(session, complaint_id, confidential=confidential, after=after, limit=limit)
    return await cases.load_all(session, found)


async def _lock_pair(session: AsyncSession, survivor_id: UUID, duplicate_id: UUID) -> Sequence[Case]:
    if survivor_id == duplicate_id:
        raise MergedWithItself(pointer="/duplicate_id")
    # Everybody locks two complaints in the same order, so that opposite merges wait and do not deadlock.
    found = {
        complaint_id: await cases.lock(session, complaint_id) for complaint_id in sorted((survivor_id, duplicate_id))
    }
    return found[survivor_id], found[duplicate_id]


def _facts(complaint: Complaint) -> Facts:
    return Facts(
        id=complaint.id,
        kind=complaint.kind,
        confidential=complaint.confidential,
        ended=complaint.ended_at is not None,
        merged_into=complaint.merged_into,
    )


async def _check_customers(session: AsyncSession, survivor: Complaint, duplicate: Complaint) -> None:
    """Somebody unknown may be anybody; two who are known must be one."""
    if not duplicate.customer_is_known:
        return
    roots = await families.roots_of(session, [survivor.customer_id, duplicate.customer_id])
    if len(set(roots.values())) > 1:
        raise DifferentCustomers(pointer="/duplicate_id")


async def _set_aside(
    session: AsyncSession, case: Case, survivor_id: UUID, own: Receipt, *, note: str | None, by: str, now: datetime
) -> None:
    """What fell due until now is told; from now on nothing is owed on the duplicate. One that had ended stays so."""
    complaint, before = case.complaint, {"state": case.complaint.state, "paused": case.complaint.paused}
    clocks, due = alerts_for(session, complaint, case.clocks, now=now)
    standing: dict[str, object] = {}
    if complaint.ended_at is None:
        standing = before | {"owed": rules.owed(clocks)}
        clocks = sla.ended(clocks, now)
        complaint.state, complaint.paused, complaint.ended_at = ComplaintStatus.CLOSED, False, now
    complaint.merged_into = survivor_id
    complaint.revision += 1
    session.add(_row(survivor_id, complaint.id, own, standing, now=now))
    after = {"merged_into": str(survivor_id), "state": complaint.state}
    _note(session, complaint.id, "merge", before, after, note=note, by=by, now=now)
    closed = tell(ComplaintClosed, complaint, clocks, occurred_at=now)
    await cases.keep(session, Case(complaint, clocks), [*due, closed], now=now)


def _row(
    survivor_id: UUID, duplicate_id: UUID, own: Receipt, standing: dict[str, object], *, now: datetime
) -> ComplaintMerge:
    return ComplaintMerge(
        id=new_id(),
        survivor_id=survivor_id,
        duplicate_id=duplicate_id,
        merged_at=now,
        survivor_received_at=own.received_at,
        survivor_occurred_at=own.occurred_at,
        standing=standing,
        undone_at=None,
    )


async def _take_up_again(
    session: AsyncSession, case: Case, merged: ComplaintMerge, *, note: str | None, by: str, now: datetime
) -> None:
    """It stands as it stood, and its clocks have run all the time."""
    complaint, standing, clocks = case.complaint, merged.standing, case.clocks
    merged.undone_at = now
    complaint.merged_into = None
    complaint.revision += 1
    if standing:
        complaint.state, complaint.paused, complaint.ended_at = standing["state"], standing["paused"], None
        revived = rules.revived(clocks, standing["owed"], merged_at=merged.merged_at, paused=complaint.paused)
        clocks = await replan_clocks(session, complaint, revived, now=now)
    before = {"merged_into": str(merged.survivor_id)}
    after = {"state": complaint.state, "paused": complaint.paused}
    _note(session, complaint.id, "unmerge", before, after, note=note, by=by, now=now)
    await _tell_amended(session, Case(complaint, clocks), ("merged_into", "state"), now=now)


async def _receive(session: AsyncSession, survivor: Case, own: Receipt, *, now: datetime) -> Case:
    """Whoever complained twice has waited since the first time."""
    complaint, clocks = survivor.complaint, survivor.clocks
    before = Receipt(complaint.received_at, complaint.occurred_at)
    await session.flush()
    first = await repository.earliest(session, complaint.id, received=own.received_at, occurred=own.occurred_at)
    complaint.received_at, complaint.occurred_at = first
    complaint.revision += 1
    changed = {"duplicates", *(name for name in Receipt._fields if getattr(first, name) != getattr(before, name))}
    if first.received_at != before.received_at:
        moved = rules.received_at(clocks, first.received_at, instead_of=before.received_at)
        clocks = await replan_clocks(session, complaint, moved, now=now)
    return await _tell_amended(session, Case(complaint, clocks), sorted(changed), now=now)


async def _tell_amended(session: AsyncSession, case: Case, changed: Sequence[str], *, now: datetime) -> Case:
    judged = sla.evaluate(case.clocks, now=now)
    amended = tell(ComplaintAmended, case.complaint, judged, occurred_at=now, changed=tuple(changed))
    clocks, due = alerts_after_replan(session, case.complaint, case.clocks, now=now)
    staged: list[StagedEvent] = [amended, *due]
    return await cases.keep(session, Case(case.complaint, clocks), staged, now=now)


def _note(
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
