"""Customers while they are locked, each with those who are one with it: what is told of a member moves the survivor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import RetryTransaction
from heed_scoring.identities import repository as alias_repository
from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.customer_row import CustomerState, moment_after
from heed_scoring.identities.merged_facts import union
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts

Dated = tuple[LedgerRow, datetime]
"""A row and the moment from which on it is known."""


class Step(NamedTuple):
    """A customer whose score an event may have moved, and who has lost theirs to a survivor by it."""

    state: CustomerState
    row: LedgerRow
    at: datetime
    silenced: Sequence[CustomerState] = ()


async def lock(session: AsyncSession, rows: Sequence[LedgerRow]) -> "Families":
    """Lock all customers whose scores the rows may change. Raises `RetryTransaction` after a concurrent merge.

    Families are read before the locks and may have changed until they were granted: each family is locked completely
    or ignored.
    """
    named = {row.customer_id for row in rows if row.customer_id}
    merged = {row.customer_id for row in rows if row.kind is LedgerKind.ALIAS and row.customer_id}
    if merged:
        # Roots follow from the aliases; if an earlier version lost a root, the aliases still lead to it.
        named |= await alias_repository.chains(session, merged)
    states = await alias_repository.lock_customers(session, list(named))
    if any(state.root is not None for state in states.values()):
        family = await alias_repository.family(session, list(named))
        # A customer that was merged with them while this batch waited is not locked, and would be scored without them.
        if not family <= states.keys():
            raise RetryTransaction("a concurrent merge changed the families of the batch")
        # A customer that has left meanwhile is ignored: this batch may know only a part of its new family.
        states = {customer_id: state for customer_id, state in states.items() if customer_id in family | named}
    return await known(session, states, rows)


async def known(session: AsyncSession, states: Mapping[UUID, CustomerState], rows: Sequence[LedgerRow]) -> "Families":
    """The locked customers as they belong together."""
    linked = {customer_id for customer_id, state in states.items() if state.root is not None}
    linked |= {row.customer_id for row in rows if row.kind is LedgerKind.ALIAS and row.customer_id}
    aliases = await alias_repository.aliases(session, linked) if linked else Aliases()
    return Families(states, aliases, linked)


async def read_facts(session: AsyncSession, states: Sequence[CustomerState]) -> list[Facts]:
    """The facts that these survivors are scored by: their members cannot move while the survivors are locked."""
    roots = [state.customer_id for state in states if state.root is not None]
    merged = await alias_repository.facts(session, roots) if roots else {}
    return [union(merged[state.customer_id]) if state.customer_id in merged else state.read_facts() for state in states]


class Families:
    """`linked` are those of the locked customers who are merged, or are being merged or un-merged by the batch."""

    def __init__(self, states: Mapping[UUID, CustomerState], aliases: Aliases, linked: Collection[UUID]) -> None:
        self._states = states
        self._aliases = aliases
        self._linked = linked
        self._families = aliases.families(linked)
        self._latest = max((at for customer_id in linked if (at := states[customer_id].known_at)), default=None)
        self._event: UUID | None = None
        self._touched: dict[UUID, CustomerState] = {}
        self.told: list[Alias] = []
        """What the batch told of merges."""

    def moment(self, row: LedgerRow, now: datetime) -> datetime:
        """The clock under the locks, strictly rising for each customer and for all who are or may become one."""
        if row.customer_id is None:
            return now
        state = self._states[row.customer_id]
        if row.customer_id not in self._linked:
            return self.next_moment(state, now)
        if self._latest is None or row.event_id != self._event:
            self._event = row.event_id
            return self.next_moment(state, now)
        return self._latest

    def next_moment(self, state: CustomerState, now: datetime) -> datetime:
        """One after all that is known of this customer, and of those with whom they are one."""
        if state.customer_id not in self._linked:
            return state.take_moment(now)
        state.known_at = self._latest = moment_after(self._latest, now)
        return self._latest

    def stale(self, *, day: date, model_version: str) -> list[CustomerState]:
        """Those of whom something was said, on another day or with another model."""
        return [
            state
            for state in self._states.values()
            if state.numbers and not state.is_member and (state.scored_day, state.model_version) != (day, model_version)
        ]

    def fold_in(self, event: Sequence[Dated]) -> list[Step]:
        """What one event says goes into the facts of those it names. Answers whose scores follow."""
        if not self._linked:  # Most are not merged, and this is on the path of every event.
            return [self._fold_in_alone(row, at) for row, at in event]
        concerned: dict[UUID, datetime] = {}
        silenced: list[CustomerState] = []
        for row, at in event:
            state = self._touch(row.customer_id, at)
            state.fold_in(row)
            # Whoever was the root before loses a member, so the old and the new one are asked for.
            concerned[self._aliases.root(state.customer_id)] = concerned[state.customer_id] = at
            if row.kind is LedgerKind.ALIAS and row.detail is not None:
                silenced += self._link(row, at)
        moved = {self._aliases.root(customer_id): at for customer_id, at in concerned.items()}
        return [
            Step(self._touch(root, at), event[0][0], at, () if place else silenced)
            for place, (root, at) in enumerate(moved.items())
        ]

    def _fold_in_alone(self, row: LedgerRow, at: datetime) -> Step:
        assert row.customer_id is not None  # noqa: S101 - rows without a customer are not folded
        state = self._touched[row.customer_id] = self._states[row.customer_id]
        state.fold_in(row)
        return Step(state, row, at)

    def facts(self, state: CustomerState) -> Facts:
        """All that is known of a survivor: what was told of each member."""
        members = self._families.get(state.customer_id, ())
        if len(members) < 2:
            return state.read_facts()
        return union(self._states[member].read_facts() for member in members)

    def touch(self, state: CustomerState) -> None:
        """Its row is to be written, though no event names it."""
        self._touched[state.customer_id] = state

    def states(self) -> list[CustomerState]:
        """Return the locked customers ordered by id."""
        return sorted(self._states.values(), key=lambda state: state.customer_id.int)

    def touched(self) -> list[CustomerState]:
        """Those whose rows are to be written."""
        return list(self._touched.values())

    def _touch(self, customer_id: UUID | None, at: datetime) -> CustomerState:
        assert customer_id is not None  # noqa: S101 - rows without a customer are not folded
        state = self._touched[customer_id] = self._locked(customer_id)
        state.known_at = at if state.known_at is None else max(state.known_at, at)
        return state

    def _locked(self, customer_id: UUID) -> CustomerState:
        """Return the row of a root. Raises `RetryTransaction` if the aliases name a root that is not locked."""
        state = self._states.get(customer_id)
        if state is None:
            raise RetryTransaction("the root of a family is not locked")
        return state

    def _link(self, row: LedgerRow, at: datetime) -> list[CustomerState]:
        """A merge or its end. Answers who has become a member by it."""
        assert row.customer_id is not None and row.detail is not None  # noqa: S101, PT018 - so `ledger.alias` makes it
        survivor = row.detail["survivor"]
        alias = Alias(row.customer_id, row.detail["version"], UUID(survivor) if survivor else None, at)
        self.told.append(alias)
        self._aliases.add(alias)
        return self.settle()

    def settle(self) -> list[CustomerState]:
        """Update the rows of the linked customers from the aliases. Return those that have become members."""
        self._families = self._aliases.families(self._linked)
        joined = []
        for root, members in self._families.items():
            self._locked(root)
            for state in (self._states[member] for member in members):
                was_member = state.is_member
                if state.root != (root if len(members) > 1 else None):
                    state.root = root if len(members) > 1 else None
                    self._touched[state.customer_id] = state
                if state.is_member and not was_member:
                    joined.append(state)
        return joined
