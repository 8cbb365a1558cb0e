"""Every query of complaints and their history."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint, HistoryEntry
from heed_complaint.core.visibility import visible


async def insert_complaint(session: AsyncSession, values: Mapping[str, Any]) -> Complaint | None:
    """The new row; None where the external id is taken already, even by somebody who was just faster."""
    statement = insert(Complaint).values(**values).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.scalars(statement.returning(Complaint))).one_or_none()


async def complaint_by_id(session: AsyncSession, complaint_id: UUID) -> Complaint | None:
    return await session.get(Complaint, complaint_id)


async def complaint_by_external_id(session: AsyncSession, external_id: str | None) -> Complaint:
    return (await session.scalars(select(Complaint).where(Complaint.external_id == external_id))).one()


async def lock_complaint(session: AsyncSession, complaint_id: UUID) -> Complaint | None:
    return await session.get(Complaint, complaint_id, with_for_update=True, populate_existing=True)


async def lock_complaints(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """All at once, in the order in which everybody locks them."""
    query = select(Complaint.id).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
    await session.execute(query.with_for_update())


async def list_complaints(
    session: AsyncSession,
    *,
    state: str | None,
    customer_ids: Collection[UUID] | None,
    customer_wrote: bool | None,
    confidential: bool,
    before: UUID | None,
    limit: int,
) -> Sequence[Complaint]:
    """The newest first; later ones come before the first page and so do not shift the pages behind it."""
    query = select(Complaint).where(visible(confidential=confidential)).order_by(Complaint.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Complaint.state == state)
    if customer_ids is not None:
        query = query.where(Complaint.customer_id.in_(sorted(customer_ids)))
    if customer_wrote is not None:
        query = query.where(has_unanswered_message(expected=customer_wrote))
    if before is not None:
        query = query.where(Complaint.id < before)
    return (await session.scalars(query)).all()


def has_unanswered_message(*, expected: bool) -> ColumnElement[bool]:
    """Select complaints whose customer waits for an answer to a message, or all others.

    The messages about a duplicate wait where it is handled.
    """
    waits = Complaint.customer_wrote_at.is_not(None) & Complaint.merged_into.is_(None)
    return waits if expected else ~waits


def note(
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
    """Adds to the history, which nobody changes or takes away from."""
    session.add(
        HistoryEntry(
            complaint_id=complaint_id,
            at=at,
            by=by,
            action=action,
            note=note,
            reason=reason,
            before=dict(before),
            after=dict(after),
        )
    )


async def history_of(
    session: AsyncSession, complaint_ids: Sequence[UUID], *, after: int, limit: int
) -> Sequence[HistoryEntry]:
    """What was done, in order."""
    query = (
        select(HistoryEntry)
        .where(HistoryEntry.complaint_id.in_(complaint_ids), HistoryEntry.seq > after)
        .order_by(HistoryEntry.seq)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


# What is more confidential than the survivor is left out: whoever may read that one need not be allowed to see it.
MEMBERS = text("""
    WITH RECURSIVE members (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT complaint.id FROM members JOIN complaint ON complaint.merged_into = members.id
    )
    SELECT members.id FROM members JOIN complaint USING (id)
    WHERE NOT complaint.confidential OR (SELECT confidential FROM complaint WHERE id = CAST(:id AS uuid))
""")


SURVIVOR = text("""
    WITH RECURSIVE chain (id, next) AS (
        SELECT id, merged_into FROM complaint WHERE id = CAST(:id AS uuid)
        UNION
        SELECT complaint.id, complaint.merged_into FROM chain JOIN complaint ON complaint.id = chain.next
    )
    SELECT id FROM chain WHERE next IS NULL
""")


async def members_of(session: AsyncSession, complaint_id: UUID) -> list[UUID]:
    """The complaint and all that are handled with it, over however many steps: messages and history are read of all."""
    return list(await session.scalars(MEMBERS, {"id": complaint_id}))


async def survivor_of(session: AsyncSession, complaint_id: UUID) -> UUID | None:
    """The complaint that is handled in its place; itself, where it is merged into none. None where there is none."""
    found: UUID | None = await session.scalar(SURVIVOR, {"id": complaint_id})
    return found
