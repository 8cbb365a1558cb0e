"""Event handlers of the survey service, by feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.contracts.survey import InvitationIssued
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.call_backs import handlers as call_backs
from heed_survey.call_backs.facts import handlers as facts
from heed_survey.customers import handlers as customers
from heed_survey.customers.frame import handlers as frame
from heed_survey.invitations.triggers import handlers as triggers

FEATURES = (call_backs.HANDLERS, facts.HANDLERS, customers.HANDLERS, frame.HANDLERS, triggers.HANDLERS)
"""Several features handle the same event in this order: triggers read what the others have stored."""


def _in_order(handlers: Sequence[Handler]) -> Handler:
    """Return a handler that calls all of these."""
    if len(handlers) == 1:
        return handlers[0]

    async def handle(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
        for handler in handlers:
            await handler(session, events, now)

    return handle


HANDLERS: Mapping[type[Event], Handler] = {
    event: _in_order([feature[event] for feature in FEATURES if event in feature])
    for event in dict.fromkeys(chain.from_iterable(FEATURES))
}
MAY_STAGE: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(
    (*call_backs.HANDLERS, *triggers.HANDLERS), (InvitationIssued,)
)
"""Events that each handled event may cause, at once or later; a test looks for cycles over all services."""
