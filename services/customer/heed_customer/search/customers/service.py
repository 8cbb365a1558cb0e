"""Use case of the list of customers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.accounts.classification import service as classification
from heed_customer.accounts.classification.rules import Aspect
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.tags.service import customers_with_any_tag
from heed_customer.search.customers import repository
from heed_customer.search.customers.repository import CustomerEntry
from heed_customer.search.customers.rules import CustomerFilter, CustomerSort

BATCH = 200
MAX_EXAMINED = 1000
"""Classification is derived, not stored: so many customers are classified for one page, which may then be short."""
Position = tuple[Any, UUID]
"""Sort key and id of a customer in the list."""


@dataclass(frozen=True, slots=True)
class CustomerList:
    """A page of the list."""

    entries: list[CustomerEntry]
    examined_to: Position | None = None
    """Where the next page begins if this one ended before it was full."""


async def list_customers(
    session: AsyncSession,
    *,
    filters: CustomerFilter,
    sort: CustomerSort,
    after: Position | None,
    limit: int,
    time_zone: str,
    now: datetime,
) -> CustomerList:
    """Return a page of the customers that meet the filters."""
    required = _required_values(filters)
    if not required:
        return CustomerList(await _select(session, filters, sort=sort, after=after, limit=limit))
    found: list[CustomerEntry] = []
    for _ in range(MAX_EXAMINED // BATCH):
        rows = await _select(session, filters, sort=sort, after=after, limit=BATCH)
        values = await classification.current_values(
            session, customer_ids=[row.customer.id for row in rows], aspects=required, time_zone=time_zone, now=now
        )
        found += [row for row in rows if values[row.customer.id] == required]
        if len(rows) < BATCH or len(found) >= limit:
            return CustomerList(found[:limit])
        after = (rows[-1].key, rows[-1].customer.id)
    return CustomerList(found, after)


async def _select(
    session: AsyncSession, filters: CustomerFilter, *, sort: CustomerSort, after: Position | None, limit: int
) -> list[CustomerEntry]:
    tagged = customers_with_any_tag(filters.tags) if filters.tags else None
    return await repository.list_customers(session, filters, tagged=tagged, sort=sort, after=after, limit=limit)


async def find_survivors(session: AsyncSession, *, external_ids: Collection[str]) -> Collection[UUID] | None:
    """Return the customers with these external ids, of merged ones the survivors; None if none are given."""
    if not external_ids:
        return None
    named = await customers.find_ids(session, ids=(), external_ids=external_ids)
    return set((await identity.find_survivors(session, named.values())).values())


def _required_values(filters: CustomerFilter) -> dict[Aspect, str | None]:
    given = {Aspect.BUYER_TYPE: filters.buyer_type, Aspect.KEY_ACCOUNT: filters.key_account}
    return {aspect: value for aspect, value in given.items() if value is not None}
