"""SQL of complaints and their history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.tables import Complaint, HistoryEntry

# Confidential duplicates of a complaint that is not are left out: its readers need not be allowed to see them.
SELECT_MERGED_IDS = text("""
    WITH RECURSIVE members (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT complaint.id FROM members JOIN complaint ON complaint.merged_into = members.id
    )
    SELECT members.id FROM members JOIN complaint USING (id)
    WHERE NOT complaint.confidential OR (SELECT confidential FROM complaint WHERE id = CAST(:id AS uuid))
""")
SELECT_SURVIVOR_ID = text("""
    WITH RECURSIVE chain (id, next) AS (
        SELECT id, merged_into FROM complaint WHERE id = CAST(:id AS uuid)
        UNION
        SELECT complaint.id, complaint.merged_into FROM chain JOIN complaint ON complaint.id = chain.next
    )
    SELECT id FROM chain WHERE next IS NULL
""")


async def insert_complaint(session: AsyncSession, values: Mapping[str, Any]) -> Complaint | None:
    """Insert the complaint; return None if the external id is taken, even by a concurrent request."""
    statement = insert(Complaint).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Complaint))).one_or_none()


async def load_complaint(session: AsyncSession, complaint_id: UUID) -> Complaint | None:
    return await session.get(Complaint, complaint_id)


async def load_complaints(session: AsyncSession, complaint_ids: Iterable[UUID]) -> Sequence[Complaint]:
    """Return the complaints in the order of their ids; a single one that is loaded already without another query."""
    ids = sorted(set(complaint_ids))
    if len(ids) == 1:
        complaint = await session.get(Complaint, ids[0])
        return [] if complaint is None else [complaint]
    query = select(Complaint).where(Complaint.id.in_(ids)).order_by(Complaint.id)
    return (await session.scalars(query)).all()


async def load_by_external_id(session: AsyncSession, external_id: str | None) -> Complaint:
    return (await session.scalars(select(Complaint).where(Complaint.external_id == external_id))).one()


async def lock_complaint(session: AsyncSession, complaint_id: UUID) -> Complaint | None:
    return await session.get(Complaint, complaint_id, with_for_update=True, populate_existing=True)


async def lock_complaints(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Lock the complaints in the order of their ids, as every transaction does, so that none deadlock."""
    query = select(Complaint.id).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
    await session.execute(query.with_for_update())


def is_in_category(categories: Collection[str]) -> ColumnElement[bool]:
    """Select complaints in one of the categories, or in one below them."""
    below = (Complaint.category.startswith(f"{category}.", autoescape=True) for category in categories)
    return or_(Complaint.category.in_(categories), *below)


def has_unanswered_message(*, expected: bool) -> ColumnElement[bool]:
    """Select complaints whose customer waits for an answer to a message, or all others.

    The messages about a duplicate wait where it is handled.
    """
    waits = Complaint.customer_wrote_at.is_not(None) & Complaint.merged_into.is_(None)
    return waits if expected else ~waits


def append_history(
    session: AsyncSession,
    complaint_id: UUID,
    *,
    at: datetime,
    by: str | None,
    action: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    note: str | None = None,
    reason: str | None = None,
) -> None:
    """Append an entry to the history, which is never changed."""
    session.add(
        HistoryEntry(
            complaint_id=complaint_id,
            recorded_at=at,
            actor=by,
            action=action,
            note=note,
            reason=reason,
            before=dict(before),
            after=dict(after),
        )
    )


async def insert_history(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many entries, in the given order."""
    if rows:
        await session.execute(insert(HistoryEntry), [dict(row) for row in rows])


async def list_history(
    session: AsyncSession, complaint_ids: Sequence[UUID], *, after: int, limit: int
) -> Sequence[HistoryEntry]:
    """Return the history of the complaints in order."""
    query = (
        select(HistoryEntry)
        .where(HistoryEntry.complaint_id.in_(complaint_ids), HistoryEntry.seq > after)
        .order_by(HistoryEntry.seq)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def load_merged_ids(session: AsyncSession, complaint_id: UUID) -> list[UUID]:
    """Return the complaint and all that are merged into it, over any number of steps.

    Messages and history are shown of all of them.
    """
    return list(await session.scalars(SELECT_MERGED_IDS, {"id": complaint_id}))


async def load_survivor_id(session: AsyncSession, complaint_id: UUID) -> UUID:
    """Return the survivor of the complaint's merges, itself if it is not merged. Raises `ComplaintNotFound`."""
    survivor_id: UUID | None = await session.scalar(SELECT_SURVIVOR_ID, {"id": complaint_id})
    if survivor_id is None:
        raise ComplaintNotFound
    return survivor_id


def merged_ids(complaint_id: UUID) -> CTE:
    """Return a CTE of the `id` of the complaint and of all that are merged into it, over any number of steps."""
    members = select(Complaint.id).where(Complaint.id == complaint_id).cte("members", recursive=True)
    return members.union(select(Complaint.id).join(members, Complaint.merged_into == members.c.id))


async def lock_survivor(session: AsyncSession, complaint_id: UUID) -> UUID:
    """Lock the complaint and its survivor; return the survivor. Raises `ComplaintNotFound`.

    The survivor is read again under the locks: a merge may have come first.
    """
    survivor = await load_survivor_id(session, complaint_id)
    while True:
        await lock_complaints(session, {complaint_id, survivor})
        before, survivor = survivor, await load_survivor_id(session, complaint_id)
        if survivor == before:
            return survivor
