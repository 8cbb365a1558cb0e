"""Merges of customers: members and survivors, read from alias rows in any order of arrival. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Alias(NamedTuple):
    """The customer that a member is merged into from a version of the member on; None after an un-merge."""

    member: UUID
    version: int
    survivor: UUID | None
    recorded_at: datetime


class Aliases:
    """The alias with the highest version of each member; lower versions are history and not followed."""

    def __init__(self, rows: Iterable[Alias] = ()) -> None:
        self._newest: dict[UUID, Alias] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Alias) -> None:
        """Add one row. The order of calls makes no difference."""
        known = self._newest.get(row.member)
        if known is None or known.version < row.version:
            self._newest[row.member] = row

    def root(self, customer_id: UUID) -> UUID:
        """Return the end of the chain of merges that begins here; a customer without merges is their own root.

        The customer service refuses cycles, but the half of a merge that has arrived may close one until the other
        half arrives: then the smallest id is the root of the whole cycle, from whichever member one starts.
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
        """Group these customers by their roots, ordered by id."""
        found: dict[UUID, list[UUID]] = {}
        for customer_id in sorted(set(customer_ids)):
            found.setdefault(self.root(customer_id), []).append(customer_id)
        return found

    def family(self, customer_id: UUID) -> Collection[UUID]:
        """Return all customers with the same root, this one included."""
        named = {customer_id, *self._newest, *(row.survivor for row in self._newest.values() if row.survivor)}
        return self.families(named)[self.root(customer_id)]
