"""Every query of repeated complaints."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind
from heed_complaint.groups.tables import RepeatRule
from heed_complaint.tables import Complaint

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


async def count_alone(session: AsyncSession, *, customer_id: UUID, product: str) -> None:
    """Until the end of the transaction nobody else counts the complaints of this customer about this product."""
    await session.execute(ONE_AT_A_TIME, {"what": f"nth {customer_id} {product}"})


async def count_others(session: AsyncSession, complaint: Complaint, *, customer_ids: Collection[UUID]) -> int:
    """How many complaints of these customers about its product there are beside it; parts and duplicates are none."""
    query = select(func.count()).where(
        Complaint.customer_id.in_(sorted(customer_ids)),
        Complaint.product_key == complaint.product_key,
        Complaint.kind == CaseKind.COMPLAINT,
        Complaint.split_from.is_(None),
        Complaint.merged_into.is_(None),
        Complaint.id != complaint.id,
    )
    return int(await session.scalar(query) or 0)


async def nth_of(session: AsyncSession, complaint_id: UUID) -> int:
    return int(await session.scalar(select(Complaint.nth).where(Complaint.id == complaint_id)) or 1)


async def rule(session: AsyncSession) -> RepeatRule:
    return (await session.scalars(select(RepeatRule))).one()


async def lock_rule(session: AsyncSession) -> RepeatRule:
    query = select(RepeatRule).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()
