"""Events of the other services, as the customer service receives them."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.protocols import Record
from heed_common.contracts.complaint import ComplaintEvent, ComplaintOpened, ComplaintStatus, Severity
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent, decode
from heed_customer.handlers import process_batch
from tests.conftest import NOON

OUTBOX = text("SELECT payload, partitionkey FROM outbox ORDER BY seq")


async def receive(session: AsyncSession, *events: ReceivedEvent[Any]) -> int:
    """Process one batch."""
    return await process_batch(session, events, NOON)


async def receive_own(database: Database) -> int:
    """Process everything that the service has published, as its own consumer does."""
    async with database.transaction() as session:
        payloads = (await session.execute(OUTBOX)).scalars().all()
        events = [decode(Record("heed.customer", 0, offset, None, payload)) for offset, payload in enumerate(payloads)]
        return await process_batch(session, events, NOON)


def make_case(complaint_id: UUID, customer_id: UUID, **overrides: Any) -> dict[str, Any]:
    return {
        "complaint_id": complaint_id,
        "customer_id": customer_id,
        "occurred_at": NOON,
        "opened_at": NOON,
        "received_at": NOON,
        "severity": Severity.MAJOR,
        "state": ComplaintStatus.RECEIVED,
        "category": "service.attitude",
        "selling_suspended": True,
    } | overrides


def make_complaint(
    customer_id: UUID,
    *,
    kind: type[ComplaintEvent] = ComplaintOpened,
    complaint_id: UUID | None = None,
    **overrides: Any,
) -> ComplaintEvent:
    return kind(**make_case(complaint_id or uuid4(), customer_id, **overrides))
