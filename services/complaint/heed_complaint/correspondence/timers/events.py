"""Reaction that sets the timers of messages when a milestone has started or moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintEvent
from heed_complaint.core import repository as complaints
from heed_complaint.correspondence.timers import service
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.sla import case as cases


async def schedule(session: AsyncSession, events: Sequence[ComplaintEvent], now: datetime) -> None:
    """Set the timers of the complaints by their clocks."""
    if not await notifications.can_send(session):
        return
    found = await complaints.load_complaints(session, {event.complaint_id for event in events})
    for case in await cases.load_all(session, found):
        await service.schedule(session, case)
