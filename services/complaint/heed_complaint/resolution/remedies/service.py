"""Use cases of remedies: one person grants within limits, two people beyond them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import RemedyKind
from heed_common.identifiers import new_id
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintIsMerged
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists import service as checklists
from heed_complaint.resolution.payable import check_payable
from heed_complaint.resolution.playbooks import service as playbooks
from heed_complaint.resolution.playbooks.rules import Limits, parse_limits
from heed_complaint.resolution.remedies import events, repository, rules
from heed_complaint.resolution.remedies.errors import NotAnAuthoriser, OverLimit, RemedyDecided, RemedyNotFound
from heed_complaint.resolution.remedies.rules import (
    ExchangeRates,
    GrantedRemedy,
    LimitExceeded,
    RemedyAmount,
    RemedyRequest,
    RemedyState,
)
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.workforce.assignment import service as desk
from heed_complaint.workforce.assignment.errors import FourEyesNeeded
from heed_complaint.workforce.four_eyes import may_approve

HISTORY_FIELDS = ("kind", "amount", "currency", "cost", "state")


async def request(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    request: RemedyRequest,
    exchange_rates: ExchangeRates,
    by: str,
    now: datetime,
) -> Remedy:
    """Grant the remedy if it is within the limits; else leave it pending if requested so, or raise `OverLimit`.

    Raises `ComplaintIsMerged`, `NotPayable`.
    """
    # The lock is held until the commit: of two concurrent requests the second one sees what the first one granted.
    case = await cases.lock(session, complaint_id)
    if case.complaint.merged_into is not None:
        raise ComplaintIsMerged(case.complaint.merged_into)
    limits = await _limits(session, case.complaint)
    amount = RemedyAmount(request.kind, request.amount, request.cost, request.currency or case.complaint.currency)
    check_payable(amount.amount, amount.currency, pointer="/amount")
    given = [_amount_of(remedy) for remedy in await repository.granted_on_case(session, complaint_id)]
    exceeded = rules.check_limits(amount, given=given, limits=limits, exchange_rates=exchange_rates)
    if exceeded is not None and not request.request_approval:
        raise _over_limit(exceeded)
    remedy = _build_remedy(case.complaint, request, amount, limits, exceeded, by=by, now=now)
    session.add(remedy)
    return await _save(session, case, remedy, by=by, now=now, action="remedy", before={})


async def approve(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    remedy_id: UUID,
    note: str | None,
    by: str,
    scopes: Collection[str],
    now: datetime,
) -> Remedy:
    """Grant a pending remedy as a second person. Raises `NotAnAuthoriser`, `FourEyesNeeded`, `RemedyDecided`."""
    case, remedy = await _lock_for_decision(session, complaint_id, remedy_id, by=by, scopes=scopes)
    return await _decide(session, case, remedy, RemedyState.GRANTED, note=note, by=by, now=now)


async def reject(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    remedy_id: UUID,
    note: str | None,
    by: str,
    scopes: Collection[str],
    now: datetime,
) -> Remedy:
    """Reject a pending remedy as a second person. Raises `NotAnAuthoriser`, `FourEyesNeeded`, `RemedyDecided`."""
    case, remedy = await _lock_for_decision(session, complaint_id, remedy_id, by=by, scopes=scopes)
    return await _decide(session, case, remedy, RemedyState.REJECTED, note=note, by=by, now=now)


async def get(session: AsyncSession, *, complaint_id: UUID, remedy_id: UUID) -> Remedy:
    """Return the remedy. Raises `RemedyNotFound`."""
    remedy = await repository.get_remedy(session, complaint_id, remedy_id)
    if remedy is None:
        raise RemedyNotFound
    return remedy


async def granted_remedies(session: AsyncSession, *, complaint_id: UUID) -> list[GrantedRemedy]:
    """Return what the customer receives, also on the duplicates merged into the complaint."""
    rows = await repository.granted_on_case(session, complaint_id)
    return [GrantedRemedy(row.id, row.kind, row.amount, row.currency) for row in rows]


async def list_remedies(
    session: AsyncSession, *, complaint_id: UUID, after: UUID | None, limit: int
) -> Sequence[Remedy]:
    """Return granted, pending and rejected remedies, the oldest first."""
    await cases.load(session, complaint_id=complaint_id)
    return await repository.list_remedies(session, complaint_id, after=after, limit=limit)


async def _limits(session: AsyncSession, complaint: Complaint) -> Limits:
    general = parse_limits((await playbooks.get_limits(session)).content)
    playbook = await checklists.matching_playbook(session, complaint)
    return rules.merge_limits(playbook.limits if playbook else None, general)


def _amount_of(remedy: Remedy) -> RemedyAmount:
    return RemedyAmount(RemedyKind(remedy.kind), remedy.amount, remedy.cost, remedy.currency)


def _over_limit(exceeded: LimitExceeded) -> OverLimit:
    return OverLimit(exceeded.reason, limit=exceeded.limit, given=exceeded.rounded_given, currency=exceeded.currency)


def _build_remedy(
    complaint: Complaint,
    request: RemedyRequest,
    amount: RemedyAmount,
    limits: Limits,
    exceeded: LimitExceeded | None,
    *,
    by: str,
    now: datetime,
) -> Remedy:
    return Remedy(
        id=new_id(),
        complaint_id=complaint.id,
        kind=request.kind,
        amount=rules.quantize(request.amount),
        currency=amount.currency,
        cost=None if request.cost is None else rules.quantize(request.cost),
        note=request.note,
        state=RemedyState.PENDING if exceeded else RemedyState.GRANTED,
        over_limit=exceeded is not None,
        playbook=limits.playbook,
        requested_by=by,
        requested_at=now,
        decided_at=None if exceeded else now,
    )


async def _lock_for_decision(
    session: AsyncSession, complaint_id: UUID, remedy_id: UUID, *, by: str, scopes: Collection[str]
) -> tuple[Case, Remedy]:
    case = await cases.lock(session, complaint_id)
    remedy = await get(session, complaint_id=complaint_id, remedy_id=remedy_id)
    if not rules.can_authorise(await _limits(session, case.complaint), by=by, scopes=scopes):
        raise NotAnAuthoriser
    handlers, rule = await desk.previous_handlers(session, case.complaint)
    if not may_approve(by, handlers, rule, requested_by=str(remedy.requested_by)):
        raise FourEyesNeeded
    if remedy.state != RemedyState.PENDING:
        raise RemedyDecided
    return case, remedy


async def _decide(
    session: AsyncSession,
    case: Case,
    remedy: Remedy,
    state: RemedyState,
    *,
    note: str | None,
    by: str,
    now: datetime,
) -> Remedy:
    before = {"state": remedy.state}
    remedy.state, remedy.decided_by, remedy.decided_at, remedy.decision_note = state, by, now, note
    return await _save(session, case, remedy, by=by, now=now, action="decide_remedy", before=before)


async def _save(
    session: AsyncSession,
    case: Case,
    remedy: Remedy,
    *,
    by: str,
    now: datetime,
    action: str,
    before: dict[str, str],
) -> Remedy:
    after = {"remedy_id": remedy.id} | {name: getattr(remedy, name) for name in HISTORY_FIELDS}
    complaints.append_history(
        session, case.complaint.id, at=now, by=by, action=action, before=before, after=to_jsonable_python(after)
    )
    granted = [remedy] if remedy.state == RemedyState.GRANTED else []
    staged = events.build_granted_events(case.complaint, case.clocks, granted, now=now)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return remedy
