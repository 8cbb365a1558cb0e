"""Event handlers of survey responses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts import survey
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_common.settings import ServiceSettings
from heed_complaint.resolution.callback_answers import service

Events = Sequence[ReceivedEvent[Any]]
DEFAULT_CURRENCY: str = ServiceSettings.model_fields["currency"].default


async def apply_callback_responses(session: AsyncSession, events: Events, now: datetime) -> None:
    """Record call-backs; a low rating reopens or escalates its complaint."""
    await service.apply_callback_responses(session, events, now=now)


async def open_for_low_answers(
    session: AsyncSession, events: Events, now: datetime, *, currency: str = DEFAULT_CURRENCY
) -> None:
    """Open complaints for low answers: these customers complained without writing a complaint."""
    await service.open_for_low_answers(session, events, currency=currency, now=now)


HANDLERS: Mapping[type[Event], Handler] = {
    survey.ResponseReceived: apply_callback_responses,
    survey.DetractorFound: open_for_low_answers,
    survey.DissatisfactionFound: open_for_low_answers,
}
