"""SQL of partial answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.partials.rules import Reach
from heed_survey.collection.partials.tables import PartialResponse, SentForm

COUNT_REACH = text("""
    SELECT item, count(*) AS shown, count(*) FILTER (WHERE item = ANY(form.answered)) AS answered,
        count(*) FILTER (WHERE item = form.left_at) AS left_at
    FROM partial_response AS form CROSS JOIN LATERAL unnest(CAST(ARRAY[''] AS text[]) || form.shown) AS item
    WHERE form.survey_id = :survey_id AND form.survey_version = :survey_version
    GROUP BY item
""")
"""Counts by item; every form counts once for an item without a code."""


class ReachCounts(NamedTuple):
    """Number of forms, and by item how many showed it, have an answer to it, and were left at it."""

    forms: int
    items: dict[str, tuple[int, int, int]]


async def find_partial(session: AsyncSession, key_hash: bytes) -> PartialResponse | None:
    query = select(PartialResponse).where(PartialResponse.key_hash == key_hash)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def upsert_partial(session: AsyncSession, values: Mapping[str, Any]) -> None:
    statement = insert(PartialResponse).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "key_hash"}
    await session.execute(statement.on_conflict_do_update(index_elements=["key_hash"], set_=changed))


async def delete_partial(session: AsyncSession, key_hash: bytes) -> None:
    await session.execute(delete(PartialResponse).where(PartialResponse.key_hash == key_hash))


async def count_reach(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> ReachCounts:
    rows = await session.execute(COUNT_REACH, {"survey_id": survey_id, "survey_version": survey_version})
    counts = {row.item: (row.shown, row.answered, row.left_at) for row in rows}
    forms, _, _ = counts.pop("", (0, 0, 0))
    return ReachCounts(forms, counts)


async def delete_expired(session: AsyncSession, *, today: date, limit: int) -> list[tuple[UUID, int, Reach]]:
    """Delete a page of expired rows; those that are being changed wait for the next call."""
    expired = select(PartialResponse.key_hash).where(PartialResponse.expires_on < today)
    page = expired.order_by(PartialResponse.key_hash).limit(limit).with_for_update(skip_locked=True)
    deleted = delete(PartialResponse).where(PartialResponse.key_hash.in_(page)).returning(PartialResponse)
    rows = (await session.scalars(deleted)).all()
    return [
        (row.survey_id, row.survey_version, Reach(tuple(row.shown), tuple(row.answered), row.left_at)) for row in rows
    ]


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
