"""SQL of the priority queue and of the list by value."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, and_, exists, func, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.newest_first import in_range, newest_first
from heed_complaint.core.customers.families import ROOTS
from heed_complaint.core.customers.tables import Customer, SavedValueForecast
from heed_complaint.core.priority_rank.tables import PriorityRank
from heed_complaint.core.repository import has_unanswered_message, is_in_category
from heed_complaint.core.rules import ENDED
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.workforce.priority_queue.rules import ComplaintFilter, QueueFilter

FEW_CUSTOMERS = 2000
"""Of so few customers the complaints are looked up; of more a page is soon found among all complaints."""


async def list_ranks(
    session: AsyncSession, filters: QueueFilter, *, after: tuple[float, UUID] | None, limit: int
) -> Sequence[PriorityRank]:
    """Return the next ranks, the most urgent first."""
    query = (
        select(PriorityRank)
        .where(*_queue_conditions(filters))
        .order_by(PriorityRank.sort_key.desc(), PriorityRank.complaint_id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(PriorityRank.sort_key, PriorityRank.complaint_id)
            < tuple_(literal(after[0], Double), literal(after[1]))
        )
    return (await session.scalars(query)).all()


async def complaints_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    found = await session.scalars(select(Complaint).where(Complaint.id.in_(ids)))
    return {complaint.id: complaint for complaint in found}


async def few_scored_customers(session: AsyncSession, filters: ComplaintFilter) -> set[UUID] | None:
    """Return the customers whose own score meets the filter; None where they are more than a few."""
    scores = {Customer.tier: filters.tiers, Customer.churn_band: filters.bands}
    conditions = [column.in_(given) for column, given in scores.items() if given]
    ids = (await session.scalars(select(Customer.id).where(*conditions).limit(FEW_CUSTOMERS + 1))).all()
    return set(ids) if len(ids) <= FEW_CUSTOMERS else None


async def list_newest(
    session: AsyncSession, filters: ComplaintFilter, *, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Complaint]:
    """Return the newest complaints first: later ones come before the first page and shift no page behind it."""
    return (await session.scalars(_newest(_meeting(filters), filters, after=after, limit=limit))).all()


async def list_by_value_saved(
    session: AsyncSession, filters: ComplaintFilter, *, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Complaint, SavedValueForecast | None]]:
    """Return complaints by the expected value saved; those without a forecast come last, the newest first.

    `after` is the value, or None behind the last one, and the sort key of the list of the newest.
    """
    value, complaint_id = SavedValueForecast.expected_value_saved, SavedValueForecast.complaint_id
    found: list[tuple[Complaint, SavedValueForecast | None]] = []
    # Scoring sends forecasts of open complaints only: ended ones have none.
    may_have_forecasts = not filters.states or not ENDED.issuperset(filters.states)
    if may_have_forecasts and (after is None or after[0] is not None):
        with_forecast = (
            _meeting(filters)
            .add_columns(SavedValueForecast)
            .join(SavedValueForecast, complaint_id == Complaint.id)
            .where(*in_range(filters.received, Complaint.received_at))
        )
        if after is not None:
            with_forecast = with_forecast.where(tuple_(value, complaint_id) < (after[0], after[-1]))
        ordered = with_forecast.order_by(value.desc(), complaint_id.desc()).limit(limit)
        found = [(complaint, forecast) for complaint, forecast in await session.execute(ordered)]
    if len(found) == limit:
        return found
    without_forecast = _meeting(filters).where(~exists().where(complaint_id == Complaint.id))
    behind = None if after is None or after[0] is not None else after[1:]
    rest = await session.scalars(_newest(without_forecast, filters, after=behind, limit=limit - len(found)))
    return [*found, *((complaint, None) for complaint in rest)]


def _newest(
    query: Select[Complaint], filters: ComplaintFilter, *, after: tuple[Any, ...] | None, limit: int
) -> Select[Complaint]:
    return newest_first(
        query, filters.received, moment=Complaint.received_at, row_id=Complaint.id, after=after, limit=limit
    )


def _meeting(filters: ComplaintFilter) -> Select[Complaint]:
    """Return the query of the complaints that meet the filters, but for their range of time."""
    query = select(Complaint).where(visible(confidential=filters.confidential))
    values = {
        Complaint.external_id: filters.external_ids,
        Complaint.state: filters.states,
        Complaint.severity: filters.severities,
        Complaint.channel: filters.channels,
        Complaint.kind: filters.kinds,
        Complaint.owner: filters.owners,
        Complaint.queue: filters.queues,
        Complaint.service_point_id: filters.service_point_ids,
    }
    query = query.where(*(column.in_(given) for column, given in values.items() if given))
    if filters.categories:
        query = query.where(is_in_category(filters.categories))
    if filters.customer_ids:
        query = query.where(Complaint.customer_id.in_(sorted(filters.customer_ids)))
    if filters.customer_wrote is not None:
        query = query.where(has_unanswered_message(expected=filters.customer_wrote))
    return _of_customers(query, filters)


def _of_customers(query: Select[Complaint], filters: ComplaintFilter) -> Select[Complaint]:
    """Add the conditions on the customer: for a merged one the fields of the survivor apply."""
    scores = {Customer.tier: filters.tiers, Customer.churn_band: filters.bands}
    conditions = [column.in_(given) for column, given in scores.items() if given]
    if not conditions:
        return query
    if filters.members is not None:
        return query.where(Complaint.customer_id.in_(sorted(filters.members)))
    customer_id = func.coalesce(ROOTS.c.root, Complaint.customer_id)
    return query.outerjoin(ROOTS, ROOTS.c.member == Complaint.customer_id).where(
        exists().where(Customer.id == customer_id, *conditions)
    )


def _queue_conditions(filters: QueueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [true() if filters.confidential else PriorityRank.confidential.is_(False)]
    conditions.append(and_(PriorityRank.actionable) if not filters.states else PriorityRank.state.in_(filters.states))
    if filters.owners:
        # An agent has few complaints: the index of the complaints finds them.
        open_ids = select(Complaint.id).where(Complaint.owner.in_(filters.owners), Complaint.ended_at.is_(None))
        ended = select(PriorityRank.complaint_id).where(
            PriorityRank.owner.in_(filters.owners), PriorityRank.customer_wrote_at.is_not(None)
        )
        conditions.append(PriorityRank.complaint_id.in_(open_ids.union_all(ended)))
    if filters.queues:
        conditions.append(PriorityRank.queue.in_(filters.queues))
    if filters.unassigned:
        conditions.append(PriorityRank.owner.is_(None))
    if filters.customer_wrote is not None:
        wrote = PriorityRank.customer_wrote_at.is_not(None)
        conditions.append(wrote if filters.customer_wrote else ~wrote)
    return conditions
