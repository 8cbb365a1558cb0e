"""Resolver of the terms of a complaint: the agreement in force, then the policies in their order, then `default`."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.condition_fields import BY_CUSTOMER, HasFacts, facts_of
from heed_complaint.core.customers import families
from heed_complaint.sla.clock.plan import Plan, PolicyKey
from heed_complaint.sla.clock.working_time import Calendar
from heed_complaint.sla.terms import merge_layers
from heed_complaint.sla.terms.agreements import repository as agreements
from heed_complaint.sla.terms.agreements import rules as agreement_rules
from heed_complaint.sla.terms.agreements.rules import Agreement
from heed_complaint.sla.terms.calendars.cache import current_calendars
from heed_complaint.sla.terms.merge_layers import AgreementTerms, Layers
from heed_complaint.sla.terms.policies import repository as policies
from heed_complaint.sla.terms.policies import rules
from heed_complaint.sla.terms.policies.rules import Policy
from heed_complaint.sla.terms.revisions import repository as revisions


@dataclass(frozen=True)
class TermsSnapshot:
    """All policies and calendars as of one revision. Complaints to which the same layers apply share one plan."""

    revision: int
    policies: tuple[Policy, ...]
    """In order of precedence."""
    calendars: Mapping[str, Calendar]
    agreements: bool
    """Whether any agreement is signed."""
    _plans: dict[Hashable, Plan] = field(default_factory=dict, compare=False)

    @cached_property
    def required_fields(self) -> frozenset[str]:
        """The fields that affect a plan; the condition of an agreement may use any field of the customer."""
        by_policies = [policy.when.required_fields() for policy in self.policies if policy.when]
        by_agreements = agreement_rules.CUSTOMER_FIELDS if self.agreements else ()
        return frozenset({"complaint.dispatched"}).union(*by_policies, by_agreements)

    @cached_property
    def needs_customers(self) -> bool:
        return self.agreements or any(name in BY_CUSTOMER for name in self.required_fields)

    def plan(self, facts: Mapping[str, object], agreement: Agreement | None = None) -> Plan:
        """Return the plan of a complaint with these facts."""
        applies = tuple(policy.when is None or policy.when.matches(facts) for policy in self.policies)
        dispatched = bool(facts["complaint.dispatched"])
        key = applies, dispatched, agreement and agreement.layer.key
        plan = self._plans.get(key)
        if plan is None:
            found = tuple(policy.layer for policy, holds in zip(self.policies, applies, strict=True) if holds)
            layers = Layers(found, dispatched=dispatched)
            if agreement is not None:
                own = AgreementTerms(agreement.id, agreement.calendar)
                layers = Layers((agreement.layer, *found), own, dispatched=dispatched)
            plan = self._plans[key] = merge_layers.plan(layers, self.calendars, revision=self.revision)
        return plan

    def covers_targets(self, calendar: str, *, now: datetime) -> bool:
        """Return whether that calendar knows the days of every target that policies count by it."""
        targets = (target for policy in self.policies for target in policy.layer.targets.values())
        return all(
            rules.covers_target(target, self.calendars[calendar], now=now)
            for target in targets
            if target.calendar == calendar
        )

    def with_policy(self, policy: Policy) -> "TermsSnapshot":
        """Return the terms with that policy instead of the one of its name."""
        others = [other for other in self.policies if other.layer.key.name != policy.layer.key.name]
        return replace(self, policies=in_order([*others, policy]), _plans={})

    def with_calendar(self, calendar: Calendar) -> "TermsSnapshot":
        """Return the terms with that calendar instead of the one of its name."""
        return replace(self, calendars={**self.calendars, calendar.key.name: calendar}, _plans={})


@dataclass(frozen=True, slots=True)
class CustomerContext:
    """The customers of some complaints, and the families that merged customers form."""

    customers: Mapping[UUID, object]
    families: Mapping[UUID, set[UUID]]

    def parties(self, customer_id: UUID) -> set[UUID]:
        return self.families.get(customer_id, {customer_id})

    def all_customers(self) -> set[UUID]:
        return set[UUID]().union(*self.families.values())


_SNAPSHOTS: WeakKeyDictionary[object, TermsSnapshot] = WeakKeyDictionary()
"""The newest snapshot of each database."""


class Plannable(HasFacts, Protocol):
    """A complaint, or the fields of one that its plan depends on."""

    @property
    def id(self) -> UUID: ...

    @property
    def customer_id(self) -> UUID: ...

    @property
    def received_at(self) -> datetime: ...


async def plans_for(
    session: AsyncSession, complaints: Sequence[Plannable], *, terms: TermsSnapshot
) -> dict[UUID, Plan]:
    """Return the plan of each complaint by these terms. Customers and agreements are loaded in one query each."""
    context = CustomerContext({}, {})
    if terms.needs_customers:
        ids = {complaint.customer_id for complaint in complaints if complaint.customer_is_known}
        context = CustomerContext(await families.customers_of(session, ids), await families.families_of(session, ids))
    signed = await agreements.list_signed(session, context.all_customers()) if terms.agreements else []
    plans = {}
    for complaint in complaints:
        facts = facts_of(complaint, context.customers.get(complaint.customer_id), fields=terms.required_fields)
        agreement = signed and agreement_rules.in_force(
            signed, parties=context.parties(complaint.customer_id), facts=facts, at=complaint.received_at
        )
        plans[complaint.id] = terms.plan(facts, agreement or None)
    return plans


async def current_terms(session: AsyncSession) -> TermsSnapshot:
    """Return the current policies and calendars; each revision is loaded once."""
    revision = (await revisions.newest(session)).number
    cached = _SNAPSHOTS.get(session.get_bind())
    if cached is not None and cached.revision == revision:
        return cached
    rows = await policies.newest_of_all(session)
    parsed = [rules.parse(PolicyKey(row.name, row.version), row.document) for row in rows]
    terms = TermsSnapshot(
        revision,
        in_order(parsed),
        await current_calendars(session),
        agreements=await agreements.any_is_signed(session),
    )
    _SNAPSHOTS[session.get_bind()] = terms
    return terms


def in_order(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Return the policies in order of precedence."""
    return tuple(sorted(policies, key=lambda policy: policy.rank))
