"""Use cases of message timers: set them when a milestone starts, and send what is due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_complaint.correspondence.timers import repository, rules
from heed_complaint.correspondence.updates import service as updates
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.notifications.rules import TIMED, MessageKind, MessagePolicy
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case

BATCH = 50


async def schedule(session: AsyncSession, case: Case, *, not_before: datetime | None = None) -> None:
    """Set the timers of a complaint by its clocks; a message that is not sent has none, nor one before that moment."""
    policy = await notifications.load_policy(session)
    for kind in TIMED:
        due_at = _due_at(policy, case, kind)
        if due_at is not None and (not_before is None or due_at >= not_before):
            await repository.set_timer(session, case.id, kind, due_at=due_at)


async def send_due(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Send the messages whose timers are due; return the number of complaints."""

    async def send(complaint_ids: Sequence[UUID]) -> None:
        for complaint_id in complaint_ids:
            await _send_due_of(session, complaint_id, now=now)

    due = await repository.lock_complaints_with_due_timers(session, now=now, limit=BATCH)
    await isolate(session, repository.JOB, due, send, key=_itself, now=now)
    return len(due)


async def _send_due_of(session: AsyncSession, complaint_id: UUID, *, now: datetime) -> None:
    """Send what is due on one complaint. The clock decides: a pause or news may have moved the moment."""
    case = await cases.lock(session, complaint_id)
    policy = await notifications.load_policy(session)
    for timer in await repository.timers_of(session, complaint_id):
        if timer.due_at > now:
            continue
        kind = MessageKind(timer.kind)
        due_at = _due_at(policy, case, kind)
        if due_at is not None and due_at > now:
            await repository.set_timer(session, complaint_id, kind, due_at=due_at)
            continue
        await repository.delete_timer(session, complaint_id, kind)
        if due_at is not None:
            await _send(session, case, kind, now=now)


async def _send(session: AsyncSession, case: Case, kind: MessageKind, *, now: datetime) -> None:
    if kind is MessageKind.PROGRESS:
        await updates.report_progress(session, case, now=now)
    elif rules.awaits_answer(
        ComplaintStatus(case.complaint.state), customer_wrote=case.complaint.customer_wrote_at is not None
    ):
        await updates.request_answer(session, case, now=now)


def _due_at(policy: MessagePolicy, case: Case, kind: MessageKind) -> datetime | None:
    settings = policy.kinds[kind]
    has_account = case.complaint.customer_is_known
    if settings.after_days is None or not policy.channels(kind, has_account=has_account):
        return None
    return rules.due_at(case.clocks, kind, after_days=settings.after_days)


def _itself(complaint_id: UUID) -> UUID:
    return complaint_id
