"""What one endpoint has read and not delivered, by partition: its position is before the first event that waits."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from heed_common.broker.protocols import Partition
from heed_common.tracing.event_spans import cause_of
from heed_customer.subscriptions.feed.rules import FeedEvent
from heed_customer.subscriptions.feed.service import SelectedEvents

MAX_WAITING = 40
"""Events of a partition that are read ahead."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event without its parsed document: of a receiver that is down, all queues are full."""

    id: UUID
    type: str
    body: bytes
    offset: int
    cause: str | None
    """The span that caused it."""


@dataclass(slots=True)
class PartitionQueue:
    """The events of one partition that wait for their delivery."""

    next_offset: int
    """The next offset to read."""
    events: deque[WaitingEvent] = field(default_factory=deque)
    attempts: int = 0
    """Attempts at the first event."""

    @property
    def position(self) -> int:
        """Return the offset that has not been delivered."""
        return self.events[0].offset if self.events else self.next_offset


class Queues:
    """All partitions of one endpoint."""

    def __init__(self, offsets: Mapping[Partition, int]) -> None:
        self.partitions = {at: PartitionQueue(offset) for at, offset in offsets.items()}
        self.ends: Mapping[Partition, int] = {}
        """The ends of the partitions when they were last measured."""

    def to_read(self) -> dict[Partition, int]:
        """Return the next offset of each partition that has room for more."""
        return {at: queue.next_offset for at, queue in self.partitions.items() if len(queue.events) < MAX_WAITING}

    def add(self, selected: SelectedEvents) -> Sequence[Partition]:
        """Queue the selected events. Return the partitions that had none before."""
        started: list[Partition] = []
        for event in selected.events:
            queue = self.partitions[event.partition]
            if not queue.events:
                started.append(event.partition)
            queue.events.append(_to_waiting(event))
        for at, offset in selected.offsets.items():
            self.partitions[at].next_offset = offset
        return started

    def positions(self) -> dict[Partition, int]:
        """Return the position of each partition, from which a restarted worker continues."""
        return {at: queue.position for at, queue in self.partitions.items()}

    def waiting(self) -> int:
        """Return how many records lie behind the positions, as far as the ends are known."""
        return sum(max(0, self.ends.get(at, 0) - position) for at, position in self.positions().items())


def _to_waiting(event: FeedEvent) -> WaitingEvent:
    cause = cause_of(event.record, event.document.get("traceparent"))
    return WaitingEvent(event.id, event.type, event.record.value, event.record.offset, cause)
