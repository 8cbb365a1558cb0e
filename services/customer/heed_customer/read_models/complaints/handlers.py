"""Event handlers of the complaints' read model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENT_CLASSES
from heed_common.decoding import ReceivedEvent
from heed_customer.read_models.complaints import rules, service

ABOUT_COMPLAINTS: tuple[type[Event], ...] = tuple(
    event for event in EVENT_CLASSES if rules.NAMING_FIELDS & event.model_fields.keys()
)
"""Events of complaints, and events of others that name one, such as the answers to a call-back."""


async def replicate_complaints(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Replicate the states of complaints, whatever the order of their events."""
    await service.apply_events(session, events)
