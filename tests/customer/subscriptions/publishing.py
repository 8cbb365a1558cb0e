"""Events in the topics of a memory broker, as the relays publish them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from heed_common.broker.protocols import Bus, Message
from heed_common.broker.topics import apply
from heed_common.contracts.complaint import ComplaintOpened
from heed_common.contracts.customer import InteractionRecorded
from heed_common.contracts.event import Event
from heed_common.identifiers import new_id
from tests.conftest import NOON
from tests.customer.events import make_complaint

PARTITIONS = 4


async def make_topics(bus: Bus) -> None:
    await apply(bus, partitions=PARTITIONS)


def make_interaction(customer_id: UUID, **overrides: Any) -> InteractionRecorded:
    values: dict[str, Any] = {
        "customer_id": customer_id,
        "interaction_id": uuid4(),
        "occurred_at": NOON,
        "kind": "question",
        "channel": "phone",
        "currency": "USD",
    }
    return InteractionRecorded(**values | overrides)


def make_opened(customer_id: UUID, **overrides: Any) -> ComplaintOpened:
    complaint = make_complaint(customer_id, **overrides)
    assert isinstance(complaint, ComplaintOpened)
    return complaint


def envelope(event: Event, *, version: int = 1, time: datetime | None = None) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": f"/heed/{event.topic.removeprefix('heed.')}",
        "type": event.full_type(),
        "subject": str(event.subject),
        "time": (time or datetime.now(UTC)).isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{event.full_type()}",
        "partitionkey": str(event.key),
        "aggversion": version,
        "data": json.loads(event.model_dump_json()),
    }


async def publish(bus: Bus, *events: Event, time: datetime | None = None) -> list[str]:
    """Publish the events in this order, and return their ids."""
    documents = [(event, envelope(event, time=time)) for event in events]
    messages = [
        Message(event.topic, str(event.key).encode(), json.dumps(document).encode()) for event, document in documents
    ]
    await publish_all(bus, messages)
    return [document["id"] for _, document in documents]


async def publish_all(bus: Bus, messages: Sequence[Message]) -> None:
    publisher = bus.publisher()
    await publisher.start()
    try:
        while messages:
            result = await publisher.publish(messages)
            assert result.error is None
            messages = [message for index, message in enumerate(messages) if index not in result.acknowledged]
    finally:
        await publisher.stop()
