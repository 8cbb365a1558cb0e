"""Event handlers of the timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_customer.timeline import service


async def record_events(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Record the events of all types and services."""
    await service.record_events(session, events)
