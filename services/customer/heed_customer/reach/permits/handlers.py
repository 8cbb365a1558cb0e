"""Event handlers of the contact log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.contracts.message import MessageEvent
from heed_common.contracts.registry import EVENT_CLASSES
from heed_common.decoding import ReceivedEvent
from heed_customer.reach.permits import service

ABOUT_MESSAGES: tuple[type[Event], ...] = tuple(event for event in EVENT_CLASSES if issubclass(event, MessageEvent))


async def record_messages(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Record what became of the messages of all services, whatever the order of their events."""
    await service.record_messages(session, events, now=now)
