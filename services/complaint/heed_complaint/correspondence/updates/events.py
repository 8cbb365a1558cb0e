"""Reactions that announce to customers what has happened to their complaints."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import (
    ComplaintAmended,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintDeclined,
    ComplaintEvent,
    ComplaintReferred,
    RemedyGranted,
)
from heed_complaint.core import repository as complaints
from heed_complaint.correspondence.updates import service
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.resolution.remedies import service as remedies
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case


async def acknowledge_reported(session: AsyncSession, events: Sequence[ComplaintAmended], now: datetime) -> None:
    """Acknowledge grievances that turned out to be reported."""
    for case in await _cases(session, [event for event in events if "kind" in event.changed]):
        await service.acknowledge(session, case, now=now)


async def announce_decisions(
    session: AsyncSession,
    events: Sequence[ComplaintCompleted | ComplaintDeclined | ComplaintReferred],
    now: datetime,
) -> None:
    for case in await _cases(session, events):
        await service.announce_decision(session, case, now=now)


async def announce_closings(session: AsyncSession, events: Sequence[ComplaintClosed], now: datetime) -> None:
    for case in await _cases(session, events):
        await service.announce_closing(session, case, now=now)


async def announce_remedies(session: AsyncSession, events: Sequence[RemedyGranted], now: datetime) -> None:
    """Announce granted remedies. Those granted with the completion are part of the decision."""
    found = {case.id: case for case in await _cases(session, events)}
    by_complaint = groupby(sorted(events, key=_complaint_id), key=_complaint_id)
    for complaint_id, its_events in by_complaint:
        case = found.get(complaint_id)
        if case is None or case.complaint.completed_at == now:
            continue
        ids = {event.remedy_id for event in its_events}
        granted = await remedies.granted_remedies(session, complaint_id=complaint_id)
        if new := [remedy for remedy in granted if remedy.id in ids]:
            await service.announce_remedies(session, case, new, now=now)


_complaint_id = attrgetter("complaint_id")


async def _cases(session: AsyncSession, events: Sequence[ComplaintEvent]) -> list[Case]:
    """Return the cases of the events, in the order of their ids; none where no message can be sent."""
    ids: set[UUID] = {event.complaint_id for event in events}
    if not ids or not await notifications.can_send(session):
        return []
    return await cases.load_all(session, await complaints.load_complaints(session, ids))
