"""Event handlers of customer merges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.customers import service


async def apply_merges(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Store merges, so that an open complaint of one customer also blocks surveys to those merged with it."""
    await service.apply_merges(session, events)


HANDLERS: Mapping[type[Event], Handler] = {CustomerMerged: apply_merges, CustomerUnmerged: apply_merges}
