"""Use cases of acceptance rules."""

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
from heed_complaint.lifecycle.acceptance.rules import AcceptanceRule
from heed_complaint.lifecycle.acceptance.tables import Acceptance
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.transitions import service as moves
from heed_complaint.sla.case import Case

MAX_DRY_RUN = 1000


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A complaint, and the rule that decides on it."""

    complaint_id: UUID
    rule: AcceptanceRule


async def apply_rules(session: AsyncSession, case: Case, *, now: datetime) -> Case:
    """Apply the first matching rule to a complaint that was just opened: a transition like any other, by the rule.

    An unvoiced grievance is left alone: there is nothing to accept.
    """
    if not case.complaint.is_voiced:
        return case
    documents = (await repository.get_acceptance(session)).rules
    rule = await _matching_rule(session, rules.parse_rules(documents), case.complaint) if documents else None
    if rule is None:
        return case
    by, complaint = f"rule:{rule.name}", case.complaint
    moved = await moves.transition(
        session, complaint_id=complaint.id, step=rule.to_transition(), by=by, if_match=None, now=now
    )
    if rule.customer_text:
        await messages.create_message(
            session,
            complaint_id=complaint.id,
            visibility=Visibility.CUSTOMER,
            text="\n\n".join(rule.customer_text[language] for language in sorted(rule.customer_text)),
            by=by,
            now=now,
        )
    return moved


async def get_rules(session: AsyncSession) -> Acceptance:
    """Return the stored rules with their revision."""
    return await repository.get_acceptance(session)


async def put_rules(
    session: AsyncSession, *, documents: Sequence[Mapping[str, Any]], if_match: int | None
) -> Acceptance:
    """Replace the rules for complaints opened from now on. Raises `ConditionError`, `DuplicateRule`."""
    rules.parse_rules(documents)
    acceptance = await repository.lock_acceptance(session)
    require_if_match(if_match, acceptance.revision)
    acceptance.rules = [dict(document) for document in documents]
    acceptance.revision += 1
    return acceptance


async def dry_run(
    session: AsyncSession, *, documents: Sequence[Mapping[str, Any]], confidential: bool
) -> tuple[int, list[RuleMatch]]:
    """Return how many undecided complaints were evaluated, and which rule would decide on which of them."""
    candidates = rules.parse_rules(documents)
    undecided = await repository.undecided_complaints(session, confidential=confidential, limit=MAX_DRY_RUN)
    customers = await customers_of(session, {complaint.customer_id for complaint in undecided})
    matches = [
        RuleMatch(complaint.id, rule)
        for complaint in undecided
        if (rule := rules.first_match(candidates, facts_of(complaint, customers.get(complaint.customer_id))))
    ]
    return len(undecided), matches


async def _matching_rule(
    session: AsyncSession, candidates: Sequence[AcceptanceRule], complaint: Complaint
) -> AcceptanceRule | None:
    customers = await customers_of(session, [complaint.customer_id])
    return rules.first_match(candidates, facts_of(complaint, customers.get(complaint.customer_id)))
