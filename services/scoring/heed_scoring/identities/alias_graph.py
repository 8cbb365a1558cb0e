"""Who is whose member, read from alias rows in whatever order they came. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Alias(NamedTuple):
    """From a version of the member on: whom it is merged into, or nobody."""

    member: UUID
    version: int
    survivor: UUID | None
    known_at: datetime


class Aliases:
    """Of each member the row with the highest version; the others are there to be read, not to be followed."""

    def __init__(self, rows: Iterable[Alias] = ()) -> None:
        self._newest: dict[UUID, Alias] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Alias) -> None:
        """One more row. The order of calls makes no difference."""
        known = self._newest.get(row.member)
        if known is None or known.version < row.version:
            self._newest[row.member] = row

    def root(self, customer_id: UUID) -> UUID:
        """The end of the chain of merges that begins here; a customer who is not merged is their own.

        The customer service refuses circles, but half of what it told may close one until the other half is here:
        then the smallest id stands for all of the circle, whoever asks.
        """
        path: list[UUID] = []
        here = customer_id
        while (row := self._newest.get(here)) is not None and row.survivor is not None:
            if here in path:
                return min(path[path.index(here) :])
            path.append(here)
            here = row.survivor
        return here

    def families(self, customer_ids: Iterable[UUID]) -> Mapping[UUID, Collection[UUID]]:
        """These customers by their roots, both in the order of the ids."""
        found: dict[UUID, list[UUID]] = {}
        for customer_id in sorted(set(customer_ids)):
            found.setdefault(self.root(customer_id), []).append(customer_id)
        return found

    def family(self, customer_id: UUID) -> Collection[UUID]:
        """All who have the same root, the customer among them."""
        named = {customer_id, *self._newest, *(row.survivor for row in self._newest.values() if row.survivor)}
        return self.families(named)[self.root(customer_id)]
