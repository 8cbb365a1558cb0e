"""Every query of merged complaints."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CTE, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.grouping.merges.rules import ReceiptTimes
from heed_complaint.grouping.tables import ComplaintMerge

IS_ACTIVE = ComplaintMerge.undone_at.is_(None)
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


def handled_as_one(complaint_id: UUID) -> CTE:
    """The complaint and all that are merged into it, over however many steps, as something to select `id` from."""
    members = select(Complaint.id).where(Complaint.id == complaint_id).cte("members", recursive=True)
    return members.union(select(Complaint.id).join(members, Complaint.merged_into == members.c.id))


async def members_of(session: AsyncSession, complaint_id: UUID) -> list[UUID]:
    """The complaint and all that are handled with it, over however many steps: messages and history are read of all."""
    return list(await session.scalars(MEMBERS, {"id": complaint_id}))


async def survivor_of(session: AsyncSession, complaint_id: UUID) -> UUID | None:
    """The complaint that is handled in its place; itself, where it is merged into none. None where there is none."""
    found: UUID | None = await session.scalar(SURVIVOR, {"id": complaint_id})
    return found


async def list_duplicates(
    session: AsyncSession, complaint_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> Sequence[Complaint]:
    """Those that were merged into it directly."""
    query = (
        select(Complaint)
        .where(Complaint.merged_into == complaint_id, visible(confidential=confidential))
        .order_by(Complaint.id)
        .limit(limit)
    )
    return (await session.scalars(query if after is None else query.where(Complaint.id > after))).all()


async def active_merges(session: AsyncSession, survivor_id: UUID) -> Sequence[ComplaintMerge]:
    """The caller holds the survivor's lock."""
    query = select(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, IS_ACTIVE)
    return (await session.scalars(query.order_by(ComplaintMerge.id))).all()


async def earliest_receipt_times(session: AsyncSession, survivor_id: UUID, *, received: datetime, occurred: datetime) -> ReceiptTimes:
    """Of these moments and those of its duplicates the first ones; what nobody said to us was not received."""
    first = func.least(received, func.min(Complaint.received_at)), func.least(occurred, func.min(Complaint.occurred_at))
    voiced = Complaint.kind != CaseKind.UNVOICED_GRIEVANCE
    row = (await session.execute(select(*first).where(Complaint.merged_into == survivor_id, voiced))).one()
    return ReceiptTimes(*row)


async def update_own_receipt_times(session: AsyncSession, survivor_id: UUID, own: ReceiptTimes) -> None:
    """Store the survivor's own receipt with its merges, for when they are undone."""
    rows = update(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, IS_ACTIVE)
    await session.execute(rows.values(survivor_received_at=own.received_at, survivor_occurred_at=own.occurred_at))
