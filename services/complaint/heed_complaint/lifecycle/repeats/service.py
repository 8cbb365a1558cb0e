"""Use cases of repeat complaints: number them, escalate them, configure when."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, SLAEscalated
from heed_common.outbox import StagedEvent
from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.repeats import repository
from heed_complaint.lifecycle.repeats.rules import Repeat, number_repeats
from heed_complaint.lifecycle.repeats.tables import RepeatPolicy
from heed_complaint.sla.case import build_event
from heed_complaint.sla.clock.milestones import Clocks

REPEAT_COUNT_FIELDS = frozenset({"customer_id", "product", "kind"})
"""A correction of one of these fields changes the repeat number."""


async def assign_repeat_number(session: AsyncSession, complaint: Complaint) -> int:
    """Set the repeat number among the complaints of this customer about this product.

    Return up to which number repeats were escalated already: a part of a complaint, and one that was sent twice, has
    the number of the other one and is not escalated again. The count is locked, so of two at once one is the later.
    """
    if complaint.split_from is not None:
        complaint.repeat_number = await repository.get_repeat_number(session, complaint.split_from)
        return complaint.repeat_number
    if complaint.kind != CaseKind.COMPLAINT or complaint.product_key is None or not complaint.customer_is_known:
        complaint.repeat_number = 1
        return 1
    family = await families.family_of(session, complaint.customer_id)
    await repository.lock_repeat_count(session, customer_id=min(family), product=complaint.product_key)
    first = await repository.repeat_number_of_first_submission(session, complaint, customer_ids=family)
    complaint.repeat_number = first or 1 + await repository.count_others(session, complaint, customer_ids=family)
    return first or 1


async def assign_repeat_numbers(session: AsyncSession, complaints: Sequence[Complaint]) -> dict[UUID, str]:
    """Set the repeat numbers of complaints of the past. Return to whom repeats were escalated, by complaint.

    A complaint is counted among those received before it that are stored or in the same chunk.
    """
    counted = [
        complaint
        for complaint in complaints
        if complaint.kind == CaseKind.COMPLAINT and complaint.customer_is_known and complaint.product_key is not None
    ]
    if not counted:
        return {}
    family_of = await families.families_of(session, {complaint.customer_id for complaint in counted})
    least = {member: min(family) for family in family_of.values() for member in family}
    keys = {(least[complaint.customer_id], str(complaint.product_key)) for complaint in counted}
    await repository.lock_repeat_counts(session, keys)
    stored = await repository.list_counted(
        session, customer_ids=set(least), product_keys={product_key for _, product_key in keys}
    )
    numbers = number_repeats(
        [
            *(_repeat(row, least[row.customer_id], number=row.repeat_number) for row in stored),
            *(_repeat(complaint, least[complaint.customer_id], number=None) for complaint in counted),
        ],
        window=repository.RESUBMISSION_WINDOW,
    )
    policy = await repository.get_policy(session)
    escalated: dict[UUID, str] = {}
    for complaint in counted:
        found = numbers[complaint.id]
        complaint.repeat_number = found.number
        if found.counted_before < policy.escalate_from <= found.number:
            escalated[complaint.id] = policy.escalate_to
    return escalated


async def reassign_repeat_number(session: AsyncSession, complaint: Complaint, *, changed: Collection[str]) -> int:
    """Set the repeat number again after a correction. Return up to which number repeats were escalated already."""
    before = complaint.repeat_number
    return (
        max(before, await assign_repeat_number(session, complaint))
        if REPEAT_COUNT_FIELDS.intersection(changed)
        else before
    )


async def escalate_repeats(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime, counted_before: int
) -> list[StagedEvent]:
    """Escalate once when the repeat number reaches the policy's; a part of a complaint is not escalated again."""
    if complaint.repeat_number <= counted_before or complaint.split_from is not None:
        return []
    policy = await repository.get_policy(session)
    if not counted_before < policy.escalate_from <= complaint.repeat_number:
        return []
    before = {"escalation": complaint.escalation_level}
    complaint.escalation_level += 1
    after = {"escalation": complaint.escalation_level, "nth": complaint.repeat_number, "to": policy.escalate_to}
    complaints.append_history(session, complaint.id, at=now, by=None, action="escalate", before=before, after=after)
    return [
        build_event(
            SLAEscalated, complaint, clocks, occurred_at=now, step=complaint.escalation_level, to=policy.escalate_to
        )
    ]


async def get_policy(session: AsyncSession) -> RepeatPolicy:
    """Return the repeat policy."""
    return await repository.get_policy(session)


async def put_policy(session: AsyncSession, *, escalate_from: int, to: str, if_match: int | None) -> RepeatPolicy:
    """Replace the policy for complaints opened from now on."""
    policy = await repository.lock_policy(session)
    require_if_match(if_match, policy.revision)
    policy.escalate_from, policy.escalate_to = escalate_from, to
    policy.revision += 1
    return policy


def _repeat(row: Complaint, family: UUID, *, number: int | None) -> Repeat:
    return Repeat(row.id, family, str(row.product_key), row.category, row.description, row.received_at, number)
