"""Which events a subscription selects, and who may read them. Pure."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import Partition, Record
from heed_common.contracts.registry import EVENT_CLASSES, EVENTS, EVENTS_BY_TOPIC, thing_of

CONFIDENTIAL_SCOPE = "complaints:confidential:read"
TOPIC_SCOPES = {
    "heed.customer": "customers:read",
    "heed.complaint": "complaints:read",
    "heed.survey": "surveys:read",
    "heed.scoring": "scores:read",
}
THING_SCOPES = {
    "purchase": "purchases:read",
    "contact": "contacts:read",
    "response": "responses:read",
    "detractor": "responses:read",
    "dissatisfaction": "responses:read",
    "model": "models:read",
}
"""Things whose resource has a scope of its own, by the first part of the type."""
UNDIVIDED = ("score",)
"""Things whose events name causes and complaints that cannot be taken out of them: they need the confidential scope."""
READ_MODEL_DELAY = timedelta(seconds=10)
"""How long an event waits for the state of the complaint that it names, which arrives by another way."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a subscription gets."""

    types: frozenset[str]
    """Full types."""
    customer_id: UUID | None = None
    confidential: bool = False
    """Whether it gets the events of confidential complaints."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A selected event with its record."""

    id: UUID
    type: str
    time: datetime
    document: Mapping[str, Any]
    """The CloudEvent, as it is in the topic."""
    complaint_id: UUID | None
    """The complaint that the event names."""
    record: Record

    @property
    def partition(self) -> Partition:
        return self.record.topic, self.record.partition


def required_scopes(types: Iterable[str]) -> list[str]:
    """Return the scopes that a reader of these types needs, sorted."""
    return sorted({scope for type_ in types for scope in _scopes_of(type_)})


def readable_types(scopes: Collection[str]) -> list[str]:
    """Return all types that a reader with these scopes may read."""
    return [type_ for type_ in EVENTS if _scopes_of(type_).issubset(scopes)]


def partitions_of(ends: Collection[Partition], selection: Selection) -> list[Partition]:
    """Return the partitions that may contain selected events: of one customer there is one in each topic."""
    topics = {event.topic for event in EVENT_CLASSES if event.full_type() in selection.types}
    selected = sorted(at for at in ends if at[0] in topics)
    if selection.customer_id is None:
        return selected
    key = str(selection.customer_id).encode()
    counts = {topic: sum(at[0] == topic for at in ends) for topic in topics}
    return [at for at in selected if at[1] == partition_of(key, counts[at[0]])]


def select(record: Record, selection: Selection) -> FeedEvent | None:
    """Return the event if the selection includes its type and key; None for what is no event of its topic."""
    if selection.customer_id is not None and record.key != str(selection.customer_id).encode():
        return None
    try:
        document = json.loads(record.value)
        if document["type"] not in selection.types or (record.topic, document["type"]) not in EVENTS_BY_TOPIC:
            return None
        return FeedEvent(
            id=UUID(document["id"]),
            type=document["type"],
            time=datetime.fromisoformat(document["time"]).astimezone(UTC),
            document=document,
            complaint_id=_complaint_of(document["data"]),
            record=record,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def is_hidden(event: FeedEvent, confidential: Mapping[UUID, bool], *, now: datetime) -> bool | None:
    """Return whether the event must be left out for readers without the confidential scope; None if it must wait.

    `confidential` has the complaints that the read model has. An event of a complaint carries whether the complaint was
    confidential then; the read model has whether it is now. Other events that name a complaint wait for it.
    """
    complaint_id = event.complaint_id
    if complaint_id is None:
        return False
    data = event.document["data"]
    if data.get("confidential") or confidential.get(complaint_id):
        return True
    if complaint_id in confidential or "confidential" in data:
        return False
    return None if now - event.time < READ_MODEL_DELAY else True


def by_partition(records: Sequence[Record]) -> dict[Partition, list[Record]]:
    """Return the records of each partition, in their order."""
    grouped: dict[Partition, list[Record]] = {}
    for record in records:
        grouped.setdefault((record.topic, record.partition), []).append(record)
    return grouped


def _complaint_of(data: Mapping[str, Any]) -> UUID | None:
    about = data.get("about")
    named = about["id"] if isinstance(about, Mapping) and about["type"] == "complaint" else data.get("complaint_id")
    return UUID(named) if named else None


def _scopes_of(full_type: str) -> set[str]:
    """Return the scopes of a type; one that several services publish needs those of all of them."""
    thing = thing_of(full_type)
    topics = {event.topic for event in EVENT_CLASSES if event.full_type() == full_type}
    scopes = {THING_SCOPES[thing]} if thing in THING_SCOPES else {TOPIC_SCOPES[topic] for topic in topics}
    return scopes | ({CONFIDENTIAL_SCOPE} if thing in UNDIVIDED else set())
