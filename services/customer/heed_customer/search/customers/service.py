"""Use case of the list of customers."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.records.tags.service import customers_with_tag
from heed_customer.search.customers import repository
from heed_customer.search.customers.repository import CustomerEntry
from heed_customer.search.customers.rules import CustomerFilter, CustomerSort


async def list_customers(
    session: AsyncSession, *, filters: CustomerFilter, sort: CustomerSort, after: tuple[Any, UUID] | None, limit: int
) -> list[CustomerEntry]:
    """Return a page of the customers that meet the filters."""
    tagged = None if filters.tag is None else customers_with_tag(filters.tag)
    return await repository.list_customers(session, filters, tagged=tagged, sort=sort, after=after, limit=limit)
