"""SQL of tags."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.text import normalize_for_comparison
from heed_customer.records.tags.tables import CustomerTag


async def list_tags(session: AsyncSession, customer_ids: Collection[UUID]) -> Sequence[CustomerTag]:
    """Return the tags of these customers in alphabetical order."""
    query = select(CustomerTag).where(CustomerTag.customer_id.in_(customer_ids))
    return (await session.scalars(query.order_by(CustomerTag.tag_key, CustomerTag.customer_id))).all()


async def insert_tags(
    session: AsyncSession, customer_id: UUID, tags: Mapping[str, str], *, by: str, now: datetime
) -> None:
    """Insert tags, given by their keys; those that the customer has stay as they are."""
    if tags:
        rows = [
            {"customer_id": customer_id, "tag_key": key, "tag": tag, "added_at": now, "added_by": by}
            for key, tag in sorted(tags.items())
        ]
        await session.execute(insert(CustomerTag).values(rows).on_conflict_do_nothing())


async def delete_tags(session: AsyncSession, customer_ids: Collection[UUID], keys: Collection[str]) -> int:
    """Delete the tags of these customers; return how many there were."""
    table = CustomerTag
    deleted = delete(table).where(table.customer_id.in_(customer_ids), table.tag_key.in_(keys)).returning(table.tag)
    return len((await session.scalars(deleted)).all())


def customers_with_any_tag(tags: Collection[str]) -> Select[UUID]:
    """Return the query of all customers with one of the tags, duplicates among them, for lists of customers."""
    return select(CustomerTag.customer_id).where(CustomerTag.tag_key.in_(map(normalize_for_comparison, tags)))
