"""Use cases of the timeline."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_customer.timeline import repository, rules


async def record_events(session: AsyncSession, events: Sequence[ReceivedEvent[Any]]) -> None:
    """Record the events that are about a customer. The complaints they name are locked already.

    The result depends neither on the order of arrival nor on repetitions: an entry about a complaint is always under
    the customer that the newest event of the complaint names.
    """
    entries = rules.entries(events)
    if not entries:
        return
    await repository.insert_entries(session, entries)
    complaint_ids = rules.complaints_of(entries)
    if complaint_ids:
        await repository.move_with_complaints(session, complaint_ids)
