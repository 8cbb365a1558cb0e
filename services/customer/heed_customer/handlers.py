"""Event handlers of the customer service.

A batch is handled as a whole, by one handler after the other: so each locks its rows in one sorted statement, and the
timeline finds the complaints of the batch locked and current.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import inbox
from heed_common.contracts.customer import ContactChanged
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENT_CLASSES
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_customer.reach.contacts import handlers as contacts
from heed_customer.reach.permits import handlers as permits
from heed_customer.read_models.complaints import handlers as complaints
from heed_customer.read_models.scores import handlers as scores
from heed_customer.timeline import handlers as timeline

EVENTS_BY_HANDLER: Mapping[Handler, tuple[type[Event], ...]] = {
    complaints.replicate_complaints: complaints.ABOUT_COMPLAINTS,
    scores.replicate_scores: (ScoreChanged,),
    permits.record_messages: permits.ABOUT_MESSAGES,
    contacts.mark_bounced_contacts: contacts.FAILURES,
    timeline.record_events: EVENT_CLASSES,
}
"""In the order in which they handle a batch."""


async def process_batch(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], now: datetime) -> int:
    """Process a batch as it was polled, with or without duplicates. Return how many events were new."""
    new_events = await inbox.select_new_events(session, batch, now=now)
    for handler, kinds in EVENTS_BY_HANDLER.items():
        events = [received for received in new_events if type(received.event) in kinds]
        if events:
            await handler(session, events, now)
    return len(new_events)


HANDLERS: Mapping[type[Event], tuple[Handler, ...]] = {
    event: tuple(handler for handler, kinds in EVENTS_BY_HANDLER.items() if event in kinds) for event in EVENT_CLASSES
}
MAY_STAGE: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(contacts.FAILURES, (ContactChanged,))
"""Events that may be published because of each event; all others are only replicated."""
