"""Door 2: what others tell of customers, which is copied and told to nobody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts import customer, scoring
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_complaint.core.customers import service

Events = Sequence[ReceivedEvent[Any]]


async def note_states(session: AsyncSession, events: Events, now: datetime) -> None:
    """Kind, region and time zone: the deadlines of open complaints may follow them."""
    await service.note_states(session, events)


async def note_merges(session: AsyncSession, events: Events, now: datetime) -> None:
    """The tier of a member is that of the survivor."""
    await service.note_merges(session, events)


async def note_scores(session: AsyncSession, events: Events, now: datetime) -> None:
    """Tier and risk of the customer, and what each open complaint puts at stake."""
    await service.note_scores(session, events)


async def note_purchases(session: AsyncSession, events: Events, now: datetime) -> None:
    """Who buys again after a complaint is what the measured ladder counts."""
    await service.note_purchases(session, events)


async def note_returns(session: AsyncSession, events: Events, now: datetime) -> None:
    """What came back was not bought."""
    await service.note_returns(session, events)


HANDLERS: Mapping[type[Event], Handler] = {
    customer.CustomerRegistered: note_states,
    customer.CustomerUpdated: note_states,
    customer.CustomerMerged: note_merges,
    customer.CustomerUnmerged: note_merges,
    customer.PurchaseRecorded: note_purchases,
    customer.PurchaseReturned: note_returns,
    scoring.ScoreChanged: note_scores,
}
