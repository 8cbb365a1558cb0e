"""SQL of acceptance rules."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, ComplaintStatus
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.lifecycle.acceptance.tables import Acceptance


async def get_acceptance(session: AsyncSession) -> Acceptance:
    return (await session.scalars(select(Acceptance))).one()


async def lock_acceptance(session: AsyncSession) -> Acceptance:
    return (await session.scalars(select(Acceptance).with_for_update())).one()


async def undecided_complaints(session: AsyncSession, *, confidential: bool, limit: int) -> Sequence[Complaint]:
    """Return the newest complaints that were neither accepted nor declined nor referred."""
    query = (
        select(Complaint)
        .where(
            Complaint.state == ComplaintStatus.RECEIVED,
            Complaint.kind != CaseKind.UNVOICED_GRIEVANCE,
            visible(confidential=confidential),
        )
        .order_by(Complaint.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()
