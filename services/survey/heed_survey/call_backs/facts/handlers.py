"""Event handlers of facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.customer import PromiseSettled
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.call_backs.facts import service


async def apply_complaint_events(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Store completions, reopenings, promises and remedies."""
    await service.apply_complaint_events(session, events)


async def apply_promises(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Store promises outside of complaints that were kept or broken."""
    await service.apply_promises(session, events)


HANDLERS: Mapping[type[Event], Handler] = {
    **{event: apply_complaint_events for event in EVENTS.values() if issubclass(event, ComplaintEvent)},
    PromiseSettled: apply_promises,
}
