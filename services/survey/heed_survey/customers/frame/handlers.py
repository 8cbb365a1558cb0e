"""Event handlers of the customer frame."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerRegistered, CustomerUpdated, PurchaseRecorded
from heed_common.contracts.event import Event
from heed_common.contracts.scoring import ScoreChanged
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.customers.frame import service

Events = Sequence[ReceivedEvent[Any]]


async def apply_customers(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store kind, role, region and language of customers."""
    await service.apply_customers(session, events)


async def apply_purchases(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store the number of purchases and the last one."""
    await service.apply_purchases(session, events)


async def apply_scores(session: AsyncSession, events: Events, now: datetime) -> None:
    """Store tier, churn risk, loyalty class and stage."""
    await service.apply_scores(session, events)


HANDLERS: Mapping[type[Event], Handler] = {
    CustomerRegistered: apply_customers,
    CustomerUpdated: apply_customers,
    PurchaseRecorded: apply_purchases,
    ScoreChanged: apply_scores,
}
