"""Event handlers of triggers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.invitations.triggers import service
from heed_survey.invitations.triggers.rules import EVENTS


async def schedule(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Schedule the invitations that the events trigger."""
    await service.schedule(session, events, now=now)


HANDLERS: Mapping[type[Event], Handler] = dict.fromkeys(EVENTS, schedule)
