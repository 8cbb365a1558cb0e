"""Use cases of owners: handed over with what is open, recorded with every change, listed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import CustomerRegistered, CustomerUpdated
from heed_common.revisions import check_if_match
from heed_customer.accounts.ownership import repository
from heed_customer.accounts.ownership.errors import OwnerUnchanged
from heed_customer.accounts.ownership.tables import OwnerChange
from heed_customer.commitments.promises import service as promises
from heed_customer.commitments.quotes import service as quotes
from heed_customer.read_models.complaints import service as complaints
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family

MAX_OPEN_ITEMS = 200
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Ids of what a customer is waiting for."""

    complaints: Sequence[str]
    promises: Sequence[str]
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True)
class HandOver:
    """A hand-over as its caller is shown it."""

    customer_id: UUID
    previous_owner: str | None
    owner: str
    note: str
    since: datetime
    changed_by: str
    open_items: OpenItems
    revision: int


async def hand_over(
    session: AsyncSession,
    *,
    customer_id: UUID,
    owner: str,
    note: str,
    by: str,
    if_match: int | None,
    now: datetime,
) -> HandOver:
    """Make another account manager the owner, with a note and a snapshot of what is open.

    Raises `CustomerNotFound`, `CustomerIsMerged`, `OwnerUnchanged`, `PreconditionFailed`.
    """
    customer = await customers.lock_unmerged(session, customer_id=customer_id)
    check_if_match(if_match, customer.revision)
    previous = customer.owner
    updated = customers.apply_changes(customer, {"owner": owner}, now=now)
    if updated is None:
        raise OwnerUnchanged
    open_items = await load_open_items(session, customer_ids=await identity.family_of(session, customer_id), now=now)
    change = OwnerChange(
        customer_id=customer_id,
        version=customer.version,
        owner=owner,
        since=now,
        changed_by=by,
        note=note,
        open_items=asdict(open_items),
    )
    await repository.add_change(session, change)
    await outbox.stage_all(session, [updated], now=now)
    return HandOver(customer_id, previous, owner, note, now, by, open_items, customer.revision)


async def load_open_items(session: AsyncSession, *, customer_ids: Collection[UUID], now: datetime) -> OpenItems:
    """Return what is open now. Confidential complaints are left out: the list shows the snapshot to all readers."""
    complaint_ids = await complaints.list_open_ids(session, customer_ids, confidential=False, limit=MAX_OPEN_ITEMS)
    promise_ids = await promises.list_open_ids(session, customer_ids=customer_ids, limit=MAX_OPEN_ITEMS)
    quote_ids = await quotes.list_open_ids(session, customer_ids=customer_ids, now=now, limit=MAX_OPEN_ITEMS)
    return OpenItems(*([str(id_) for id_ in ids] for ids in (complaint_ids, promise_ids, quote_ids)))


async def record_owners(
    session: AsyncSession, events: Sequence[CustomerRegistered | CustomerUpdated], now: datetime
) -> None:
    """Record the owners of new customers and all changes of owners."""
    changed = {
        event.customer_id for event in events if isinstance(event, CustomerRegistered) or "owner" in event.changed
    }
    if changed:
        await repository.insert_current_owners(session, changed, now=now)


async def list_owners(
    session: AsyncSession, *, family: Family, after: tuple[datetime, int, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """Return the owners of a customer and its duplicates, the newest first, with notes and snapshots."""
    return await repository.list_changes(session, family.ids, after=after, limit=limit)
