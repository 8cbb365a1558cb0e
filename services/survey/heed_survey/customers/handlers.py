"""Door 2: who is one customer with whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.inbox import Handler
from heed_survey.customers import service


async def note_merges(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], now: datetime) -> None:
    """Who has an open complaint under another id is left in peace, too."""
    await service.note_merges(session, events)


HANDLERS: Mapping[type[Event], Handler] = {CustomerMerged: note_merges, CustomerUnmerged: note_merges}
