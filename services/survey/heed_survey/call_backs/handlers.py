"""Event handlers of call-backs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.call_backs import service


async def apply_complaint_events(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Update call-backs. Each event carries the complete state of its complaint, so the newest one is enough."""
    await service.apply_complaint_events(session, events, now=now)


HANDLERS: Mapping[type[Event], Handler] = {
    event: apply_complaint_events for event in EVENTS.values() if issubclass(event, ComplaintEvent)
}
