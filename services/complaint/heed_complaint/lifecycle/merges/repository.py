"""Every query of merged complaints."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.lifecycle.merges.rules import Receipt
from heed_complaint.lifecycle.merges.tables import ComplaintMerge

STANDING = ComplaintMerge.undone_at.is_(None)


async def merged_into(
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


async def standing_merges(session: AsyncSession, survivor_id: UUID) -> Sequence[ComplaintMerge]:
    """The caller holds the survivor's lock."""
    query = select(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, STANDING)
    return (await session.scalars(query.order_by(ComplaintMerge.id))).all()


async def earliest(session: AsyncSession, survivor_id: UUID, *, received: datetime, occurred: datetime) -> Receipt:
    """Of these moments and those of its duplicates the first ones; what nobody said to us was not received."""
    first = func.least(received, func.min(Complaint.received_at)), func.least(occurred, func.min(Complaint.occurred_at))
    voiced = Complaint.kind != CaseKind.UNVOICED_GRIEVANCE
    row = (await session.execute(select(*first).where(Complaint.merged_into == survivor_id, voiced))).one()
    return Receipt(*row)


async def set_own_receipt(session: AsyncSession, survivor_id: UUID, own: Receipt) -> None:
    """Store the survivor's own receipt with its merges, for when they are undone."""
    rows = update(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, STANDING)
    await session.execute(rows.values(survivor_received_at=own.received_at, survivor_occurred_at=own.occurred_at))
