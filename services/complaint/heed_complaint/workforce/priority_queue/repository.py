"""SQL of the priority queue and of the list by value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Double, and_, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import SavedValueForecast
from heed_complaint.core.priority_rank.tables import PriorityRank
from heed_complaint.core.repository import has_unanswered_message
from heed_complaint.core.rules import ENDED
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Filters of the queue; without a state it lists the complaints that need action."""

    confidential: bool
    owner: str | None = None
    queue: str | None = None
    state: str | None = None
    unassigned: bool = False
    customer_wrote: bool | None = None


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


async def list_by_value_saved(
    session: AsyncSession,
    *,
    state: str | None,
    customer_ids: Collection[UUID] | None,
    customer_wrote: bool | None,
    confidential: bool,
    after: tuple[Decimal | None, UUID] | None,
    limit: int,
) -> list[tuple[Complaint, SavedValueForecast | None]]:
    """Return complaints by the expected value saved; those without a forecast come last, the newest first."""
    conditions = _list_conditions(
        state=state, customer_ids=customer_ids, customer_wrote=customer_wrote, confidential=confidential
    )
    found: list[tuple[Complaint, SavedValueForecast | None]] = []
    # Scoring sends forecasts of open complaints only: ended ones have none.
    if state not in ENDED and (after is None or after[0] is not None):
        with_forecast = (
            select(Complaint, SavedValueForecast)
            .join(SavedValueForecast, SavedValueForecast.complaint_id == Complaint.id)
            .where(*conditions)
        )
        if after is not None:
            with_forecast = with_forecast.where(
                tuple_(SavedValueForecast.expected_value_saved, SavedValueForecast.complaint_id) < tuple_(*after)
            )
        order = (SavedValueForecast.expected_value_saved.desc(), SavedValueForecast.complaint_id.desc())
        found = [
            (complaint, forecast)
            for complaint, forecast in await session.execute(with_forecast.order_by(*order).limit(limit))
        ]
    if len(found) == limit:
        return found
    without_forecast = select(Complaint).where(
        *conditions, ~select(SavedValueForecast).where(SavedValueForecast.complaint_id == Complaint.id).exists()
    )
    if after is not None and after[0] is None:
        without_forecast = without_forecast.where(Complaint.id < after[1])
    rest = await session.scalars(without_forecast.order_by(Complaint.id.desc()).limit(limit - len(found)))
    return [*found, *((complaint, None) for complaint in rest)]


def _list_conditions(
    *, state: str | None, customer_ids: Collection[UUID] | None, customer_wrote: bool | None, confidential: bool
) -> list[ColumnElement[bool]]:
    conditions = [visible(confidential=confidential)]
    if customer_wrote is not None:
        conditions.append(has_unanswered_message(expected=customer_wrote))
    if state is not None:
        conditions.append(Complaint.state == state)
    if customer_ids is not None:
        conditions.append(Complaint.customer_id.in_(sorted(customer_ids)))
    return conditions


def _queue_conditions(filters: QueueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [true() if filters.confidential else PriorityRank.confidential.is_(False)]
    conditions.append(and_(PriorityRank.actionable) if filters.state is None else PriorityRank.state == filters.state)
    if filters.owner is not None:
        # An agent has few complaints: the index of the complaints finds them.
        open_ids = select(Complaint.id).where(Complaint.owner == filters.owner, Complaint.ended_at.is_(None))
        ended = select(PriorityRank.complaint_id).where(
            PriorityRank.owner == filters.owner, PriorityRank.customer_wrote_at.is_not(None)
        )
        conditions.append(PriorityRank.complaint_id.in_(open_ids.union_all(ended)))
    if filters.queue is not None:
        conditions.append(PriorityRank.queue == filters.queue)
    if filters.unassigned:
        conditions.append(PriorityRank.owner.is_(None))
    if filters.customer_wrote is not None:
        wrote = PriorityRank.customer_wrote_at.is_not(None)
        conditions.append(wrote if filters.customer_wrote else ~wrote)
    return conditions
