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
from heed_scoring.identities.customer_row import CustomerState
from heed_scoring.identities.locked_batch import Families
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, score_document
from heed_scoring.scores.publication import Telling
from heed_scoring.scores.score_document import Cause

PAGE = 100
ATTEMPTS = 20
RETRY_SECONDS = 0.25
REPAIRED = Cause("repair")
"""Neither an event nor time has changed these numbers: the previous ones were wrong."""


log = logging.getLogger(__name__)


class Torn(NamedTuple):
    """A customer whose row contradicts the aliases, with its actual and its expected root."""

    customer_id: UUID
    problem: Literal["wrong_root", "scored_member", "missing_score"]
    root: UUID | None
    expected_root: UUID | None


async def find_torn(session: AsyncSession) -> list[Torn]:
    """Return all inconsistent customers ordered by id, without locking or changing anything."""
    return (await _read(session)).torn


async def repair(session: AsyncSession, *, clock: Clock, limit: int = PAGE) -> list[Torn]:
    """Repair the first inconsistent customers and re-score their families. Return the repaired customers.

    Batches and the sweep continue meanwhile. Raises `RetryTransaction` after a concurrent change: retry then.
    """
    stored, days = await models_repository.champion(session)
    found = await _read(session)
    torn = found.torn[:limit]
    if torn:
        locked = await _lock(session, found, [customer.customer_id for customer in torn])
        now = clock.now()
        await _rescore(session, locked, model=stored.read(), day=days.day_of(now), now=now)
    return torn


async def repair_all(database: Database, *, clock: Clock) -> list[Torn]:
    """Repair page by page, each in its own transaction, and return the repaired customers.

    A customer that is inconsistent again after its repair is not retried forever: `find_torn` still reports it.
    """
    repaired: list[Torn] = []
    while page := await _repair_page(database, clock=clock):
        if repaired and set(page) <= set(repaired):
            break
        repaired += page
    return repaired


async def _repair_page(database: Database, *, clock: Clock) -> list[Torn]:
    attempt = 1
    while True:
        try:
            async with database.transaction() as session:
                return await repair(session, clock=clock)
        except Exception as error:
            if not is_transient(error) or attempt == ATTEMPTS:
                raise
            log.warning("retrying the repair: %s", type(error).__name__)
        attempt += 1
        await clock.sleep(RETRY_SECONDS)


class _Snapshot(NamedTuple):
    """The aliases, the rows that may contradict them, and the rows that do."""

    families: Mapping[UUID, Collection[UUID]]
    """By the root that follows from the aliases."""
    rows: Mapping[UUID, Row[Any]]
    torn: list[Torn]

    def relatives(self, customer_ids: Iterable[UUID]) -> set[UUID]:
        """Return these customers and all that are linked to them, directly or indirectly, by rows or aliases."""
        stored: dict[UUID, list[UUID]] = {}
        for row in self.rows.values():
            stored.setdefault(row.root or row.customer_id, []).append(row.customer_id)
        expected = {member: members for members in self.families.values() for member in members}
        reached, ahead = set[UUID](), set(customer_ids)
        while ahead:
            reached |= ahead
            near = {other for customer_id in ahead for other in expected.get(customer_id, ())}
            roots = {self.rows[customer_id].root or customer_id for customer_id in ahead if customer_id in self.rows}
            ahead = near.union(roots, *(stored.get(root, ()) for root in roots)) - reached
        return reached


async def _read(session: AsyncSession) -> _Snapshot:
    rows = {row.customer_id: row for row in await alias_repository.linked(session)}
    aliases = [Alias(row.customer_id, row.version, row.survivor, row.known_at) for row in rows.values() if row.version]
    families = Aliases(aliases).families(rows)
    expected = {member: root for root, members in families.items() if len(members) > 1 for member in members}
    torn = [found for row in rows.values() if (found := _judge(row, expected.get(row.customer_id))) is not None]
    return _Snapshot(families, rows, torn)


def _judge(row: Row[Any], expected: UUID | None) -> Torn | None:
    is_member = expected not in {None, row.customer_id}
    if row.root != expected:
        return Torn(row.customer_id, "wrong_root", row.root, expected)
    if is_member == row.is_scored:
        return Torn(row.customer_id, "scored_member" if is_member else "missing_score", row.root, expected)
    return None


async def _lock(session: AsyncSession, found: _Snapshot, torn: Sequence[UUID]) -> Families:
    """Lock the inconsistent customers with all their relatives, and check again that these are still all."""
    states = await alias_repository.lock_customers(session, list(found.relatives(torn)))
    relatives = (await _read(session)).relatives(torn)
    if not relatives <= states.keys():
        raise RetryTransaction("a concurrent merge changed the families of the repair")
    aliases = await alias_repository.aliases(session, relatives)
    return Families({customer_id: states[customer_id] for customer_id in relatives}, aliases, relatives)


async def _rescore(session: AsyncSession, locked: Families, *, model: Model, day: date, now: datetime) -> None:
    """Update roots from the aliases, clear the scores of members, and re-score the others as an event would."""
    locked.settle()
    telling = Telling(model.version)
    survivors = _survivors(locked.states())
    seen = [features(locked.facts(state), day=day, money=model.money) for state in survivors]
    for state, result in zip(survivors, score(seen, model), strict=True):
        state.score, numbers = result, score_document.numbers(result)
        if numbers != state.numbers:
            telling.tell(state, result, numbers, at=locked.next_moment(state, now), cause=REPAIRED)
    telling.tell_breaks(survivors, seen, day=day, now=now)
    await bulk_repository.write_customers(session, locked.states(), day=day, model_version=model.version)
    await telling.write(session, now=now)


def _survivors(states: Sequence[CustomerState]) -> list[CustomerState]:
    for state in states:
        if state.is_member:
            state.fall_silent()
    return [state for state in states if not state.is_member]
