"""Events that scoring has published."""

from typing import Any

from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent, decode

PAYLOADS = text("SELECT payload FROM outbox ORDER BY seq")


async def published(database: Database, kind: type[Event] | None = None) -> list[ReceivedEvent[Any]]:
    """Return all events in their order, or those of one kind."""
    async with database.transaction() as session:
        payloads = (await session.scalars(PAYLOADS)).all()
    events = [decode(Record("heed.scoring", 0, 0, None, payload)) for payload in payloads]
    return [received for received in events if kind is None or isinstance(received.event, kind)]
