"""Merging duplicates and taking them apart again. Nothing is rewritten: what belonged to whom stays with whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_customer.customers import service as customers
from heed_customer.errors import CustomerNotFound, CustomerUnknown
from heed_customer.merges import repository, rules
from heed_customer.merges.errors import MergedWithThemselves
from heed_customer.tables import Customer


async def merge(session: AsyncSession, *, survivor_id: UUID, duplicate_id: UUID, now: datetime) -> Customer:
    """From here on whoever asks for the duplicate is told of the survivor. Answers who survives, at the very end."""
    duplicate = await _lock(session, survivor_id, duplicate_id)
    rules.check_merge(await _chain(session, duplicate_id), await _chain(session, survivor_id))
    duplicate.version += 1
    await repository.add_alias(session, duplicate, survivor_id, known_at=now)
    event = CustomerMerged(occurred_at=now, customer_id=duplicate_id, survivor_id=survivor_id)
    await outbox.stage(session, event, aggversion=duplicate.version, now=now)
    return await customers.read_customer(session, customer_id=survivor_id)


async def unmerge(session: AsyncSession, *, survivor_id: UUID, duplicate_id: UUID, now: datetime) -> Customer:
    """The two are two again, each with what was theirs all the time. Answers the one that remains."""
    duplicate = await _lock(session, survivor_id, duplicate_id)
    rules.check_unmerge(await _chain(session, duplicate_id), survivor_id)
    duplicate.version += 1
    await repository.add_alias(session, duplicate, None, known_at=now)
    event = CustomerUnmerged(occurred_at=now, customer_id=duplicate_id, survivor_id=survivor_id)
    await outbox.stage(session, event, aggversion=duplicate.version, now=now)
    return await customers.read_customer(session, customer_id=survivor_id)


async def _lock(session: AsyncSession, survivor_id: UUID, duplicate_id: UUID) -> Customer:
    """The duplicate, with both rows locked."""
    if survivor_id == duplicate_id:
        raise MergedWithThemselves(pointer="/duplicate_id")
    # A circle may close over customers whom neither of two callers names, so the locks of the pairs are not enough.
    await repository.merge_alone(session)
    locked = await repository.lock_pair(session, survivor_id, duplicate_id)
    if survivor_id not in locked:
        raise CustomerNotFound
    if duplicate_id not in locked:
        raise CustomerUnknown(pointer="/duplicate_id")
    return locked[duplicate_id]


async def _chain(session: AsyncSession, customer_id: UUID) -> list[UUID]:
    return [customer.id for customer in await repository.chain(session, customer_id)]
