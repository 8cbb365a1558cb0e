"""SQL of merges."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.lifecycle.merges.rules import ReceiptTimes
from heed_complaint.lifecycle.merges.tables import ComplaintMerge

IS_ACTIVE = ComplaintMerge.undone_at.is_(None)


async def list_duplicates(
    session: AsyncSession, complaint_id: UUID, *, confidential: bool, after: UUID | None, limit: int
) -> Sequence[Complaint]:
    """Return the complaints that are merged into it directly."""
    query = (
        select(Complaint)
        .where(Complaint.merged_into == complaint_id, visible(confidential=confidential))
        .order_by(Complaint.id)
        .limit(limit)
    )
    return (await session.scalars(query if after is None else query.where(Complaint.id > after))).all()


async def active_merges(session: AsyncSession, survivor_id: UUID) -> Sequence[ComplaintMerge]:
    """Return the merges into the survivor that are not undone. The caller holds the survivor's lock."""
    query = select(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, IS_ACTIVE)
    return (await session.scalars(query.order_by(ComplaintMerge.id))).all()


async def earliest_receipt_times(
    session: AsyncSession, survivor_id: UUID, *, received: datetime, occurred: datetime
) -> ReceiptTimes:
    """Return the earliest of these moments and those of its duplicates; an unvoiced grievance was not received."""
    first = func.least(received, func.min(Complaint.received_at)), func.least(occurred, func.min(Complaint.occurred_at))
    is_voiced = Complaint.kind != CaseKind.UNVOICED_GRIEVANCE
    row = (await session.execute(select(*first).where(Complaint.merged_into == survivor_id, is_voiced))).one()
    return ReceiptTimes(*row)


async def update_own_receipt_times(session: AsyncSession, survivor_id: UUID, own: ReceiptTimes) -> None:
    """Store the survivor's own receipt with its merges, for when they are undone."""
    rows = update(ComplaintMerge).where(ComplaintMerge.survivor_id == survivor_id, IS_ACTIVE)
    await session.execute(rows.values(survivor_received_at=own.received_at, survivor_occurred_at=own.occurred_at))
