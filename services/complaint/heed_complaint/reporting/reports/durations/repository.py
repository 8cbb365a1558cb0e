"""SQL of the report on durations."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CTE, Subquery

from heed_common.contracts.complaint import Milestone as Name
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, group_column, seconds
from heed_complaint.sla.tables import Milestone

OPEN, HAPPENED, ENDED = range(3)
"""Status of a wait: it lasts, it was fulfilled, or the complaint ended without it."""


async def waits(session: AsyncSession, scope: Scope, by: Grouping | None) -> Sequence[Any]:
    """Return all waits of each group in seconds with their status, and the working time of fulfilled ones."""
    complaints = complaints_in_scope(scope)
    contact, first, used = _first(Name.FIRST_CONTACT), _first(Name.RESOLUTION), _used(complaints)
    began = func.coalesce(complaints.c.dispatch_received_at, complaints.c.received_at)
    query = (
        select(
            (cast(null(), Text) if by is None else group_column(complaints, by, scope.zone)).label("code"),
            *_wait("contact", began, contact.c.first_reached_at, contact.c.cancelled_at, scope),
            *_wait(
                "first_resolution", complaints.c.received_at, first.c.first_reached_at, complaints.c.ended_at, scope
            ),
            *_wait("resolution", complaints.c.received_at, complaints.c.completed_at, complaints.c.ended_at, scope),
            _worked("contact", contact.c.consumed, contact.c.reached_at.is_not(None)),
            _worked("first_resolution", used.c.consumed, null().is_not(None)),
            _worked("resolution", used.c.consumed, complaints.c.completed_at.is_not(None)),
        )
        .select_from(complaints)
        .outerjoin(contact, contact.c.complaint_id == complaints.c.id)
        .outerjoin(first, first.c.complaint_id == complaints.c.id)
        .outerjoin(used, used.c.complaint_id == complaints.c.id)
        .group_by("code")
    )
    return (await session.execute(query)).all()


def _first(name: Name) -> Subquery:
    return select(Milestone).where(Milestone.milestone == name, Milestone.cycle == 1).subquery(name.value)


def _used(complaints: CTE) -> Subquery:
    """Return the working time of all attempts to resolve."""
    return (
        select(Milestone.complaint_id, func.sum(Milestone.consumed).label("consumed"))
        .join(complaints, complaints.c.id == Milestone.complaint_id)
        .where(Milestone.milestone == Name.RESOLUTION)
        .group_by(Milestone.complaint_id)
        .subquery("used")
    )


def _wait(
    name: str, began: ColumnElement[Any], happened: ColumnElement[Any], ended: ColumnElement[Any], scope: Scope
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    until = func.coalesce(happened, ended, scope.now)
    status = case((happened.is_not(None), HAPPENED), (ended.is_not(None), ENDED), else_=OPEN)
    return (
        func.array_agg(func.greatest(seconds(until - began), 0.0)).label(f"{name}_waited"),
        func.array_agg(status).label(f"{name}_status"),
    )


def _worked(name: str, used: ColumnElement[Any], over: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.array_agg(seconds(used)).filter(over, used.is_not(None)).label(f"{name}_worked")
