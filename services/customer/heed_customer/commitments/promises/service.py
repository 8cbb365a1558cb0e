"""Use cases of promises: recorded, kept or broken."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import PromiseRecorded, PromiseSettled
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_customer.commitments.promises import repository, rules
from heed_customer.commitments.promises.errors import (
    PromiseDateInPast,
    PromiseIsBroken,
    PromiseNotFound,
    PromiseNotOpen,
)
from heed_customer.commitments.promises.rules import NewPromise, PromiseFilter, PromiseState
from heed_customer.commitments.promises.tables import Promise
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family

BATCH = 200
FIRST_VERSION = 1


async def record_promise(
    session: AsyncSession, *, customer_id: UUID, promise: NewPromise, by: str, now: datetime
) -> Promise:
    """Record a promise to the customer. Raises `CustomerNotFound`, `CustomerIsMerged`, `PromiseDateInPast`."""
    await customers.lock_unmerged(session, customer_id=customer_id)
    if rules.is_overdue(promise.due_at, now=now):
        raise PromiseDateInPast(pointer="/due_at")
    row = Promise(
        id=new_id(),
        customer_id=customer_id,
        description=promise.description,
        due_at=promise.due_at,
        made_by=promise.made_by or by,
        made_to=promise.made_to,
        state=PromiseState.OPEN,
        version=FIRST_VERSION,
        recorded_at=now,
        recorded_by=by,
    )
    await repository.add_promise(session, row)
    event = PromiseRecorded(occurred_at=now, customer_id=customer_id, promise_id=row.id, due_at=row.due_at)
    await outbox.stage(session, event, aggversion=row.version, now=now)
    return row


async def settle_promise(
    session: AsyncSession,
    *,
    customer_id: UUID,
    promise_id: UUID,
    kept: bool,
    note: str | None,
    by: str,
    now: datetime,
) -> Promise:
    """Mark the promise as kept or broken.

    Raises `CustomerNotFound`, `CustomerIsMerged`, `PromiseNotFound`, `PromiseNotOpen`, and `PromiseIsBroken` for a
    promise that is overdue: it was not kept in time, whatever happened since.
    """
    customer = await customers.lock_unmerged(session, customer_id=customer_id)
    promise = await repository.lock_promise(session, promise_id)
    if promise is None or promise.customer_id not in await identity.family_of(session, customer.id):
        raise PromiseNotFound
    if promise.state != PromiseState.OPEN:
        raise PromiseNotOpen
    if kept and rules.is_overdue(promise.due_at, now=now):
        raise PromiseIsBroken
    promise.settled_by, promise.settlement_note = by, note
    await outbox.stage_all(session, [_settle(promise, kept=kept, at=min(now, promise.due_at))], now=now)
    return promise


async def break_overdue(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Break every promise whose moment has passed; return the number of promises processed."""

    async def break_all(promises: Sequence[Promise]) -> None:
        # It broke at its moment, no matter how late that is noticed.
        events = [_settle(promise, kept=False, at=promise.due_at) for promise in promises]
        await outbox.stage_all(session, events, now=now)

    overdue = await repository.lock_overdue(session, now=now, limit=BATCH)
    await isolate(session, repository.JOB, overdue, break_all, key=lambda promise: promise.id, now=now)
    return len(overdue)


async def get_promise(session: AsyncSession, *, customer_id: UUID, promise_id: UUID) -> Promise:
    """Return the promise, which may have been made to a duplicate of the customer. Raises `PromiseNotFound`."""
    family = await customers.get_family(session, customer_id=customer_id)
    promise = await repository.get_promise(session, promise_id)
    if promise is None or promise.customer_id not in family.ids:
        raise PromiseNotFound
    return promise


async def list_promises(
    session: AsyncSession, *, family: Family, filters: PromiseFilter, after: UUID | None, limit: int
) -> Sequence[Promise]:
    """Return the promises to a customer and its duplicates, the newest first."""
    return await repository.list_promises(session, family.ids, filters=filters, after=after, limit=limit)


async def list_all_promises(
    session: AsyncSession, *, filters: PromiseFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Promise]:
    """Return the promises to all customers, by the moment at which they are due."""
    return await repository.list_all_promises(session, filters=filters, after=after, limit=limit)


async def list_open_ids(session: AsyncSession, *, customer_ids: Collection[UUID], limit: int) -> Sequence[UUID]:
    """Return the open promises to these customers, the most urgent first."""
    return await repository.list_open_ids(session, customer_ids, limit=limit)


async def open_promises(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return for each customer how many promises to it and its duplicates are open."""
    families = await identity.families_of(session, customer_ids)
    counts = await count_open(session, {member for family in families.values() for member in family})
    return {root: sum(counts[member] for member in family) for root, family in families.items()}


async def count_open(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return for each customer how many promises to it alone are open, 0 included."""
    counts = await repository.count_open(session, customer_ids)
    return {customer_id: counts.get(customer_id, 0) for customer_id in customer_ids}


def _settle(promise: Promise, *, kept: bool, at: datetime) -> StagedEvent:
    """Set the final state of a locked promise and return the event."""
    promise.state = PromiseState.KEPT if kept else PromiseState.BROKEN
    promise.settled_at = at
    promise.version += 1
    event = PromiseSettled(
        occurred_at=at, customer_id=promise.customer_id, promise_id=promise.id, due_at=promise.due_at, kept=kept
    )
    return StagedEvent(event, aggversion=promise.version)
