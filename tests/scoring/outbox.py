"""What scoring has told the others."""

from typing import Any

from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent, decode

PAYLOADS = text("SELECT payload FROM outbox ORDER BY seq")


async def told(database: Database, kind: type[Event] | None = None) -> list[ReceivedEvent[Any]]:
    """All of it in its order, or the events of one kind."""
    async with database.transaction() as session:
        payloads = (await session.scalars(PAYLOADS)).all()
    events = [decode(Record("heed.scoring", 0, 0, None, payload)) for payload in payloads]
    return [received for received in events if kind is None or isinstance(received.event, kind)]
