"""Event handlers of the customers' read model."""

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


async def replicate_customers(session: AsyncSession, events: Events, now: datetime) -> None:
    """Replicate the state of customers, on which deadlines of open complaints may depend."""
    await service.apply_customer_events(session, events)


async def replicate_merges(session: AsyncSession, events: Events, now: datetime) -> None:
    """Replicate merges: the fields of the survivor apply to the duplicate."""
    await service.apply_merges(session, events)


async def replicate_scores(session: AsyncSession, events: Events, now: datetime) -> None:
    """Replicate tier and risk of customers, and the forecasts of their open complaints."""
    await service.apply_scores(session, events)


async def replicate_purchases(session: AsyncSession, events: Events, now: datetime) -> None:
    """Replicate purchases, from which reports find out who bought again."""
    await service.apply_purchases(session, events)


async def replicate_returns(session: AsyncSession, events: Events, now: datetime) -> None:
    """Subtract returned units from purchases."""
    await service.apply_returns(session, events)


HANDLERS: Mapping[type[Event], Handler] = {
    customer.CustomerRegistered: replicate_customers,
    customer.CustomerUpdated: replicate_customers,
    customer.CustomerMerged: replicate_merges,
    customer.CustomerUnmerged: replicate_merges,
    customer.PurchaseRecorded: replicate_purchases,
    customer.PurchaseReturned: replicate_returns,
    scoring.ScoreChanged: replicate_scores,
}
