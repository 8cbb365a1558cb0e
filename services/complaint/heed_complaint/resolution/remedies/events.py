"""Events of remedies: one for each customer under whom the complaint was filed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAmended, RemedyGranted
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.remedies import repository
from heed_complaint.resolution.remedies.tables import Remedy
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import build_event
from heed_complaint.sla.clock.milestones import Clocks


def build_granted_events(
    complaint: Complaint, clocks: Clocks, remedies: Sequence[Remedy], *, now: datetime
) -> list[StagedEvent]:
    """Return a `RemedyGranted` for each remedy.

    It occurred when it was decided, also if it is published again later for another customer.
    """
    return [
        build_event(
            RemedyGranted,
            complaint,
            clocks,
            occurred_at=remedy.decided_at or now,
            remedy_id=remedy.id,
            kind=remedy.kind,
            case_kind=complaint.kind,
            currency=remedy.currency,
            amount=remedy.amount,
            cost=remedy.cost,
        )
        for remedy in remedies
    ]


async def publish_to_new_customers(session: AsyncSession, events: Sequence[ComplaintAmended], now: datetime) -> None:
    """Reaction to a corrected customer: publish the granted remedies of the complaint again, for the new customer."""
    moved = sorted({event.complaint_id for event in events if "customer_id" in event.changed})
    remedies = await repository.granted_on_complaints(session, moved) if moved else []
    found = {case.id: case for case in await cases.load_all(session, await complaints.load_complaints(session, moved))}
    for remedy in remedies:
        case = found[remedy.complaint_id]
        granted = build_granted_events(case.complaint, case.clocks, [remedy], now=now)
        await outbox.stage_all(session, granted, now=now)
