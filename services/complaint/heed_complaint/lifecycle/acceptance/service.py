"""Operators' rules decide about complaints that need nobody to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.core.condition_fields import facts_of
from heed_complaint.core.customers.families import customers_of
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.acceptance import repository, rules
from heed_complaint.lifecycle.acceptance.rules import Rule
from heed_complaint.lifecycle.acceptance.tables import Acceptance
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.sla.case import Case

MOST_TRIED = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules would do to a complaint."""

    complaint_id: UUID
    rule: Rule


async def apply(session: AsyncSession, case: Case, *, now: datetime) -> Case:
    """Right after the opening: what a rule decides is a move like any other, under the rule's name.

    What nobody said aloud is left alone: there is nothing to accept.
    """
    if not case.complaint.is_voiced:
        return case
    written = (await repository.acceptance(session)).rules
    rule = await _deciding(session, rules.parse(written), case.complaint) if written else None
    if rule is None:
        return case
    by, complaint = f"rule:{rule.name}", case.complaint
    moved = await moves.move(session, complaint_id=complaint.id, step=rule.as_move(), by=by, if_match=None, now=now)
    # A repeated opening names the last event of the first one.
    complaint.event_id = session.info["last_event_id"]
    if rule.tell:
        await messages.create_message(
            session,
            complaint_id=complaint.id,
            visibility=Visibility.CUSTOMER,
            text="\n\n".join(rule.tell[language] for language in sorted(rule.tell)),
            by=by,
            now=now,
        )
    return moved


async def get(session: AsyncSession) -> Acceptance:
    """The rules as they were written."""
    return await repository.acceptance(session)


async def write(session: AsyncSession, *, written: Sequence[Mapping[str, Any]], if_match: int | None) -> Acceptance:
    """Other rules from here on; what was decided stays."""
    rules.parse(written)
    acceptance = await repository.lock_acceptance(session)
    require_if_match(if_match, acceptance.revision)
    acceptance.rules = [dict(rule) for rule in written]
    acceptance.revision += 1
    return acceptance


async def preview(
    session: AsyncSession, *, written: Sequence[Mapping[str, Any]], confidential: bool
) -> tuple[int, list[Verdict]]:
    """How many of the complaints that wait were looked at, and what the rules would have done to them."""
    tried = rules.parse(written)
    waiting = await repository.waiting(session, confidential=confidential, limit=MOST_TRIED)
    customers = await customers_of(session, {complaint.customer_id for complaint in waiting})
    found = [
        Verdict(complaint.id, rule)
        for complaint in waiting
        if (rule := rules.first_that_holds(tried, facts_of(complaint, customers.get(complaint.customer_id))))
    ]
    return len(waiting), found


async def _deciding(session: AsyncSession, candidates: Sequence[Rule], complaint: Complaint) -> Rule | None:
    customers = await customers_of(session, [complaint.customer_id])
    return rules.first_that_holds(candidates, facts_of(complaint, customers.get(complaint.customer_id)))
