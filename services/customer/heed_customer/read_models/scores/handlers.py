"""Event handlers of the scores' read model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_customer.read_models.scores import service


async def replicate_scores(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Replicate tier, risk, loyalty and stage of customers, whatever the order of their events."""
    await service.apply_scores(session, events)
