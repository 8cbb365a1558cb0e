"""Which agreement is in force for whom and when. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.conditions import Condition, Facts, parse
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.sla.clock.plan import PolicyKey
from heed_complaint.sla.terms.agreements.errors import AgreementInvalid
from heed_complaint.sla.terms.policies import rules as policies
from heed_complaint.sla.terms.policies.rules import Calendars, Layer

OF_CUSTOMERS = {name: kind for name, kind in FIELDS.items() if name.startswith("customer.")}
"""A segment is told by what is known of customers, not by what they complain about."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of what was signed with a customer, or with all customers of whom the condition holds."""

    id: UUID
    layer: Layer
    customer_id: UUID | None
    segment: Condition | None
    calendar: str | None
    valid_from: datetime
    valid_until: datetime | None
    """Not part of it."""

    def is_with(self, parties: Collection[UUID], facts: Facts) -> bool:
        return self.customer_id in parties if self.segment is None else self.segment.matches(facts)

    def is_in_force(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    @property
    def rank(self) -> tuple[bool, datetime, UUID]:
        """The greatest one counts: with the customer before with a segment, then the one that began last."""
        return self.segment is None, self.valid_from, self.id


def read(agreement_id: UUID, version: int, document: Mapping[str, Any]) -> Agreement:
    """An agreement as it was written. Raises an error with a pointer to what is wrong."""
    segment, until, customer_id = document.get("segment"), document.get("valid_until"), document.get("customer_id")
    return Agreement(
        agreement_id,
        policies.read_layer(PolicyKey(f"agreement/{agreement_id}", version), document["policy"], at="/policy"),
        None if customer_id is None else UUID(customer_id),
        None if segment is None else parse(segment, OF_CUSTOMERS, pointer="/segment"),
        document.get("calendar"),
        datetime.fromisoformat(document["valid_from"]),
        None if until is None else datetime.fromisoformat(until),
    )


def in_force(
    signed: Collection[Agreement], *, parties: Collection[UUID], facts: Facts, at: datetime
) -> Agreement | None:
    """The one that counts for a complaint received then; it stays so when the agreement ends before the complaint."""
    fitting = (one for one in signed if one.is_in_force(at) and one.is_with(parties, facts))
    return max(fitting, key=lambda one: one.rank, default=None)


def check_reach(agreement: Agreement, calendars: Calendars, *, now: datetime) -> None:
    """Every calendar is there, and knows the days until far behind the deadline."""
    if agreement.calendar is not None and agreement.calendar not in calendars:
        raise AgreementInvalid("There is no such calendar.", pointer="/calendar")
    policies.check_reach(agreement.layer, calendars, now=now, at="/policy")
