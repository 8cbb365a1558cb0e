"""SQL of partial answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.partials.tables import PartialResponse, SentForm


async def find_partial(session: AsyncSession, key_hash: bytes) -> PartialResponse | None:
    query = select(PartialResponse).where(PartialResponse.key_hash == key_hash)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def upsert_partial(session: AsyncSession, values: Mapping[str, Any]) -> None:
    statement = insert(PartialResponse).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "key_hash"}
    await session.execute(statement.on_conflict_do_update(index_elements=["key_hash"], set_=changed))


async def delete_partials(session: AsyncSession, key_hashes: Sequence[bytes]) -> None:
    await session.execute(delete(PartialResponse).where(PartialResponse.key_hash.in_(key_hashes)))


async def list_partials(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> Sequence[PartialResponse]:
    query = select(PartialResponse).where(
        PartialResponse.survey_id == survey_id, PartialResponse.survey_version == survey_version
    )
    return (await session.scalars(query)).all()


async def lock_expired(session: AsyncSession, *, today: date, limit: int) -> Sequence[PartialResponse]:
    """Lock a page of expired partial answers, sorted; those that are being changed wait for the next call."""
    query = select(PartialResponse).where(PartialResponse.expires_on < today)
    query = query.order_by(PartialResponse.key_hash).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(query)).all()


async def insert_sent(session: AsyncSession, *, key_hash: bytes, expires_on: date) -> bool:
    """Insert the hash. Return False if it exists; waits for a transaction that is inserting it."""
    statement = insert(SentForm).values(key_hash=key_hash, expires_on=expires_on).on_conflict_do_nothing()
    return await session.scalar(statement.returning(SentForm.key_hash)) is not None


async def is_sent(session: AsyncSession, key_hash: bytes) -> bool:
    return await session.scalar(select(SentForm.key_hash).where(SentForm.key_hash == key_hash)) is not None


async def delete_expired_sent(session: AsyncSession, *, today: date, limit: int) -> int:
    """Delete a page of hashes whose forms can no longer be sent; return their number."""
    expired = select(SentForm.key_hash).where(SentForm.expires_on < today).limit(limit)
    deleted = delete(SentForm).where(SentForm.key_hash.in_(expired)).returning(SentForm.key_hash)
    return len((await session.scalars(deleted)).all())
