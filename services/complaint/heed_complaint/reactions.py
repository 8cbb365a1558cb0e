"""What follows by itself from what is told about complaints: guarantees pay, and remedies find their new customer."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintAmended
from heed_common.outbox import StagedEvent
from heed_complaint.resolution.guarantees import payouts
from heed_complaint.resolution.guarantees.payouts import Standing
from heed_complaint.resolution.remedies import events, repository

CUSTOMER = "customer_id"


async def follow(
    session: AsyncSession, standing: Standing, staged: Iterable[StagedEvent], *, now: datetime
) -> list[StagedEvent]:
    """These events and those that follow from them, to be staged in this order, in the same transaction."""
    told = list(staged)
    following = await _told_to_new_customers(session, standing, told, now=now)
    following += await payouts.follow(session, standing, told, now=now)
    for complaint, _ in standing.values():
        # Who repeats the opening is answered with the last event of the first one.
        if following and complaint.event_id == told[-1].id:
            complaint.event_id = following[-1].id
    return told + following


async def _told_to_new_customers(
    session: AsyncSession, standing: Standing, staged: Iterable[StagedEvent], *, now: datetime
) -> list[StagedEvent]:
    """A complaint that is filed under another customer takes along what was given for it."""
    filed_anew = [
        event.complaint_id
        for event in (item.event for item in staged)
        if isinstance(event, ComplaintAmended) and CUSTOMER in event.changed
    ]
    if not filed_anew:
        return []
    return [
        event
        for remedy in await repository.granted_on_complaints(session, sorted(filed_anew))
        for event in events.build_granted_events(*standing[remedy.complaint_id], [remedy], now=now)
    ]
