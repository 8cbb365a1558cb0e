"""Repair of inconsistent families: rows that contradict the aliases, which are the source of truth.

Before families were locked completely, a batch that raced with a merge could remove a member from its family.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.database import Database, RetryTransaction, is_transient
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import score
from heed_scoring.identities import repository as alias_repository
from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.identities.locked_batch import LockedBatch
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, score_document
from heed_scoring.scores.publication import Publication
from heed_scoring.scores.score_document import Cause

PAGE_SIZE = 100
MAX_ATTEMPTS = 20
RETRY_SECONDS = 0.25
REPAIRED = Cause("repair")
"""Neither an event nor time has changed these numbers: the previous ones were wrong."""


log = logging.getLogger(__name__)


class InconsistentCustomer(NamedTuple):
    """A customer whose row contradicts the aliases, with its actual and its expected survivor."""

    customer_id: UUID
    problem: Literal["wrong_survivor", "scored_member", "missing_score"]
    survivor_id: UUID | None
    expected_survivor_id: UUID | None


async def find_inconsistent(session: AsyncSession) -> list[InconsistentCustomer]:
    """Return all inconsistent customers ordered by id, without locking or changing anything."""
    return (await _load(session)).inconsistent


async def repair(session: AsyncSession, *, clock: Clock, limit: int = PAGE_SIZE) -> list[InconsistentCustomer]:
    """Repair the first inconsistent customers and re-score their families. Return the repaired customers.

    Batches and the daily refresh continue meanwhile. Raises `RetryTransaction` after a concurrent change: retry then.
    """
    model, _, days = await models_repository.champion(session)
    found = await _load(session)
    inconsistent = found.inconsistent[:limit]
    if inconsistent:
        locked = await _lock(session, found, [one.customer_id for one in inconsistent])
        now = clock.now()
        await locked.open_days(session, [], today=days.day_of(now))
        await _rescore(session, locked, model=model, day=days.day_of(now), now=now)
    return inconsistent


async def repair_all(database: Database, *, clock: Clock) -> list[InconsistentCustomer]:
    """Repair page by page, each in its own transaction, and return the repaired customers.

    A customer that is inconsistent again after its repair is not retried forever: `find_torn` still reports it.
    """
    repaired: list[InconsistentCustomer] = []
    while page := await _repair_page(database, clock=clock):
        if repaired and set(page) <= set(repaired):
            break
        repaired += page
    return repaired


async def _repair_page(database: Database, *, clock: Clock) -> list[InconsistentCustomer]:
    attempt = 1
    while True:
        try:
            async with database.transaction() as session:
                return await repair(session, clock=clock)
        except Exception as error:
            if not is_transient(error) or attempt == MAX_ATTEMPTS:
                raise
            log.warning("retrying the repair: %s", type(error).__name__)
        attempt += 1
        await clock.sleep(RETRY_SECONDS)


class _Snapshot(NamedTuple):
    """The aliases, the rows that may contradict them, and the rows that do."""

    families: Mapping[UUID, Collection[UUID]]
    """By the survivor that follows from the aliases."""
    rows: Mapping[UUID, Row[Any]]
    inconsistent: list[InconsistentCustomer]

    def relatives(self, customer_ids: Iterable[UUID]) -> set[UUID]:
        """Return these customers and all that are linked to them, directly or indirectly, by rows or aliases."""
        stored: dict[UUID, list[UUID]] = {}
        for row in self.rows.values():
            stored.setdefault(row.survivor_id or row.customer_id, []).append(row.customer_id)
        expected = {member: members for members in self.families.values() for member in members}
        reached, ahead = set[UUID](), set(customer_ids)
        while ahead:
            reached |= ahead
            near = {other for customer_id in ahead for other in expected.get(customer_id, ())}
            roots = {
                self.rows[customer_id].survivor_id or customer_id for customer_id in ahead if customer_id in self.rows
            }
            ahead = near.union(roots, *(stored.get(root, ()) for root in roots)) - reached
        return reached


async def _load(session: AsyncSession) -> _Snapshot:
    rows = {row.customer_id: row for row in await alias_repository.linked_customers(session)}
    aliases = [
        Alias(row.customer_id, row.version, row.survivor, row.recorded_at) for row in rows.values() if row.version
    ]
    families = Aliases(aliases).families(rows)
    expected = {member: root for root, members in families.items() if len(members) > 1 for member in members}
    inconsistent = [found for row in rows.values() if (found := _check(row, expected.get(row.customer_id))) is not None]
    return _Snapshot(families, rows, inconsistent)


def _check(row: Row[Any], expected: UUID | None) -> InconsistentCustomer | None:
    is_member = expected not in {None, row.customer_id}
    if row.survivor_id != expected:
        return InconsistentCustomer(row.customer_id, "wrong_survivor", row.survivor_id, expected)
    if is_member == row.is_scored:
        return InconsistentCustomer(
            row.customer_id, "scored_member" if is_member else "missing_score", row.survivor_id, expected
        )
    return None


async def _lock(session: AsyncSession, found: _Snapshot, inconsistent: Sequence[UUID]) -> LockedBatch:
    """Lock the inconsistent customers with all their relatives, and check again that these are still all."""
    customers = await alias_repository.lock_customers(session, list(found.relatives(inconsistent)))
    relatives = (await _load(session)).relatives(inconsistent)
    if not relatives <= customers.keys():
        raise RetryTransaction("a concurrent merge changed the families of the repair")
    aliases = await alias_repository.aliases(session, relatives)
    return LockedBatch({customer_id: customers[customer_id] for customer_id in relatives}, aliases, relatives)


async def _rescore(session: AsyncSession, locked: LockedBatch, *, model: Model, day: date, now: datetime) -> None:
    """Update survivors from the aliases, clear the scores of members, and re-score the others as an event would."""
    locked.update_survivors()
    publication = Publication(model.version)
    survivors = _survivors(locked.customers())
    seen = [features(locked.facts(customer), day=day, money=model.money) for customer in survivors]
    for customer, result in zip(survivors, score(seen, model), strict=True):
        customer.score, numbers = result, score_document.serialize_numbers(result)
        if numbers != customer.published_numbers:
            publication.add_score(customer, result, numbers, at=locked.next_timestamp(customer, now), cause=REPAIRED)
    publication.add_rhythm_breaks(survivors, seen, day=day, now=now)
    await bulk_repository.update_customers(session, locked.customers(), day=day, model_version=model.version)
    await publication.flush(session, now=now)


def _survivors(customers: Sequence[LockedCustomer]) -> list[LockedCustomer]:
    for customer in customers:
        if customer.is_member:
            customer.clear_score()
    return [customer for customer in customers if not customer.is_member]
