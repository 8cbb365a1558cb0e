"""SQL of corrective actions."""

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
"""A complaint that was merged into another one counts once."""


async def get_corrective_action(session: AsyncSession, action_id: UUID) -> CorrectiveAction | None:
    return await session.get(CorrectiveAction, action_id)


async def lock_corrective_action(session: AsyncSession, action_id: UUID) -> CorrectiveAction | None:
    return await session.get(CorrectiveAction, action_id, with_for_update=True, populate_existing=True)


async def list_corrective_actions(
    session: AsyncSession, *, done: bool | None, owner: str | None, before: UUID | None, limit: int
) -> Sequence[CorrectiveAction]:
    """Return corrective actions, the newest first."""
    query = select(CorrectiveAction).order_by(CorrectiveAction.id.desc()).limit(limit)
    if done is not None:
        query = query.where(CorrectiveAction.done_at.is_not(None) if done else CorrectiveAction.done_at.is_(None))
    if owner is not None:
        query = query.where(CorrectiveAction.owner == owner)
    if before is not None:
        query = query.where(CorrectiveAction.id < before)
    return (await session.scalars(query)).all()


async def first_received_at(session: AsyncSession) -> datetime | None:
    """Return when the first complaint of all was received."""
    return await session.scalar(select(func.min(Complaint.received_at)))


async def count_complaints(
    session: AsyncSession, action: CorrectiveAction, window: Window, *, confidential: bool
) -> tuple[int, int]:
    """Return how many complaints are in scope, and how many may be, because their cause is not known yet."""
    is_undecided = and_(Complaint.cause.is_(None), *_in_scope(action, with_cause=False))
    about, undecided = (func.count().filter(condition) for condition in (and_(*_in_scope(action)), is_undecided))
    query = select(about, undecided).where(IS_COUNTED, _within(Complaint.received_at, window))
    found = (await session.execute(query.where(visible(confidential=confidential)))).one()
    return found[0], found[1] if action.cause is not None else 0


async def first_purchase_at(session: AsyncSession) -> datetime | None:
    """Return when the first recorded purchase of all was made."""
    return await session.scalar(select(func.min(Purchase.occurred_at)).where(Purchase.units > 0))


async def count_purchases(session: AsyncSession, window: Window) -> int:
    query = select(func.count()).where(Purchase.units > 0, _within(Purchase.occurred_at, window))
    return (await session.execute(query)).scalar_one()


async def list_complainants(
    session: AsyncSession,
    action: CorrectiveAction,
    *,
    until: datetime,
    confidential: bool,
    after: UUID | None,
    limit: int,
) -> list[tuple[Complaint, datetime | None]]:
    """Return the complaints in scope, the oldest first, with the time of notification."""
    query = (
        select(Complaint, CorrectiveActionNotification.at)
        .outerjoin(CorrectiveActionNotification, _is_notified(action))
        .where(IS_COUNTED, *_in_scope(action), Complaint.received_at < until, visible(confidential=confidential))
        .order_by(Complaint.id)
        .limit(limit)
    )
    found = await session.execute(query if after is None else query.where(Complaint.id > after))
    return [(complaint, notified_at) for complaint, notified_at in found]


async def count_not_yet_notified(
    session: AsyncSession, action: CorrectiveAction, *, until: datetime, confidential: bool
) -> int:
    notified = select(literal(1)).where(_is_notified(action)).exists()
    query = select(func.count()).where(IS_COUNTED, *_in_scope(action), Complaint.received_at < until, ~notified)
    return (await session.execute(query.where(visible(confidential=confidential)))).scalar_one()


async def not_yet_notified(
    session: AsyncSession, action: CorrectiveAction, *, until: datetime, confidential: bool, limit: int
) -> Sequence[UUID]:
    notified = select(literal(1)).where(_is_notified(action)).exists()
    query = select(Complaint.id).where(IS_COUNTED, *_in_scope(action), Complaint.received_at < until, ~notified)
    query = query.where(visible(confidential=confidential)).order_by(Complaint.id).limit(limit)
    return (await session.scalars(query)).all()


async def record_notified(
    session: AsyncSession, action_id: UUID, complaint_ids: Sequence[UUID], *, at: datetime
) -> Sequence[UUID]:
    """Insert the notifications; return the complaints not notified before, also not by a concurrent transaction."""
    if not complaint_ids:
        return []
    rows = [{"action_id": action_id, "complaint_id": complaint_id, "at": at} for complaint_id in sorted(complaint_ids)]
    statement = insert(CorrectiveActionNotification).values(rows).on_conflict_do_nothing()
    return sorted(await session.scalars(statement.returning(CorrectiveActionNotification.complaint_id)))


def _is_notified(action: CorrectiveAction) -> ColumnElement[bool]:
    return and_(
        CorrectiveActionNotification.complaint_id == Complaint.id,
        CorrectiveActionNotification.action_id == action.id,
    )


def _in_scope(action: CorrectiveAction, *, with_cause: bool = True) -> list[ColumnElement[bool]]:
    """Return the conditions of the scope: all that is named must match; a first-level category covers its children."""
    conditions: list[ColumnElement[bool]] = []
    if action.cause is not None and with_cause:
        conditions.append(Complaint.cause == action.cause)
    if action.category is not None:
        is_child = Complaint.category.startswith(f"{action.category}.", autoescape=True)
        conditions.append(or_(Complaint.category == action.category, is_child))
    if action.product is not None:
        conditions.append(Complaint.product_key == product_key(action.product))
    return conditions


def _within(moment: InstrumentedAttribute[datetime], window: Window) -> ColumnElement[bool]:
    return and_(moment >= window.since, moment < window.until)
