"""SQL of sensitive fields."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import KEY_ID_BYTES
from heed_common.identifiers import new_id
from heed_customer.accounts.sensitive_fields.tables import SensitiveRead, SensitiveValue

STORED_KEY_ID = func.substring(SensitiveValue.encrypted, 1, KEY_ID_BYTES, type_=LargeBinary)


@dataclass(frozen=True, slots=True)
class ReadFilter:
    """Which reads a list shows."""

    customer_ids: Collection[UUID] | None = None
    read_by: str | None = None
    read_from: datetime | None = None
    read_to: datetime | None = None


async def list_values(session: AsyncSession, customer_id: UUID, group: str) -> Sequence[SensitiveValue]:
    query = select(SensitiveValue).where(
        SensitiveValue.customer_id == customer_id, SensitiveValue.profile_group == group
    )
    return (await session.scalars(query.order_by(SensitiveValue.field))).all()


async def lock_value(session: AsyncSession, customer_id: UUID, group: str, field: str) -> SensitiveValue | None:
    return await session.get(SensitiveValue, (customer_id, group, field), with_for_update=True, populate_existing=True)


async def upsert_value(session: AsyncSession, row: dict[str, Any]) -> None:
    """Insert or replace a value; a new value is not verified."""
    statement = insert(SensitiveValue).values(row)
    changed = {name: statement.excluded[name] for name in ("encrypted", "blind_index", "changed_at")}
    keys = ["customer_id", "profile_group", "field"]
    await session.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed | {"verified_at": None, "verified_by": None})
    )


async def delete_values(session: AsyncSession, customer_id: UUID, group: str, fields: Collection[str]) -> None:
    table = SensitiveValue
    await session.execute(
        delete(table).where(
            table.customer_id == customer_id, table.profile_group == group, table.field.in_(sorted(fields))
        )
    )


async def find_customers(session: AsyncSession, indexes: Collection[bytes]) -> Sequence[UUID]:
    """Return the customers whose identifying field has one of these blind indexes."""
    query = select(SensitiveValue.customer_id).where(SensitiveValue.blind_index.in_(indexes))
    return (await session.scalars(query.order_by(SensitiveValue.customer_id))).all()


async def find_verified(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these customers have a verified field."""
    query = select(SensitiveValue.customer_id).where(
        SensitiveValue.customer_id.in_(customer_ids), SensitiveValue.verified_at.is_not(None)
    )
    return set(await session.scalars(query))


async def insert_reads(
    session: AsyncSession, customer_id: UUID, group: str, fields: Sequence[str], *, by: str, now: datetime
) -> None:
    common = {"customer_id": customer_id, "profile_group": group, "read_at": now, "read_by": by}
    rows = [common | {"id": new_id(), "field": field} for field in fields]
    await session.execute(insert(SensitiveRead).values(rows))


async def list_reads(
    session: AsyncSession, *, filters: ReadFilter, after: UUID | None, limit: int
) -> Sequence[SensitiveRead]:
    """Return a page of reads, the newest first."""
    table = SensitiveRead
    query = select(table).order_by(table.id.desc()).limit(limit)
    if filters.customer_ids is not None:
        query = query.where(table.customer_id.in_(filters.customer_ids))
    if filters.read_by is not None:
        query = query.where(table.read_by == filters.read_by)
    if filters.read_from is not None:
        query = query.where(table.read_at >= filters.read_from)
    if filters.read_to is not None:
        query = query.where(table.read_at < filters.read_to)
    return (await session.scalars(query if after is None else query.where(table.id < after))).all()


async def lock_encrypted_by_older_keys(
    session: AsyncSession, *, key_id: bytes, after: tuple[UUID, str, str] | None, limit: int
) -> Sequence[SensitiveValue]:
    """Lock a page of values that the newest key did not encrypt, without those that another transaction holds."""
    table = SensitiveValue
    position = (table.customer_id, table.profile_group, table.field)
    query = select(table).where(STORED_KEY_ID.is_distinct_from(key_id)).order_by(*position).limit(limit)
    if after is not None:
        query = query.where(tuple_(*position) > after)
    return (await session.scalars(query.with_for_update(key_share=True, skip_locked=True))).all()


async def count_by_key(session: AsyncSession) -> dict[bytes, int]:
    """Return the number of values by the id of the key that encrypted them."""
    rows = await session.execute(select(STORED_KEY_ID, func.count()).group_by(STORED_KEY_ID))
    return {bytes(key_id): count for key_id, count in rows}
