"""A record from the broker, read: the envelope, the fact in it, and where it lay."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import ValidationError

from heed_common.broker import Record
from heed_common.contracts.event import Envelope, Event
from heed_common.contracts.registry import EVENTS

E_co = TypeVar("E_co", bound=Event, covariant=True)


class Undecodable(Exception):
    """The record is no event of Heed's; `reason` is safe to show, it repeats nothing of the record."""

    def __init__(self, reason: str, *, event_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.event_id = event_id


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """An event as it arrived."""

    id: UUID
    event: E_co
    aggversion: int
    time: datetime
    causation: UUID | None
    traceparent: str | None
    record: Record


def decode(record: Record) -> Received[Event]:
    """Reads one record. Raises `Undecodable` for a broken envelope, an unknown type, or data that do not fit it."""
    try:
        envelope = Envelope.model_validate_json(record.value)
    except ValidationError as error:
        raise Undecodable("broken envelope", event_id=_id_in_headers(record)) from error
    kind = EVENTS.get(envelope.type)
    if kind is None:
        raise Undecodable("unknown type", event_id=envelope.id)
    if kind.topic != record.topic:
        raise Undecodable("type is not owned by its topic", event_id=envelope.id)
    try:
        event = kind.model_validate(envelope.data)
    except ValidationError as error:
        raise Undecodable("data do not fit the type", event_id=envelope.id) from error
    return Received(
        envelope.id, event, envelope.aggversion, envelope.time, envelope.causationid, envelope.traceparent, record
    )


def _id_in_headers(record: Record) -> UUID | None:
    """The relay writes the id there too: whoever waits for the event can be told, though it cannot be read."""
    for name, value in record.headers:
        if name == "ce_id":
            with suppress(ValueError):
                return UUID(value.decode("ascii"))
    return None
