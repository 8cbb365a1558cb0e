"""Batches of complaints: each item is opened in a savepoint, so that a refused one does not stop the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.batches import BatchOut, Outcome, parse_items, to_batch_out
from heed_common.database import savepoint
from heed_common.errors import HeedError
from heed_common.upserts import Upserted
from heed_complaint.core.customers import service as customers
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening import rules, service
from heed_complaint.lifecycle.opening.schemas import ComplaintIn


@dataclass(frozen=True, slots=True)
class BatchTerms:
    """What holds for all items: who sends them, when, and what is filled in."""

    currency: str
    by: str
    earliest: date
    now: datetime
    check_replay: Callable[[Complaint], None]
    """Raises if a complaint that was opened before must not be shown to the caller."""


@dataclass(frozen=True, slots=True)
class OpenedComplaint:
    """A complaint that was opened now or before, and the last event of its opening."""

    id: UUID
    external_id: str | None
    event_id: UUID


async def open_complaint_batch(session: AsyncSession, *, items: Sequence[object], terms: BatchTerms) -> BatchOut:
    """Open the complaints. Raises `TooManyItems`.

    In the order of their external ids, so that two batches with the same complaints wait for each other and do not
    deadlock; those without one follow in the given order.
    """
    parsed = await parse_items(items, ComplaintIn.model_validate)
    outcomes: dict[int, Outcome] = {index: item for index, item in enumerate(parsed) if isinstance(item, HeedError)}
    valid = [(index, item) for index, item in enumerate(parsed) if isinstance(item, ComplaintIn)]
    for index, item in sorted(valid, key=lambda pair: (pair[1].external_id is None, pair[1].external_id or "")):
        outcomes[index] = await _open(session, item, terms)
    return to_batch_out(items, [outcomes[index] for index in range(len(items))])


async def _open(session: AsyncSession, item: ComplaintIn, terms: BatchTerms) -> Upserted[OpenedComplaint] | HeedError:
    try:
        rules.check_earliest(item.model_dump(), earliest=terms.earliest, now=terms.now)
        async with savepoint(session):
            new = item.as_new()
            if item.customer_external_id is not None:
                new = replace(
                    new, customer_id=await customers.find_named(session, external_id=item.customer_external_id)
                )
            case, is_new = await service.open_complaint(
                session, new=new, currency=terms.currency, by=terms.by, now=terms.now
            )
            if not is_new:
                terms.check_replay(case.complaint)
            complaint = case.complaint
            opened = OpenedComplaint(complaint.id, complaint.external_id, complaint.opening_event_id)
            return Upserted(opened, created=is_new)
    except HeedError as error:
        return error
