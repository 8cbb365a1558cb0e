"""Merging and un-merging of customers.

No row of a customer is rewritten: purchases and interactions stay with the customer they were recorded for, so that an
un-merge is exact.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerNotFound, CustomerUnknown
from heed_customer.records.customers.tables import Customer
from heed_customer.records.merges import repository, rules
from heed_customer.records.merges.errors import BothIdentified, ParentAndBranch, SelfMerge

FindIdentified = Callable[[AsyncSession, Collection[UUID]], Awaitable[set[UUID]]]
"""Returns which of the customers have a verified contact or id number, which higher districts store."""


BelongTogether = Callable[[AsyncSession, UUID, UUID], Awaitable[bool]]
"""Returns whether one customer is a parent or branch of the other, and lets no such relation be added meanwhile."""


async def merge_customers(
    session: AsyncSession,
    *,
    survivor_id: UUID,
    duplicate_id: UUID,
    belong_together: BelongTogether | None = None,
    find_identified: FindIdentified | None = None,
    now: datetime,
) -> Customer:
    """Merge the duplicate into the survivor. Return the customer at the end of the merge chain.

    Raises `ParentAndBranch`, and `BothIdentified` if both are identified; without `find_identified` that is confirmed
    already.
    """
    # Before the customers are locked, as the use cases of relations do.
    if belong_together is not None and await belong_together(session, survivor_id, duplicate_id):
        raise ParentAndBranch(pointer="/duplicate_id")
    duplicate = await _lock_duplicate(session, survivor_id, duplicate_id)
    rules.check_merge(await _chain_ids(session, duplicate_id), await _chain_ids(session, survivor_id))
    if find_identified is not None:
        await _check_not_both_identified(session, survivor_id, duplicate_id, find_identified)
    duplicate.version += 1
    await repository.append_merge(session, duplicate, survivor_id, recorded_at=now)
    event = CustomerMerged(occurred_at=now, customer_id=duplicate_id, survivor_id=survivor_id)
    await outbox.stage(session, event, aggversion=duplicate.version, now=now)
    return await customers.get_customer(session, customer_id=survivor_id)


async def unmerge_customers(session: AsyncSession, *, survivor_id: UUID, duplicate_id: UUID, now: datetime) -> Customer:
    """Undo the merge of exactly these two. Return the remaining customer at the end of the merge chain."""
    duplicate = await _lock_duplicate(session, survivor_id, duplicate_id)
    rules.check_unmerge(await _chain_ids(session, duplicate_id), survivor_id)
    duplicate.version += 1
    await repository.append_merge(session, duplicate, None, recorded_at=now)
    event = CustomerUnmerged(occurred_at=now, customer_id=duplicate_id, survivor_id=survivor_id)
    await outbox.stage(session, event, aggversion=duplicate.version, now=now)
    return await customers.get_customer(session, customer_id=survivor_id)


async def _check_not_both_identified(
    session: AsyncSession, survivor_id: UUID, duplicate_id: UUID, find_identified: FindIdentified
) -> None:
    families = await identity.families_of(session, {survivor_id, duplicate_id})
    identified = await find_identified(session, families[survivor_id] | families[duplicate_id])
    if all(identified & family for family in families.values()):
        raise BothIdentified(pointer="/confirm_identified")


async def _lock_duplicate(session: AsyncSession, survivor_id: UUID, duplicate_id: UUID) -> Customer:
    """Lock both customers and return the duplicate."""
    if survivor_id == duplicate_id:
        raise SelfMerge(pointer="/duplicate_id")
    # A cycle may close over customers that neither of two callers names, so locks of the pairs are not enough.
    await repository.lock_merges(session)
    locked = await repository.lock_customers(session, survivor_id, duplicate_id)
    if survivor_id not in locked:
        raise CustomerNotFound
    if duplicate_id not in locked:
        raise CustomerUnknown(pointer="/duplicate_id")
    return locked[duplicate_id]


async def _chain_ids(session: AsyncSession, customer_id: UUID) -> list[UUID]:
    return [customer.id for customer in await identity.merge_chain(session, customer_id)]
