"""Use cases of the timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_customer.records.customers.service import Family
from heed_customer.timeline import repository, rules
from heed_customer.timeline.rules import Filters
from heed_customer.timeline.tables import TimelineEntry


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


async def list_timeline(
    session: AsyncSession, *, family: Family, filters: Filters, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[TimelineEntry]:
    """Return the entries of all members of the family, newest first."""
    return await repository.list_entries(session, family.ids, filters=filters, after=after, limit=limit)
