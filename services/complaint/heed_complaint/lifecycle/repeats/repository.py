"""Every query of repeated complaints."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.repeats.tables import RepeatRule

SENT_TWICE_WITHIN = timedelta(minutes=10)
"""A complaint in the same words that is received so soon after another was sent twice and did not happen twice."""


async def count_alone(session: AsyncSession, *, customer_id: UUID, product: str) -> None:
    """Until the end of the transaction nobody else counts the complaints of this customer about this product."""
    await advisory_locks.lock_text(session, f"nth {customer_id} {product}")


async def count_others(session: AsyncSession, complaint: Complaint, *, customer_ids: Collection[UUID]) -> int:
    """Return how many complaints of these customers about its product there are beside it.

    Parts, duplicates and those that were sent twice are none.
    """
    earlier = aliased(Complaint)
    is_sent_again = exists().where(
        _is_counted(earlier, complaint, customer_ids), _is_sent_before(earlier, Complaint), earlier.id != Complaint.id
    )
    query = select(func.count()).where(
        _is_counted(Complaint, complaint, customer_ids), Complaint.id != complaint.id, ~is_sent_again
    )
    return int(await session.scalar(query) or 0)


async def nth_of_first_sent(
    session: AsyncSession, complaint: Complaint, *, customer_ids: Collection[UUID]
) -> int | None:
    """Return the number of the complaint that was sent before in the same words; None if there is none."""
    query = (
        select(Complaint.nth)
        .where(_is_counted(Complaint, complaint, customer_ids), Complaint.id != complaint.id)
        .where(_is_sent_before(Complaint, complaint))
        .order_by(Complaint.received_at, Complaint.id)
        .limit(1)
    )
    nth: int | None = await session.scalar(query)
    return nth


def _is_counted(one: type[Complaint], like: Complaint, customer_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return whether it counts among the complaints of these customers about the same product."""
    return and_(
        one.customer_id.in_(sorted(customer_ids)),
        one.product_key == like.product_key,
        one.kind == CaseKind.COMPLAINT,
        one.split_from.is_(None),
        one.merged_into.is_(None),
    )


def _is_sent_before(one: type[Complaint], other: Complaint | type[Complaint]) -> ColumnElement[bool]:
    """Return whether one complaint says the same as the other and was received a little before it."""
    return and_(
        one.category == other.category,
        one.description == other.description,
        one.received_at >= other.received_at - SENT_TWICE_WITHIN,
        tuple_(one.received_at, one.id) < tuple_(other.received_at, other.id),
    )


async def nth_of(session: AsyncSession, complaint_id: UUID) -> int:
    return int(await session.scalar(select(Complaint.nth).where(Complaint.id == complaint_id)) or 1)


async def rule(session: AsyncSession) -> RepeatRule:
    return (await session.scalars(select(RepeatRule))).one()


async def lock_rule(session: AsyncSession) -> RepeatRule:
    query = select(RepeatRule).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()
