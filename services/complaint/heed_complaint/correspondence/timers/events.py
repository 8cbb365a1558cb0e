"""Reactions that open the correspondence about a complaint, and set its timers when a milestone has moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintEvent, ComplaintImported, ComplaintOpened
from heed_complaint.core import repository as complaints
from heed_complaint.correspondence.timers import service
from heed_complaint.correspondence.updates import service as updates
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case


async def open_correspondence(session: AsyncSession, events: Sequence[ComplaintOpened], now: datetime) -> None:
    """Acknowledge complaints that were opened, and set their timers."""
    for case in await _cases(session, events):
        await updates.acknowledge(session, case, now=now)
        await service.schedule(session, case)


async def schedule_ahead(session: AsyncSession, events: Sequence[ComplaintImported], now: datetime) -> None:
    """Set the timers of complaints that were imported; a message whose moment is past is not sent any more."""
    for case in await _cases(session, [event for event in events if event.ended_at is None]):
        await service.schedule(session, case, not_before=now)


async def schedule(session: AsyncSession, events: Sequence[ComplaintEvent], now: datetime) -> None:
    """Set the timers of the complaints by their clocks."""
    for case in await _cases(session, events):
        await service.schedule(session, case)


async def _cases(session: AsyncSession, events: Sequence[ComplaintEvent]) -> list[Case]:
    """Return the cases of the events; none where no message can be sent."""
    if not events or not await notifications.can_send(session):
        return []
    found = await complaints.load_complaints(session, {event.complaint_id for event in events})
    return await cases.load_all(session, found)
