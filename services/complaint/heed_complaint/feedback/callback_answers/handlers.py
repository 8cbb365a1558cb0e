"""Door 2: what customers answered when the survey service asked them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts import survey
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_common.settings import ServiceSettings
from heed_complaint.feedback.callback_answers import service

Events = Sequence[ReceivedEvent[Any]]
HOUSE_CURRENCY: str = ServiceSettings.model_fields["currency"].default


async def follow_answers(session: AsyncSession, events: Events, now: datetime) -> None:
    """Solved and pleasant: it was called back. A low answer reopens its own complaint, or calls a superior."""
    await service.follow_answers(session, events, now=now)


async def open_for_detractors(
    session: AsyncSession, events: Events, now: datetime, *, currency: str = HOUSE_CURRENCY
) -> None:
    """Who would not recommend us has complained without saying so."""
    await service.open_for_detractors(session, events, currency=currency, now=now)


HANDLERS: Mapping[type[Event], Handler] = {
    survey.ResponseReceived: follow_answers,
    survey.DetractorFound: open_for_detractors,
}
