"""Whoever complains about the same thing again and again is heard by somebody else."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, SLAEscalated
from heed_common.outbox import StagedEvent
from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.repeats import repository
from heed_complaint.lifecycle.repeats.tables import RepeatRule
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.event_factory import tell

COUNTED_BY = frozenset({"customer_id", "product", "kind"})
"""A complaint whose customer, product or kind was recorded wrongly is counted anew."""


async def number(session: AsyncSession, complaint: Complaint) -> int:
    """Set which complaint of this customer about this product it is; of two at once one is the later.

    Return up to which number others have been called already: a part of a complaint, and one that was sent twice, has
    the number of the other one and calls nobody again.
    """
    if complaint.split_from is not None:
        complaint.nth = await repository.nth_of(session, complaint.split_from)
        return complaint.nth
    if complaint.kind != CaseKind.COMPLAINT or complaint.product_key is None or not complaint.customer_is_known:
        complaint.nth = 1
        return 1
    family = await families.family_of(session, complaint.customer_id)
    await repository.count_alone(session, customer_id=min(family), product=complaint.product_key)
    first = await repository.nth_of_first_sent(session, complaint, customer_ids=family)
    complaint.nth = first or 1 + await repository.count_others(session, complaint, customer_ids=family)
    return first or 1


async def recount(session: AsyncSession, complaint: Complaint, *, changed: Collection[str]) -> int:
    """Number again after a correction. Return up to which number others have been called already."""
    before = complaint.nth
    return max(before, await number(session, complaint)) if COUNTED_BY.intersection(changed) else before


async def escalate(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, now: datetime, counted_before: int
) -> list[StagedEvent]:
    """Somebody else is called where it has happened too often, once; for a part of a complaint they were already."""
    if complaint.nth <= counted_before or complaint.split_from is not None:
        return []
    rule = await repository.rule(session)
    if not counted_before < rule.escalate_from <= complaint.nth:
        return []
    before = {"escalation": complaint.escalation}
    complaint.escalation += 1
    after = {"escalation": complaint.escalation, "nth": complaint.nth, "to": rule.to}
    complaints.append_history(session, complaint.id, at=now, by=None, action="escalate", before=before, after=after)
    return [tell(SLAEscalated, complaint, clocks, occurred_at=now, step=complaint.escalation, to=rule.to)]


async def rule(session: AsyncSession) -> RepeatRule:
    """From which one on who is called."""
    return await repository.rule(session)


async def write_rule(session: AsyncSession, *, escalate_from: int, to: str, if_match: int | None) -> RepeatRule:
    """Holds for what is opened from now on."""
    rule = await repository.lock_rule(session)
    require_if_match(if_match, rule.revision)
    rule.escalate_from, rule.to = escalate_from, to
    rule.revision += 1
    return rule
