"""Which terms hold for which complaint: the agreement in force, then the policies in their order, then `default`."""

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
from heed_complaint.sla.terms.calendars import cache
from heed_complaint.sla.terms.calendars.cache import load as load_calendars
from heed_complaint.sla.terms.merge_layers import Layers, Own
from heed_complaint.sla.terms.policies import repository as policies
from heed_complaint.sla.terms.policies import rules
from heed_complaint.sla.terms.policies.rules import Policy
from heed_complaint.sla.terms.revisions import repository as changes

__all__ = ["Book", "book", "load_calendars", "plans_by", "plans_for"]


@dataclass(frozen=True)
class Book:
    """All policies and calendars as of one change. Complaints of which the same holds share one plan."""

    revision: int
    policies: tuple[Policy, ...]
    """In the order in which they are asked."""
    calendars: Mapping[str, Calendar]
    agreements: bool
    """Whether anything is signed with anybody."""
    _plans: dict[Hashable, Plan] = field(default_factory=dict, compare=False)

    @cached_property
    def asks(self) -> frozenset[str]:
        """The facts that decide about a plan; an agreement with a segment may ask for anything about customers."""
        asked = [policy.when.required_fields() for policy in self.policies if policy.when]
        of_segments = agreement_rules.OF_CUSTOMERS if self.agreements else ()
        return frozenset({"complaint.dispatched"}).union(*asked, of_segments)

    @cached_property
    def asks_of_customers(self) -> bool:
        return self.agreements or any(name in BY_CUSTOMER for name in self.asks)

    def plan(self, facts: Mapping[str, object], agreement: Agreement | None = None) -> Plan:
        """What is granted to a complaint of which these are the facts."""
        held = tuple(policy.holds(facts) for policy in self.policies)
        dispatched = bool(facts["complaint.dispatched"])
        key = held, dispatched, agreement and agreement.layer.key
        known = self._plans.get(key)
        if known is None:
            said = tuple(policy.layer for policy, holds in zip(self.policies, held, strict=True) if holds)
            layers = Layers(said, dispatched=dispatched)
            if agreement is not None:
                layers = Layers((agreement.layer, *said), Own(agreement.id, agreement.calendar), dispatched=dispatched)
            known = self._plans[key] = merge_layers.plan(layers, self.calendars, revision=self.revision)
        return known

    def reaches(self, calendar: str, *, now: datetime) -> bool:
        """Whether that calendar knows the days of every target that policies count by it."""
        named = (target for policy in self.policies for target in policy.layer.targets.values())
        return all(
            rules.reaches(target, self.calendars[calendar], now=now) for target in named if target.calendar == calendar
        )

    def with_policy(self, policy: Policy) -> "Book":
        """As it would be with that policy in the place of the one of its name."""
        others = [other for other in self.policies if other.layer.key.name != policy.layer.key.name]
        return replace(self, policies=in_order([*others, policy]), _plans={})

    def with_calendar(self, calendar: Calendar) -> "Book":
        return replace(self, calendars={**self.calendars, calendar.key.name: calendar}, _plans={})


@dataclass(frozen=True, slots=True)
class Known:
    """Whose complaints they are: what is known of them, and who is one with whom."""

    customers: Mapping[UUID, object]
    families: Mapping[UUID, set[UUID]]

    def parties(self, customer_id: UUID) -> set[UUID]:
        return self.families.get(customer_id, {customer_id})

    def everybody(self) -> set[UUID]:
        return set[UUID]().union(*self.families.values())


_BOOKS: WeakKeyDictionary[object, Book] = WeakKeyDictionary()
"""The newest book of each database."""


class Planned(HasFacts, Protocol):
    """A complaint, or as much of one as a plan depends on."""

    @property
    def id(self) -> UUID: ...

    @property
    def customer_id(self) -> UUID: ...

    @property
    def received_at(self) -> datetime: ...


async def plans_for(session: AsyncSession, complaints: Sequence[Planned]) -> dict[UUID, Plan]:
    """What is granted to each of them, by what is known now."""
    return await plans_by(session, await book(session), complaints)


async def plans_by(session: AsyncSession, by: Book, complaints: Sequence[Planned]) -> dict[UUID, Plan]:
    """What this book would grant them. Of customers and agreements only what decides is read, in one query each."""
    known = await _customers(session, complaints) if by.asks_of_customers else Known({}, {})
    signed = await agreements.of_customers(session, known.everybody()) if by.agreements else []
    found = {}
    for complaint in complaints:
        facts = facts_of(complaint, known.customers.get(complaint.customer_id), asked=by.asks)
        agreement = signed and agreement_rules.in_force(
            signed, parties=known.parties(complaint.customer_id), facts=facts, at=complaint.received_at
        )
        found[complaint.id] = by.plan(facts, agreement or None)
    return found


async def book(session: AsyncSession) -> Book:
    """The policies and calendars that count now; read once for each change."""
    revision = (await changes.newest(session)).revision
    known = _BOOKS.get(session.get_bind())
    if known is not None and known.revision == revision:
        return known
    rows = await policies.newest_of_all(session)
    read = [rules.read(PolicyKey(row.name, row.version), row.document) for row in rows]
    found = Book(
        revision, in_order(read), await cache.current(session), agreements=await agreements.any_is_signed(session)
    )
    _BOOKS[session.get_bind()] = found
    return found


async def _customers(session: AsyncSession, complaints: Sequence[Planned]) -> Known:
    ids = {complaint.customer_id for complaint in complaints if complaint.customer_is_known}
    return Known(await families.customers_of(session, ids), await families.families_of(session, ids))


def in_order(found: Sequence[Policy]) -> tuple[Policy, ...]:
    return tuple(sorted(found, key=lambda policy: policy.rank))
