"""Agreements and their validity. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.conditions import Condition, Facts
from heed_common.conditions import parse as parse_condition
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.sla.clock.plan import PolicyKey
from heed_complaint.sla.terms.agreements.errors import AgreementInvalid
from heed_complaint.sla.terms.policies import rules as policies
from heed_complaint.sla.terms.policies.rules import Calendars, Layer

CUSTOMER_FIELDS = {name: kind for name, kind in FIELDS.items() if name.startswith("customer.")}
"""A segment is defined by fields of customers, not of complaints."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement with a customer, or with all customers that match the condition."""

    id: UUID
    layer: Layer
    customer_id: UUID | None
    segment: Condition | None
    calendar: str | None
    valid_from: datetime
    valid_until: datetime | None
    """Exclusive."""

    def is_with(self, parties: Collection[UUID], facts: Facts) -> bool:
        return self.customer_id in parties if self.segment is None else self.segment.matches(facts)

    def is_in_force(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    @property
    def rank(self) -> tuple[bool, datetime, UUID]:
        """The highest rank has precedence: customers before segments, then the latest start."""
        return self.segment is None, self.valid_from, self.id


def parse(agreement_id: UUID, version: int, document: Mapping[str, Any]) -> Agreement:
    """Parse an agreement. Raises `PolicyInvalid` or `ConditionInvalid` with a pointer to the invalid part."""
    segment, until, customer_id = document.get("segment"), document.get("valid_until"), document.get("customer_id")
    return Agreement(
        agreement_id,
        policies.parse_layer(PolicyKey(f"agreement/{agreement_id}", version), document["policy"], at="/policy"),
        None if customer_id is None else UUID(customer_id),
        None if segment is None else parse_condition(segment, CUSTOMER_FIELDS, pointer="/segment"),
        document.get("calendar"),
        datetime.fromisoformat(document["valid_from"]),
        None if until is None else datetime.fromisoformat(until),
    )


def in_force(
    signed: Collection[Agreement], *, parties: Collection[UUID], facts: Facts, at: datetime
) -> Agreement | None:
    """Return the agreement for a complaint received then. It applies until the complaint ends, even if it expires."""
    matching = (agreement for agreement in signed if agreement.is_in_force(at) and agreement.is_with(parties, facts))
    return max(matching, key=lambda agreement: agreement.rank, default=None)


def check_calendars(agreement: Agreement, calendars: Calendars, *, now: datetime) -> None:
    """Raise an error unless every calendar exists and knows the days until far beyond the deadline."""
    if agreement.calendar is not None and agreement.calendar not in calendars:
        raise AgreementInvalid("There is no such calendar.", pointer="/calendar")
    policies.check_calendars(agreement.layer, calendars, now=now, at="/policy")
