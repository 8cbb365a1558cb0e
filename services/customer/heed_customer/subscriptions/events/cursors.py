"""Where a reader of events starts, and the order of a page."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from heed_common.broker.protocols import Partition
from heed_common.cursors import CursorSigner
from heed_common.fields import Moment
from heed_customer.subscriptions.endpoints.rules import moment_of
from heed_customer.subscriptions.feed.rules import FeedEvent

PATH = "/v1/events"
"""Cursors are valid for pages and streams, and for nothing else."""
CURSOR_SHAPE = (dict[str, list[int]],)
"""By topic, the next offset of each partition."""
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)

Named = Literal["earliest", "latest"]
NAMED: Mapping[str, Named] = {"earliest": "earliest", "latest": "latest"}
Start = datetime | Named | Mapping[Partition, int]


@dataclass(frozen=True, slots=True)
class Cursors:
    """Encodes positions as cursors."""

    signer: CursorSigner

    def encode(self, offsets: Mapping[Partition, int]) -> str:
        """Return the cursor of these offsets."""
        by_topic: dict[str, list[int]] = {}
        for (topic, _), offset in sorted(offsets.items()):
            by_topic.setdefault(topic, []).append(offset)
        return self.signer.encode(PATH, (by_topic,))

    def parse(self, text: str) -> Start:
        """Return where `after` starts: a cursor, the id of an event, or a moment. Raises `CursorInvalid`."""
        return NAMED.get(text) or _moment(text) or self._offsets(text)

    def _offsets(self, cursor: str) -> Mapping[Partition, int]:
        (by_topic,) = self.signer.decode(PATH, cursor, CURSOR_SHAPE)
        return {
            (topic, partition): offset
            for topic, offsets in by_topic.items()
            for partition, offset in enumerate(offsets)
        }


def merged_by_time(events: Iterable[FeedEvent]) -> list[FeedEvent]:
    """Return the events by time, those of each partition in their order."""
    partitions: dict[Partition, list[FeedEvent]] = {}
    for event in events:
        partitions.setdefault(event.partition, []).append(event)
    return list(heapq.merge(*partitions.values(), key=lambda event: event.time))


def _moment(text: str) -> datetime | None:
    """Return the moment of an RFC 3339 text or in the id of an event."""
    try:
        return moment_of(UUID(text))
    except ValueError:
        pass
    try:
        return MOMENT.validate_json(f'"{text}"') if text.isascii() and '"' not in text and "\\" not in text else None
    except ValidationError:
        return None
