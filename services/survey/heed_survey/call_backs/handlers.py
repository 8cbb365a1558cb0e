"""Door 2: what surveys do when a complaint moves on."""

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


async def note(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Every one of them carries the whole state of its complaint, so that none is missed for long."""
    await service.note(session, events, now=now)


HANDLERS: Mapping[type[Event], Handler] = {
    event: note for event in EVENTS.values() if issubclass(event, ComplaintEvent)
}
