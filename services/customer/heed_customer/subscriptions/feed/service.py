"""Selection of events from records, by the read model of the complaints that they name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from heed_common.broker.protocols import Partition, Record
from heed_common.database import Database
from heed_customer.read_models.complaints import service as complaints
from heed_customer.subscriptions.feed import rules
from heed_customer.subscriptions.feed.rules import FeedEvent, Selection


@dataclass(frozen=True, slots=True)
class SelectedEvents:
    """The selected events of some records, and where to read on."""

    events: Sequence[FeedEvent]
    offsets: Mapping[Partition, int]
    """The next offset of each partition with records. A partition whose next event must wait stays before it."""
    is_waiting: bool


async def select_events(
    database: Database, records: Sequence[Record], selection: Selection, *, now: datetime
) -> SelectedEvents:
    """Select the events of the records, which are ordered within each partition. No connection is held afterwards."""
    candidates = {
        (record.topic, record.partition, record.offset): event
        for record in records
        if (event := rules.select(record, selection)) is not None
    }
    confidential = {} if selection.confidential else await _load_complaints(database, candidates.values())
    events: list[FeedEvent] = []
    offsets: dict[Partition, int] = {}
    is_waiting = False
    for partition, found in rules.by_partition(records).items():
        for record in found:
            event = candidates.get((*partition, record.offset))
            if event is not None:
                hidden = False if selection.confidential else rules.is_hidden(event, confidential, now=now)
                if hidden is None:
                    is_waiting = True
                    break
                events += [] if hidden else [event]
            offsets[partition] = record.offset + 1
    return SelectedEvents(events, offsets, is_waiting)


async def _load_complaints(database: Database, events: Collection[FeedEvent]) -> Mapping[UUID, bool]:
    named = {event.complaint_id for event in events} - {None}
    if not named:
        return {}
    async with database.transaction() as session:
        return await complaints.confidentiality(session, {id_ for id_ in named if id_ is not None})
