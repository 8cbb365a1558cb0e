"""Use cases of the priority queue: the complaints in the order in which handling them saves most."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers import families
from heed_complaint.core.customers import repository as customers
from heed_complaint.core.customers.tables import SavedValueForecast
from heed_complaint.core.priority_rank.tables import PriorityRank
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.workforce.priority_queue import repository
from heed_complaint.workforce.priority_queue.rules import ComplaintFilter, QueueFilter

CaseWithForecast = tuple[Case, SavedValueForecast | None]


class Sort(StrEnum):
    NEWEST = "-opened_at"
    VALUE_SAVED = "-expected_value_saved"


@dataclass(frozen=True, slots=True)
class RankedCase:
    """A complaint with its rank in the queue."""

    case: Case
    rank: PriorityRank
    forecast: SavedValueForecast | None


async def list_queue(
    session: AsyncSession, filters: QueueFilter, *, after: tuple[float, UUID] | None, limit: int
) -> list[RankedCase]:
    """Return the next complaints, the most urgent first. Time alone changes no rank: all gain alike."""
    ranks = await repository.list_ranks(session, filters, after=after, limit=limit)
    ids = [rank.complaint_id for rank in ranks]
    complaints = await repository.complaints_by_id(session, ids)
    forecasts = await customers.load_forecasts(session, ids)
    loaded = await cases.load_all(session, [complaints[complaint_id] for complaint_id in ids])
    return [RankedCase(case, rank, forecasts.get(rank.complaint_id)) for case, rank in zip(loaded, ranks, strict=True)]


async def list_complaints(
    session: AsyncSession, filters: ComplaintFilter, *, sort: Sort, after: tuple[Any, ...] | None, limit: int
) -> list[CaseWithForecast]:
    """Return complaints by age or by value. `after` is the value, or None, and the sort key of the newest."""
    if filters.customer_ids:
        members = (await families.families_of(session, filters.customer_ids)).values()
        filters = replace(filters, customer_ids=set[UUID]().union(*members))
    if filters.tiers or filters.bands:
        filters = replace(filters, members=await _members_of_few(session, filters))
    if sort is Sort.VALUE_SAVED:
        rows = await repository.list_by_value_saved(session, filters, after=after, limit=limit)
        loaded = await cases.load_all(session, [complaint for complaint, _ in rows])
        return list(zip(loaded, (forecast for _, forecast in rows), strict=True))
    behind = None if after is None else after[1:]
    found = await cases.load_all(session, await repository.list_newest(session, filters, after=behind, limit=limit))
    forecasts = await customers.load_forecasts(session, [case.complaint.id for case in found])
    return [(case, forecasts.get(case.complaint.id)) for case in found]


async def _members_of_few(session: AsyncSession, filters: ComplaintFilter) -> set[UUID] | None:
    """Return the customers of the tiers and bands, and all who are merged into them; None where they are many.

    A duplicate has the score of its survivor, whatever its own was.
    """
    scored = await repository.few_scored_customers(session, filters)
    if not scored:
        return scored
    survivors = {
        customer_id for customer_id, root in (await families.roots_of(session, scored)).items() if customer_id == root
    }
    return await families.members_of(session, survivors)
