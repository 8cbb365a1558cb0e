"""What a restore of an older backup does beside putting the tables back.

Others have acted on what the service published after the backup. Whatever its own topic still says about that is
recovered, the rest is ended for them or named: nothing that was acknowledged disappears without a word.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker import Bus, Partition, Record
from heed_common.contracts.event import Event
from heed_common.outbox import EPOCH_BITS
from heed_common.received import Received
from heed_common.tables import ERASED, OUTBOX_EPOCH
from heed_common.tail import ends_of, still_ahead

MAX_RECORDS = 500
POLL_SECONDS = 1.0
ERASURE = b"heed.customer.erased."
"""The type is agreed on and not published yet: its ids are taken over, what else it removes is still to be built."""
NUMBER = (1 << EPOCH_BITS) - 1


class Outcome(StrEnum):
    RECOVERED = "recovered"
    """It is there again, with what its events carry."""
    TAKEN_BACK = "taken_back"
    """It is as it was at the backup, and the others are told so."""
    LOST = "lost"
    """Its events do not carry it: a person has to see to it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one thing that was acknowledged after the backup."""

    kind: str
    id: UUID
    outcome: Outcome
    what: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What the service has published since the backup, in the order of the versions."""

    events: Sequence[Received[Event]]
    epoch: int
    """Of the backup."""
    currency: str
    """Of the organisation."""

    def is_missing(self, received: Received[Event], *, version: int) -> bool:
        """Return whether it is newer than an aggregate that had this version at the backup."""
        return received.aggversion > (self.epoch << EPOCH_BITS) + version


Recovery = Callable[[AsyncSession, Published, datetime], Awaitable[list[Finding]]]
"""A service's `recover(session, published, now)`, in the transaction that has raised the epoch."""


def epoch_of(received: Received[Event]) -> int:
    """Return how many restores there had been when it was published."""
    return received.aggversion >> EPOCH_BITS


def number(received: Received[Event]) -> int:
    """Return the version that the aggregate's own row counts, without the epoch."""
    return received.aggversion & NUMBER


async def read_from(bus: Bus, first: Mapping[Partition, int]) -> list[Record]:
    """Return what these partitions hold from these offsets on; all of their topics is read."""
    reader = bus.subscriber(group=None, topics=sorted({topic for topic, _ in first}))
    await reader.start()
    try:
        found: list[Record] = []
        ahead = await ends_of(reader)
        while ahead:
            polled = await reader.poll(max_records=MAX_RECORDS, wait=POLL_SECONDS)
            found += [record for record in polled if record.offset >= first.get((record.topic, record.partition), 0)]
            ahead = await still_ahead(reader, ahead)
        return found
    finally:
        await reader.stop()


def erased_in(records: Sequence[Record]) -> set[UUID]:
    """Return whom `customer.erased` names: every id of each of them."""
    events = [json.loads(record.value) for record in records if ERASURE in record.value]
    data = [event["data"] for event in events if str(event["type"]).encode().startswith(ERASURE)]
    return {
        UUID(id_) for each in data for id_ in each.get("ids", [each["customer_id"]] if "customer_id" in each else [])
    }


async def raise_epoch(session: AsyncSession, *, above: int) -> int:
    """Make all that is published from here on newer than that epoch. Returns the new one."""
    values = {"epoch": func.greatest(OUTBOX_EPOCH.c.epoch, above) + 1}
    session.info.pop("outbox_epoch", None)
    epoch: int = (
        await session.execute(update(OUTBOX_EPOCH).values(values).returning(OUTBOX_EPOCH.c.epoch))
    ).scalar_one()
    return epoch


async def note_erased(session: AsyncSession, customer_ids: Collection[UUID], *, now: datetime) -> int:
    """Remember whom nothing may be kept of. Returns how many were not known as erased."""
    if not customer_ids:
        return 0
    rows = [{"customer_id": customer_id, "erased_at": now} for customer_id in sorted(customer_ids)]
    statement = insert(ERASED).values(rows).on_conflict_do_nothing().returning(ERASED.c.customer_id)
    return len((await session.execute(statement)).all())
