"""SQL of repeat complaints."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, and_, any_, bindparam, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common import advisory_locks
from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.repeats.tables import RepeatPolicy

RESUBMISSION_WINDOW = timedelta(minutes=10)
"""A complaint with the same text that is received so soon after another was sent twice and did not happen twice."""


SELECT_COUNTED = (
    select(
        Complaint.id,
        Complaint.customer_id,
        Complaint.product_key,
        Complaint.category,
        Complaint.description,
        Complaint.received_at,
        Complaint.repeat_number,
    )
    .where(Complaint.customer_id == any_(bindparam("customer_ids", type_=ARRAY(Uuid))))
    .where(Complaint.product_key == any_(bindparam("product_keys", type_=ARRAY(Text))))
    .where(Complaint.kind == CaseKind.COMPLAINT, Complaint.split_from.is_(None), Complaint.merged_into.is_(None))
)


async def lock_repeat_counts(session: AsyncSession, keys: Collection[tuple[UUID, str]]) -> None:
    """Lock the counts of these families' complaints about these products until the transaction ends."""
    for family, product in sorted(keys):
        await advisory_locks.lock_text(session, f"repeat_number {family} {product}")


async def list_counted(
    session: AsyncSession, *, customer_ids: Collection[UUID], product_keys: Collection[str]
) -> Sequence[Any]:
    """Return the stored complaints of these customers about these products that count as repeats."""
    parameters = {"customer_ids": sorted(customer_ids), "product_keys": sorted(product_keys)}
    return (await session.execute(SELECT_COUNTED, parameters)).all()


async def lock_repeat_count(session: AsyncSession, *, customer_id: UUID, product: str) -> None:
    """Lock the count of this customer's complaints about this product until the transaction ends."""
    await advisory_locks.lock_text(session, f"repeat_number {customer_id} {product}")


async def count_others(session: AsyncSession, complaint: Complaint, *, customer_ids: Collection[UUID]) -> int:
    """Return how many other complaints of these customers about its product there are.

    Parts, duplicates and those that were sent twice are not counted.
    """
    earlier = aliased(Complaint)
    is_sent_again = exists().where(
        _is_counted(earlier, complaint, customer_ids), _is_sent_before(earlier, Complaint), earlier.id != Complaint.id
    )
    query = select(func.count()).where(
        _is_counted(Complaint, complaint, customer_ids), Complaint.id != complaint.id, ~is_sent_again
    )
    return int(await session.scalar(query) or 0)


async def repeat_number_of_first_submission(
    session: AsyncSession, complaint: Complaint, *, customer_ids: Collection[UUID]
) -> int | None:
    """Return the number of the complaint that was sent before with the same text; None if there is none."""
    query = (
        select(Complaint.repeat_number)
        .where(_is_counted(Complaint, complaint, customer_ids), Complaint.id != complaint.id)
        .where(_is_sent_before(Complaint, complaint))
        .order_by(Complaint.received_at, Complaint.id)
        .limit(1)
    )
    number: int | None = await session.scalar(query)
    return number


def _is_counted(row: type[Complaint], reference: Complaint, customer_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return whether the row counts among the complaints of these customers about the product of the reference."""
    return and_(
        row.customer_id.in_(sorted(customer_ids)),
        row.product_key == reference.product_key,
        row.kind == CaseKind.COMPLAINT,
        row.split_from.is_(None),
        row.merged_into.is_(None),
    )


def _is_sent_before(row: type[Complaint], other: Complaint | type[Complaint]) -> ColumnElement[bool]:
    """Return whether the row has the same text as the other complaint and was received a little before it."""
    return and_(
        row.category == other.category,
        row.description == other.description,
        row.received_at >= other.received_at - RESUBMISSION_WINDOW,
        tuple_(row.received_at, row.id) < tuple_(other.received_at, other.id),
    )


async def get_repeat_number(session: AsyncSession, complaint_id: UUID) -> int:
    return int(await session.scalar(select(Complaint.repeat_number).where(Complaint.id == complaint_id)) or 1)


async def get_policy(session: AsyncSession) -> RepeatPolicy:
    return (await session.scalars(select(RepeatPolicy))).one()


async def lock_policy(session: AsyncSession) -> RepeatPolicy:
    query = select(RepeatPolicy).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).one()
