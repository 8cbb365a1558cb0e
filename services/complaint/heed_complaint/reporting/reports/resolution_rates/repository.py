"""SQL of the report on resolution rates."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Text,
    and_,
    cast,
    exists,
    func,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CTE, FromClause

from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column
from heed_complaint.sla.clock.pauses import PauseReason
from heed_complaint.sla.promises.rules import ComplaintPromiseState
from heed_complaint.sla.promises.tables import Promise
from heed_complaint.sla.tables import Milestone, Pause
from heed_complaint.workforce.assignment.tables import Completion


def _code(complaints: CTE, by: Grouping | None, zone: str) -> ColumnElement[Any]:
    return (cast(null(), Text) if by is None else group_column(complaints, by, zone)).label("code")


async def complaint_counts(
    session: AsyncSession, scope: Scope, by: Grouping | None, *, within: timedelta
) -> Sequence[Row[Any]]:
    """Return by group the completed complaints, and those resolved at first contact, not reopened and solved."""
    complaints = complaints_in_scope(scope)
    ended = (
        select(Completion.complaint_id, func.bool_or(Completion.reopened_at.is_not(None)).label("came_back"))
        .join(complaints, complaints.c.id == Completion.complaint_id)
        .group_by(Completion.complaint_id)
        .cte("ended")
    )
    contact, commitment, resolution = (_first(name) for name in (Name.FIRST_CONTACT, Name.COMMITMENT, Name.RESOLUTION))
    at_once = or_(
        contact.c.first_reached_at.is_(None),
        resolution.c.first_reached_at - contact.c.first_reached_at <= within,
    )
    at_first_contact = and_(
        at_once, commitment.c.first_reached_at.is_(None), not_(ended.c.came_back), not_(_waited(complaints))
    )
    unsolved = complaints.c.solved.is_(False)
    responded = complaints.c.solved.is_not(None)
    query = (
        select(
            _code(complaints, by, scope.zone),
            func.count().label("completed"),
            func.count().filter(at_first_contact).label("first_contact"),
            func.count().filter(ended.c.came_back).label("reopened"),
            func.count().filter(not_(or_(ended.c.came_back, func.coalesce(unsolved, False)))).label("fixed"),
            func.count().filter(responded).label("responded"),
            func.count().filter(complaints.c.solved).label("solved"),
            func.count().filter(complaints.c.pleasant.is_not(None)).label("rated"),
            func.count().filter(complaints.c.pleasant).label("pleasant"),
        )
        .select_from(complaints)
        .join(ended, ended.c.complaint_id == complaints.c.id)
        .outerjoin(contact, contact.c.complaint_id == complaints.c.id)
        .outerjoin(commitment, commitment.c.complaint_id == complaints.c.id)
        .outerjoin(resolution, resolution.c.complaint_id == complaints.c.id)
        .group_by("code")
    )
    return (await session.execute(query)).all()


async def promise_counts(session: AsyncSession, scope: Scope, by: Grouping | None) -> Sequence[Row[Any]]:
    """Return by group the kept and broken promises, and the broken ones of which the customer was notified."""
    complaints, promise = complaints_in_scope(scope), Promise.__table__
    kept, broken = (promise.c.state == state for state in (ComplaintPromiseState.KEPT, ComplaintPromiseState.BROKEN))
    query = (
        select(
            _code(complaints, by, scope.zone),
            func.count().filter(kept).label("kept"),
            func.count().filter(broken).label("broken"),
            func.count().filter(broken & promise.c.customer_notified).label("notified"),
        )
        .select_from(complaints)
        .join(promise, promise.c.complaint_id == complaints.c.id)
        .group_by("code")
    )
    return (await session.execute(query)).all()


def _first(name: Name) -> FromClause:
    return (
        select(Milestone.complaint_id, Milestone.first_reached_at)
        .where(Milestone.milestone == name, Milestone.cycle == 1)
        .subquery(name.value)
    )


def _waited(complaints: CTE) -> ColumnElement[bool]:
    return exists().where(Pause.complaint_id == complaints.c.id, Pause.reason == PauseReason.WAITING)
