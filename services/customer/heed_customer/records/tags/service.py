"""Use cases of tags. A family has the tags of all its customers."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.text import normalize_for_comparison
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family
from heed_customer.records.tags import repository
from heed_customer.records.tags.errors import TagNotFound, TooManyTags

MAX_TAGS = 100


async def list_tags(session: AsyncSession, *, family: Family) -> list[str]:
    """Return the tags of a customer and its duplicates, each once, in alphabetical order."""
    rows = await repository.list_tags(session, family.ids)
    return list({row.tag_key: row.tag for row in rows}.values())


async def add_tag(session: AsyncSession, *, customer_id: UUID, tag: str, by: str, now: datetime) -> list[str]:
    """Add a tag; return all. Raises `CustomerNotFound`, `CustomerIsMerged`, `TooManyTags`."""
    family = await _lock_family(session, customer_id)
    await repository.insert_tags(session, customer_id, {normalize_for_comparison(tag): tag}, by=by, now=now)
    tags = await list_tags(session, family=family)
    if len(tags) > MAX_TAGS:
        raise TooManyTags
    return tags


async def delete_tag(session: AsyncSession, *, customer_id: UUID, tag: str) -> None:
    """Delete a tag. Raises `CustomerNotFound`, `CustomerIsMerged`, `TagNotFound`."""
    family = await _lock_family(session, customer_id)
    if not await repository.delete_tags(session, family.ids, [normalize_for_comparison(tag)]):
        raise TagNotFound


def customers_with_any_tag(tags: Collection[str]) -> Select[UUID]:
    """Return the query of all customers with one of the tags, duplicates among them, for lists of customers."""
    return repository.customers_with_any_tag(tags)


async def _lock_family(session: AsyncSession, customer_id: UUID) -> Family:
    customer = await customers.lock_unmerged(session, customer_id=customer_id)
    return Family(customer, frozenset(await identity.family_of(session, customer_id)))
