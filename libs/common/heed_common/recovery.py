"""Recovery after a restore of an older backup, beyond the tables themselves.

Other services have acted on events that the service published after the backup. State that its topic still carries is
recovered, the rest is taken back by new events or reported: nothing that was acknowledged disappears silently.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.broker.protocols import Bus, Partition, Record
from heed_common.broker.tail import end_offsets, remaining
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.outbox import EPOCH_BITS
from heed_common.tables import ERASED, OUTBOX_EPOCH

MAX_RECORDS = 500
POLL_SECONDS = 1.0
ERASURE = b"heed.customer.erased."
"""The event type is specified and not published yet: its ids are carried over; further erasure is not implemented."""
NUMBER = (1 << EPOCH_BITS) - 1


class RecoveryOutcome(StrEnum):
    RECOVERED = "recovered"
    """It exists again, with the content of its events."""
    TAKEN_BACK = "taken_back"
    """It is in its state at the backup, and new events announce that state."""
    LOST = "lost"
    """Its events do not carry it: an operator has to handle it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcome for one change that was acknowledged after the backup."""

    kind: str
    id: UUID
    outcome: RecoveryOutcome
    what: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """Events that the service has published since the backup, ordered by version."""

    events: Sequence[ReceivedEvent[Event]]
    epoch: int
    """Epoch of the backup."""
    currency: str
    """Currency of the organisation."""
    service_token: SecretStr | None = field(default=None, repr=False)
    """What the links of invitations are derived from, if it is known."""

    def is_missing(self, received: ReceivedEvent[Event], *, version: int) -> bool:
        """Return whether the event is newer than its aggregate, which had this version at the backup."""
        return received.aggversion > (self.epoch << EPOCH_BITS) + version


Recovery = Callable[[AsyncSession, Published, datetime], Awaitable[list[Finding]]]
"""A service's `recover(session, published, now)`, called in the transaction that has raised the epoch."""


def epoch_of(received: ReceivedEvent[Event]) -> int:
    """Return the epoch, the number of restores before the event was published."""
    return received.aggversion >> EPOCH_BITS


def row_version(received: ReceivedEvent[Event]) -> int:
    """Return the version in the aggregate's own row, without the epoch."""
    return received.aggversion & NUMBER


async def read_from(bus: Bus, first: Mapping[Partition, int]) -> list[Record]:
    """Return the records of these partitions from these offsets on; their topics are read completely."""
    reader = bus.subscriber(group=None, topics=sorted({topic for topic, _ in first}))
    await reader.start()
    try:
        found: list[Record] = []
        ahead = await end_offsets(reader)
        while ahead:
            polled = await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS)
            found += [record for record in polled if record.offset >= first.get((record.topic, record.partition), 0)]
            ahead = await remaining(reader, ahead)
        return found
    finally:
        await reader.stop()


def erased_in(records: Sequence[Record]) -> set[UUID]:
    """Return the ids of all customers in `customer.erased` events, including every id of each customer."""
    events = [json.loads(record.value) for record in records if ERASURE in record.value]
    data = [event["data"] for event in events if str(event["type"]).encode().startswith(ERASURE)]
    return {
        UUID(id_) for each in data for id_ in each.get("ids", [each["customer_id"]] if "customer_id" in each else [])
    }


async def raise_epoch(session: AsyncSession, *, above: int) -> int:
    """Raise the epoch, so that all events published from now on are newer than `above`. Return the new epoch."""
    values = {"epoch": func.greatest(OUTBOX_EPOCH.c.epoch, above) + 1}
    epoch: int = (
        await session.execute(update(OUTBOX_EPOCH).values(values).returning(OUTBOX_EPOCH.c.epoch))
    ).scalar_one()
    outbox.set_epoch(session, epoch)
    return epoch


async def record_erased(session: AsyncSession, customer_ids: Collection[UUID], *, now: datetime) -> int:
    """Record erased customers. Return how many were not recorded before."""
    if not customer_ids:
        return 0
    rows = [{"customer_id": customer_id, "erased_at": now} for customer_id in sorted(customer_ids)]
    statement = insert(ERASED).values(rows).on_conflict_do_nothing().returning(ERASED.c.customer_id)
    return len((await session.execute(statement)).all())
