"""Decoding of records from the broker: envelope, event, and the position of the record."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import ValidationError, create_model

from heed_common.broker.protocols import Record
from heed_common.contracts.event import Envelope, Event
from heed_common.contracts.registry import EVENTS, EVENTS_BY_TOPIC
from heed_common.identifiers import to_own_class

log = logging.getLogger(__name__)

TYPE_IN_TEXT = re.compile(rb'"type":"([a-z0-9_.]+)"')

E_co = TypeVar("E_co", bound=Event, covariant=True)


class Undecodable(Exception):
    """The record is not an event of Heed; `reason` is safe to show, because it repeats nothing of the record."""

    def __init__(self, reason: str, *, event_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.event_id = event_id


@dataclass(frozen=True, slots=True)
class ReceivedEvent(Generic[E_co]):
    """An event as it was delivered."""

    id: UUID
    event: E_co
    aggversion: int
    time: datetime
    causation: UUID | None
    traceparent: str | None
    record: Record


def decode(record: Record) -> ReceivedEvent[Event]:
    """Decode one record. Raises `Undecodable` for a broken envelope, an unknown type, or data that do not match it.

    No record may raise any other error: an unexpected one would end the consumer, and the same record would be the
    first one that the next consumer gets.
    """
    try:
        return _decode_fast(record) or _decode_with_diagnosis(record)
    except (Undecodable, MemoryError):
        raise
    except Exception as error:
        log.exception("unexpected error while decoding a record")
        raise Undecodable(f"unreadable: {type(error).__name__}") from error


def _decode_fast(record: Record) -> ReceivedEvent[Event] | None:
    """Decode envelope and data in one pass. Return None if the first `type` in the text is not that of the envelope.

    It always is in what Heed publishes.
    """
    match = TYPE_IN_TEXT.search(record.value)
    kind = EVENTS_BY_TOPIC.get((record.topic, match[1].decode("ascii"))) if match is not None else None
    if kind is None:
        return None
    try:
        envelope = _typed_envelope(kind).model_validate_json(record.value)
    except ValidationError:
        return None
    event: Any = envelope.data
    return _to_received_event(envelope, event, record)


@cache
def _typed_envelope(kind: type[Event]) -> type[Envelope]:
    """Return the envelope model whose data are validated as this event."""
    fields: dict[str, Any] = {"type": Literal[kind.full_type()], "data": kind}
    return create_model(f"{kind.__name__}Envelope", __base__=Envelope, **fields)


def _decode_with_diagnosis(record: Record) -> ReceivedEvent[Event]:
    """Decode step by step, to find out what is wrong."""
    try:
        envelope = Envelope.model_validate_json(record.value)
    except ValidationError as error:
        raise Undecodable("broken envelope", event_id=_id_in_headers(record)) from error
    if envelope.type not in EVENTS:
        raise Undecodable("unknown type", event_id=envelope.id)
    kind = EVENTS_BY_TOPIC.get((record.topic, envelope.type))
    if kind is None:
        raise Undecodable("type is not owned by its topic", event_id=envelope.id)
    try:
        event = kind.model_validate(envelope.data)
    except ValidationError as error:
        raise Undecodable("data do not fit the type", event_id=envelope.id) from error
    return _to_received_event(envelope, event, record)


def _to_received_event(envelope: Envelope, event: Event, record: Record) -> ReceivedEvent[Event]:
    own_id = to_own_class(envelope.id)
    return ReceivedEvent(
        own_id, event, envelope.aggversion, envelope.time, envelope.causationid, envelope.traceparent, record
    )


def _id_in_headers(record: Record) -> UUID | None:
    """Return the event id from the headers, where the relay writes it too, for callers that wait for the event."""
    for name, value in record.headers:
        if name == "ce_id" and value is not None:  # Kafka knows headers without a value.
            with suppress(ValueError):
                return UUID(value.decode("ascii"))
    return None
