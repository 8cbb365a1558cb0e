"""Event handlers of the read model of customers."""

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


async def apply_customer_events(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store kind, region and time zone; the deadlines of open complaints may depend on them."""
    await service.apply_customer_events(session, events)


async def apply_merges(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store merges: the tier of a member is that of the survivor."""
    await service.apply_merges(session, events)


async def apply_scores(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store tier and risk of the customers, and the forecast of each open complaint."""
    await service.apply_scores(session, events)


async def apply_purchases(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store purchases: the repurchase ladder counts who buys again after a complaint."""
    await service.apply_purchases(session, events)


async def apply_returns(session: AsyncSession, events: Events, now: datetime) -> None:
    """Subtract returned units from their purchases."""
    await service.apply_returns(session, events)


HANDLERS: Mapping[type[Event], Handler] = {
    customer.CustomerRegistered: apply_customer_events,
    customer.CustomerUpdated: apply_customer_events,
    customer.CustomerMerged: apply_merges,
    customer.CustomerUnmerged: apply_merges,
    customer.PurchaseRecorded: apply_purchases,
    customer.PurchaseReturned: apply_returns,
    scoring.ScoreChanged: apply_scores,
}
