"""Event handlers of contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.event import Event
from heed_common.contracts.message import MessageFailed
from heed_common.contracts.registry import EVENT_CLASSES
from heed_common.decoding import ReceivedEvent
from heed_customer.reach.contacts import addresses

FAILURES: tuple[type[Event], ...] = tuple(event for event in EVENT_CLASSES if issubclass(event, MessageFailed))


async def mark_bounced_contacts(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Mark contacts whose address does not exist, as the service learned that sent a message there."""
    bounced = {received.event.contact_id for received in events if received.event.bounced}
    for contact_id in sorted(contact_id for contact_id in bounced if contact_id is not None):
        await addresses.mark_bounced(session, contact_id=contact_id, now=now)
