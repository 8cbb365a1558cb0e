"""Batch of locked customers, each with all members of their family: an event about a member changes the survivor."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import RetryTransaction
from heed_scoring.engine.features.features import year_before
from heed_scoring.identities import repository
from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.customer_row import LockedCustomer, timestamp_after
from heed_scoring.identities.merged_facts import members_to_open, merge_facts
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts, may_be_closed
from heed_scoring.repository import open_days

TimedRow = tuple[LedgerRow, datetime]
"""A row and the moment at which it is recorded."""


class AffectedCustomer(NamedTuple):
    """A customer whose score an event may have changed, and the members that lost theirs to a survivor by it."""

    customer: LockedCustomer
    row: LedgerRow
    at: datetime
    unscored: Sequence[LockedCustomer] = ()


async def lock(session: AsyncSession, rows: Sequence[LedgerRow]) -> "LockedBatch":
    """Lock all customers whose scores the rows may change. Raises `RetryTransaction` after a concurrent merge.

    Families are read before the locks and may have changed until they were granted: each family is locked completely
    or ignored.
    """
    named = {row.customer_id for row in rows if row.customer_id}
    merged = {row.customer_id for row in rows if row.kind is LedgerKind.ALIAS and row.customer_id}
    if merged:
        # Survivors follow from the aliases; if an earlier version lost one, the aliases still lead to it.
        named |= await repository.chains(session, merged)
    customers = await repository.lock_customers(session, list(named))
    if any(customer.survivor_id is not None for customer in customers.values()):
        family = await repository.family(session, list(named))
        # A customer that was merged with them while this batch waited is not locked, and would be scored without them.
        if not family <= customers.keys():
            raise RetryTransaction("a concurrent merge changed the families of the batch")
        # A customer that has left meanwhile is ignored: this batch may know only a part of its new family.
        customers = {key: customer for key, customer in customers.items() if key in family | named}
    return await with_identities(session, customers, rows)


async def with_identities(
    session: AsyncSession, customers: Mapping[UUID, LockedCustomer], rows: Sequence[LedgerRow]
) -> "LockedBatch":
    """Return the locked customers with the aliases that connect them."""
    linked = {customer_id for customer_id, customer in customers.items() if customer.survivor_id is not None}
    linked |= {row.customer_id for row in rows if row.kind is LedgerKind.ALIAS and row.customer_id}
    aliases = await repository.aliases(session, linked) if linked else Aliases()
    return LockedBatch(customers, aliases, linked)


async def load_facts(session: AsyncSession, survivors: Sequence[LockedCustomer], *, today: date) -> list[Facts]:
    """Return the facts that each survivor is scored by: members cannot change while their survivor is locked."""
    ids = [customer.customer_id for customer in survivors if customer.survivor_id is not None]
    merged = await repository.family_facts(session, ids, day=today) if ids else {}
    own = {one.customer_id: one.parse_facts() for one in survivors if one.survivor_id is None}
    since = year_before(today)
    await open_days(session, {key: facts for key, facts in own.items() if facts.must_open(since=since)})
    return [merged.get(customer.customer_id) or own[customer.customer_id] for customer in survivors]


class LockedBatch:
    """`linked` are the customers that are merged, or are being merged or un-merged by the batch."""

    def __init__(self, customers: Mapping[UUID, LockedCustomer], aliases: Aliases, linked: Collection[UUID]) -> None:
        self._customers = customers
        self._aliases = aliases
        self._linked = linked
        self._families = aliases.families(linked)
        self._latest = max((at for customer_id in linked if (at := customers[customer_id].recorded_at)), default=None)
        self._event: str | None = None
        self._changed: dict[UUID, LockedCustomer] = {}
        self.new_aliases: list[Alias] = []

    async def open_days(self, session: AsyncSession, rows: Iterable[LedgerRow], *, today: date) -> None:
        """Open the closed days of customers of whom a score of today, or a row that takes units, needs single ones."""
        taken: dict[UUID, list[int]] = {}
        for row in rows:
            if row.units < 0 and row.customer_id and row.day:
                taken.setdefault(row.customer_id, []).append(row.day.toordinal())
        since = year_before(today)
        affected = {
            customer_id: customer.parse_facts()
            for customer_id, customer in self._customers.items()
            if customer_id not in self._linked
            and may_be_closed(customer.stored_facts)
            and customer.parse_facts().must_open(since=since, taken=taken.get(customer_id, ()))
        }
        if self._linked:
            members = {customer_id: self._customers[customer_id].parse_facts() for customer_id in self._linked}
            days = [day for customer_id in members for day in taken.get(customer_id, ())]
            affected |= members_to_open(members, since=since, taken=days)
        if affected:
            await open_days(session, affected)

    def close_days(self, today: date) -> None:
        """Close the old days of the customers whose facts are to be written."""
        for customer in self._changed.values():
            if customer.has_new_facts:
                customer.close_days(today)

    def timestamp(self, row: LedgerRow, now: datetime) -> datetime:
        """Return the moment of the row, strictly rising for each customer and for all members of a family.

        All rows of one event about merged customers have the same moment.
        """
        if row.customer_id is None:
            return now
        customer = self._customers[row.customer_id]
        if row.customer_id not in self._linked:
            return self.next_timestamp(customer, now)
        if self._latest is None or row.event_id != self._event:
            self._event = row.event_id
            return self.next_timestamp(customer, now)
        return self._latest

    def next_timestamp(self, customer: LockedCustomer, now: datetime) -> datetime:
        """Return a moment after everything recorded about this customer and their family."""
        if customer.customer_id not in self._linked:
            return customer.next_timestamp(now)
        customer.recorded_at = self._latest = timestamp_after(self._latest, now)
        return self._latest

    def stale(self, *, day: date, model_version: str) -> list[LockedCustomer]:
        """Return the customers whose published score is of another day or another model."""
        return [
            customer
            for customer in self._customers.values()
            if customer.published_numbers
            and not customer.is_member
            and (customer.scored_on, customer.model_version) != (day, model_version)
        ]

    def apply(self, event: Sequence[TimedRow]) -> list[AffectedCustomer]:
        """Add the rows of one event to the facts of their customers, and return those to be scored."""
        if not self._linked:  # Most are not merged, and this is on the path of every event.
            return self._apply_unmerged(event)
        concerned: dict[UUID, datetime] = {}
        unscored: list[LockedCustomer] = []
        for row, at in event:
            customer = self._touch(row.customer_id, at)
            customer.apply(row)
            # The previous root loses a member, so the previous and the new one are both scored.
            concerned[self._aliases.root(customer.customer_id)] = concerned[customer.customer_id] = at
            if row.kind is LedgerKind.ALIAS and row.detail is not None:
                unscored += self._apply_merge(row, at)
        moved = {self._aliases.root(customer_id): at for customer_id, at in concerned.items()}
        return [
            AffectedCustomer(self._touch(root, at), event[0][0], at, () if index else unscored)
            for index, (root, at) in enumerate(moved.items())
        ]

    def _apply_unmerged(self, event: Sequence[TimedRow]) -> list[AffectedCustomer]:
        affected = []
        for row, at in event:
            assert row.customer_id is not None  # noqa: S101 - rows without a customer are not folded
            customer = self._changed[row.customer_id] = self._customers[row.customer_id]
            customer.apply(row)
            affected.append(AffectedCustomer(customer, row, at))
        return affected

    def facts(self, survivor: LockedCustomer) -> Facts:
        """Return the merged facts of all members of the survivor's family."""
        members = self._families.get(survivor.customer_id, ())
        if len(members) < 2:
            return survivor.parse_facts()
        return merge_facts(self._customers[member].parse_facts() for member in members)

    def mark_changed(self, customer: LockedCustomer) -> None:
        """Have the row written even if no event names the customer."""
        self._changed[customer.customer_id] = customer

    def customers(self) -> list[LockedCustomer]:
        """Return the locked customers ordered by id."""
        return sorted(self._customers.values(), key=lambda customer: customer.customer_id.int)

    def changed(self) -> list[LockedCustomer]:
        """Return the customers whose rows are to be written."""
        return list(self._changed.values())

    def _touch(self, customer_id: UUID | None, at: datetime) -> LockedCustomer:
        assert customer_id is not None  # noqa: S101 - rows without a customer are not folded
        customer = self._changed[customer_id] = self._locked(customer_id)
        customer.recorded_at = at if customer.recorded_at is None else max(customer.recorded_at, at)
        return customer

    def _locked(self, customer_id: UUID) -> LockedCustomer:
        """Return the row of a root. Raises `RetryTransaction` if the aliases name a root that is not locked."""
        customer = self._customers.get(customer_id)
        if customer is None:
            raise RetryTransaction("the root of a family is not locked")
        return customer

    def _apply_merge(self, row: LedgerRow, at: datetime) -> list[LockedCustomer]:
        """Apply a merge or its end, and return the customers that became members by it."""
        assert row.customer_id is not None and row.detail is not None  # noqa: S101, PT018 - so `ledger.alias` makes it
        survivor = row.detail["survivor"]
        alias = Alias(row.customer_id, row.detail["version"], UUID(survivor) if survivor else None, at)
        self.new_aliases.append(alias)
        self._aliases.add(alias)
        return self.update_survivors()

    def update_survivors(self) -> list[LockedCustomer]:
        """Set the survivors of the linked customers from the aliases. Return those that have become members."""
        self._families = self._aliases.families(self._linked)
        joined = []
        for root, members in self._families.items():
            self._locked(root)
            for customer in (self._customers[member] for member in members):
                was_member = customer.is_member
                if customer.survivor_id != (root if len(members) > 1 else None):
                    customer.survivor_id = root if len(members) > 1 else None
                    self._changed[customer.customer_id] = customer
                if customer.is_member and not was_member:
                    joined.append(customer)
        return joined
