"""Which complaint to take next, because it saves most for the time that is left."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.core.customers import families
from heed_complaint.core.customers import repository as customers
from heed_complaint.core.customers.tables import Outlook
from heed_complaint.core.priority_rank.tables import Place
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.workforce.priority_queue import repository
from heed_complaint.workforce.priority_queue.repository import Filter

Listed = tuple[Case, Outlook | None]
"""A complaint with what scoring said of it."""


class Sort(StrEnum):
    NEWEST = "-opened_at"
    VALUE_SAVED = "-expected_value_saved"


@dataclass(frozen=True, slots=True)
class Queued:
    """A complaint with its place in the queue."""

    case: Case
    place: Place
    outlook: Outlook | None


async def queued(session: AsyncSession, asked: Filter, *, after: tuple[float, UUID] | None, limit: int) -> list[Queued]:
    """The most urgent first. Time alone changes no place: all gain alike."""
    places = await repository.queued(session, asked, after=after, limit=limit)
    ids = [place.complaint_id for place in places]
    complaints = await repository.complaints_by_id(session, ids)
    outlooks = await customers.load_forecasts(session, ids)
    read = await cases.load_all(session, [complaints[complaint_id] for complaint_id in ids])
    return [Queued(case, place, outlooks.get(case.complaint.id)) for case, place in zip(read, places, strict=True)]


async def listed(
    session: AsyncSession,
    *,
    sort: Sort,
    state: ComplaintStatus | None,
    customer_id: UUID | None,
    customer_wrote: bool | None,
    confidential: bool,
    after: tuple[Decimal | None, UUID] | None,
    limit: int,
) -> list[Listed]:
    """The newest first, or where most is expected to be saved; of a customer with all who are one with them."""
    customer_ids = None if customer_id is None else await families.family_of(session, customer_id)
    if sort is Sort.VALUE_SAVED:
        rows = await repository.by_value_saved(
            session,
            state=state,
            customer_ids=customer_ids,
            customer_wrote=customer_wrote,
            confidential=confidential,
            after=after,
            limit=limit,
        )
        read = await cases.load_all(session, [complaint for complaint, _ in rows])
        return list(zip(read, (outlook for _, outlook in rows), strict=True))
    found = await cases.list_cases(
        session,
        state=state,
        customer_ids=customer_ids,
        customer_wrote=customer_wrote,
        confidential=confidential,
        before=after[1] if after else None,
        limit=limit,
    )
    outlooks = await customers.load_forecasts(session, [case.complaint.id for case in found])
    return [(case, outlooks.get(case.complaint.id)) for case in found]
