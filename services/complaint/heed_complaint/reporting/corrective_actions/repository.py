"""Every query of corrective actions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.customers.tables import Purchase
from heed_complaint.core.tables import Complaint, product_key
from heed_complaint.core.visibility import visible
from heed_complaint.reporting.corrective_actions.rules import Window
from heed_complaint.reporting.corrective_actions.tables import CorrectiveAction, CorrectiveActionNotification

IS_COUNTED = and_(Complaint.kind == CaseKind.COMPLAINT, Complaint.merged_into.is_(None))
"""What is handled in another one's place is one complaint, not two."""


async def get_corrective_action(session: AsyncSession, correction_id: UUID) -> CorrectiveAction | None:
    return await session.get(CorrectiveAction, correction_id)


async def lock_corrective_action(session: AsyncSession, correction_id: UUID) -> CorrectiveAction | None:
    return await session.get(CorrectiveAction, correction_id, with_for_update=True, populate_existing=True)


async def list_corrective_actions(
    session: AsyncSession, *, done: bool | None, owner: str | None, before: UUID | None, limit: int
) -> Sequence[CorrectiveAction]:
    """The newest first."""
    query = select(CorrectiveAction).order_by(CorrectiveAction.id.desc()).limit(limit)
    if done is not None:
        query = query.where(CorrectiveAction.done_at.is_not(None) if done else CorrectiveAction.done_at.is_(None))
    if owner is not None:
        query = query.where(CorrectiveAction.owner == owner)
    if before is not None:
        query = query.where(CorrectiveAction.id < before)
    return (await session.scalars(query)).all()


async def first_received_at(session: AsyncSession) -> datetime | None:
    """Since when complaints are counted at all."""
    return await session.scalar(select(func.min(Complaint.received_at)))


async def count_complaints(
    session: AsyncSession, correction: CorrectiveAction, window: Window, *, confidential: bool
) -> tuple[int, int]:
    """Those that it is about, and those whose cause nobody has found yet."""
    is_open = and_(Complaint.cause.is_(None), *_in_scope(correction, with_cause=False))
    about, undecided = (func.count().filter(condition) for condition in (and_(*_in_scope(correction)), is_open))
    query = select(about, undecided).where(IS_COUNTED, _within(Complaint.received_at, window))
    found = (await session.execute(query.where(visible(confidential=confidential)))).one()
    return found[0], found[1] if correction.cause is not None else 0


async def first_purchase_at(session: AsyncSession) -> datetime | None:
    """Since when purchases are known at all."""
    return await session.scalar(select(func.min(Purchase.occurred_at)).where(Purchase.units > 0))


async def count_purchases(session: AsyncSession, window: Window) -> int:
    query = select(func.count()).where(Purchase.units > 0, _within(Purchase.occurred_at, window))
    return (await session.execute(query)).scalar_one()


async def list_complainants(
    session: AsyncSession,
    correction: CorrectiveAction,
    *,
    until: datetime,
    confidential: bool,
    after: UUID | None,
    limit: int,
) -> list[tuple[Complaint, datetime | None]]:
    """Those who had complained of it before, the first first, and when they were told."""
    query = (
        select(Complaint, CorrectiveActionNotification.at)
        .outerjoin(CorrectiveActionNotification, _is_notified(correction))
        .where(IS_COUNTED, *_in_scope(correction), Complaint.received_at < until, visible(confidential=confidential))
        .order_by(Complaint.id)
        .limit(limit)
    )
    found = await session.execute(query if after is None else query.where(Complaint.id > after))
    return [(complaint, told_at) for complaint, told_at in found]


async def count_not_yet_notified(
    session: AsyncSession, correction: CorrectiveAction, *, until: datetime, confidential: bool
) -> int:
    told = select(literal(1)).where(_is_notified(correction)).exists()
    query = select(func.count()).where(IS_COUNTED, *_in_scope(correction), Complaint.received_at < until, ~told)
    return (await session.execute(query.where(visible(confidential=confidential)))).scalar_one()


async def not_yet_notified(
    session: AsyncSession, correction: CorrectiveAction, *, until: datetime, confidential: bool, limit: int
) -> Sequence[UUID]:
    told = select(literal(1)).where(_is_notified(correction)).exists()
    query = select(Complaint.id).where(IS_COUNTED, *_in_scope(correction), Complaint.received_at < until, ~told)
    query = query.where(visible(confidential=confidential)).order_by(Complaint.id).limit(limit)
    return (await session.scalars(query)).all()


async def record_notified(
    session: AsyncSession, correction_id: UUID, complaint_ids: Sequence[UUID], *, at: datetime
) -> Sequence[UUID]:
    """Those of them who had not been told before, also not by somebody who was just faster."""
    if not complaint_ids:
        return []
    rows = [
        {"correction_id": correction_id, "complaint_id": complaint_id, "at": at}
        for complaint_id in sorted(complaint_ids)
    ]
    statement = insert(CorrectiveActionNotification).values(rows).on_conflict_do_nothing()
    return sorted(await session.scalars(statement.returning(CorrectiveActionNotification.complaint_id)))


def _is_notified(correction: CorrectiveAction) -> ColumnElement[bool]:
    return and_(
        CorrectiveActionNotification.complaint_id == Complaint.id,
        CorrectiveActionNotification.correction_id == correction.id,
    )


def _in_scope(correction: CorrectiveAction, *, with_cause: bool = True) -> list[ColumnElement[bool]]:
    """Which complaints it is about: all of what is named must fit; a first level stands for all below it."""
    conditions: list[ColumnElement[bool]] = []
    if correction.cause is not None and with_cause:
        conditions.append(Complaint.cause == correction.cause)
    if correction.category is not None:
        below = Complaint.category.startswith(f"{correction.category}.", autoescape=True)
        conditions.append(or_(Complaint.category == correction.category, below))
    if correction.product is not None:
        conditions.append(Complaint.product_key == product_key(correction.product))
    return conditions


def _within(moment: InstrumentedAttribute[datetime], window: Window) -> ColumnElement[bool]:
    return and_(moment >= window.since, moment < window.until)
