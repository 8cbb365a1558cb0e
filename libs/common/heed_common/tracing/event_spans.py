"""Spans of published and processed events, by OpenTelemetry's conventions for messaging.

The `traceparent` of an event's envelope names the write that caused it. The record's header of the same name is added
when it is published and names the span of that, which is the parent of its processing (as CloudEvents distinguishes
them). Events of one batch that have the same parent share a span: a batch of a thousand purchases is not a thousand.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from opentelemetry.trace import Span, SpanKind

from heed_common.broker.protocols import Message, PublishResult, Record
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.trace import WELL_FORMED
from heed_common.tracing.tracer import KAFKA, Attributes, Tracer, fail, is_sampled, traceparent_of

HEADER = "traceparent"
OPERATION, OPERATION_TYPE = "messaging.operation.name", "messaging.operation.type"
IN_ENVELOPE = re.compile(rb'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')
DATA = b'"data":{'


@dataclass(slots=True)
class PublishSpans:
    """The spans of one batch of the relay, and its messages with the headers that name them."""

    messages: list[Message]
    spans: dict[int, Span]
    """By index of the message."""

    def end(self, result: PublishResult) -> None:
        """End the spans; those of messages that were not acknowledged have failed, and are sent again."""
        for index, span in self.spans.items():
            if index not in result.acknowledged:
                fail(span, "not_acknowledged" if result.error is None else type(result.error).__name__)
        for span in _unique(self.spans.values()):
            span.end()


def start_publishing(tracer: Tracer, messages: Sequence[Message]) -> PublishSpans:
    """Start a span for each cause and topic of the messages. Of traces that are not sampled there is none."""
    indexes = defaultdict(list)
    for index, message in enumerate(messages):
        if is_sampled(parent := _parent_in_envelope(message.value)):
            indexes[parent, message.topic].append(index)
    with_headers, spans = list(messages), {}
    for (parent, topic), group in indexes.items():
        attributes = {
            **_common(tracer, topic),
            OPERATION: "send",
            OPERATION_TYPE: "send",
            **_of_events([_event_headers(messages[index].headers) for index in group]),
        }
        span = tracer.start(f"send {topic}", SpanKind.PRODUCER, parent=parent, attributes=attributes)
        header = (HEADER, traceparent_of(span).encode())
        for index in group:
            spans[index] = span
            with_headers[index] = replace(messages[index], headers=(*messages[index].headers, header))
    return PublishSpans(with_headers, spans)


@dataclass(frozen=True, slots=True)
class ProcessSpans:
    """The spans of one batch of a consumer, by id of the event."""

    spans: Mapping[UUID, Span]

    def cause(self, event: ReceivedEvent[Any]) -> ReceivedEvent[Any]:
        """Return the event with its span as the cause of what follows from it."""
        span = self.spans.get(event.id)
        return event if span is None else replace(event, traceparent=traceparent_of(span))

    def fail(self, event_id: UUID | None, error_type: str) -> None:
        """Mark the span of an event that became a dead letter."""
        if event_id is not None and event_id in self.spans:
            fail(self.spans[event_id], error_type)


def cause_of(record: Record, in_envelope: str | None) -> str | None:
    """Return the span of the record's publication, or else of the write that caused its event."""
    for name, value in record.headers:
        if name == HEADER and value is not None and WELL_FORMED.fullmatch(text := value.decode("latin-1")):
            return text
    return in_envelope


@contextmanager
def processing_spans(tracer: Tracer, events: Iterable[ReceivedEvent[Any]], *, group: str) -> Iterator[ProcessSpans]:
    """Record the block as the processing of the events. Of traces that are not sampled there is no span."""
    grouped = defaultdict(list)
    for event in events:
        if is_sampled(parent := cause_of(event.record, event.traceparent)):
            grouped[parent, event.record.topic].append(event)
    spans: dict[UUID, Span] = {}
    for (parent, topic), members in grouped.items():
        span = _start_process_span(tracer, parent, topic, members, group=group)
        spans |= dict.fromkeys((event.id for event in members), span)
    try:
        yield ProcessSpans(spans)
    except BaseException as error:
        for span in _unique(spans.values()):
            fail(span, type(error).__name__)
        raise
    finally:
        for span in _unique(spans.values()):
            span.end()


def _start_process_span(
    tracer: Tracer, parent: str | None, topic: str, events: Sequence[ReceivedEvent[Event]], *, group: str
) -> Span:
    creations = dict.fromkeys(event.traceparent for event in events if is_sampled(event.traceparent))
    attributes: dict[str, str | int] = {
        **_common(tracer, topic),
        OPERATION: "process",
        OPERATION_TYPE: "process",
        "messaging.consumer.group.name": group,
        **_of_events([(str(event.id), event.event.full_type()) for event in events]),
    }
    if len(events) == 1:
        attributes["messaging.destination.partition.id"] = str(events[0].record.partition)
        if tracer.messaging_system == KAFKA:
            attributes["messaging.kafka.offset"] = events[0].record.offset
    links = [creation for creation in creations if creation is not None and creation != parent]
    return tracer.start(f"process {topic}", SpanKind.CONSUMER, parent=parent, attributes=attributes, links=links)


def _common(tracer: Tracer, topic: str) -> Attributes:
    return {"messaging.system": tracer.messaging_system, "messaging.destination.name": topic}


def _of_events(events: Sequence[tuple[str, str]]) -> Attributes:
    """Return id and type of one event; of several their number, and the type if they have the same."""
    types = {type_ for _, type_ in events}
    attributes: dict[str, str | int] = {"cloudevents.event_type": types.pop()} if len(types) == 1 else {}
    if len(events) == 1:
        attributes["messaging.message.id"] = events[0][0]
    else:
        attributes["messaging.batch.message_count"] = len(events)
    return attributes


def _event_headers(headers: Sequence[tuple[str, bytes]]) -> tuple[str, str]:
    values = dict(headers)
    return values["ce_id"].decode(), values["ce_type"].decode()


def _parent_in_envelope(payload: bytes) -> str | None:
    """Return the `traceparent` of the envelope, whose attributes come before its data."""
    found = IN_ENVELOPE.search(payload, 0, max(0, payload.find(DATA)))
    return None if found is None else found[1].decode()


def _unique(spans: Iterable[Span]) -> list[Span]:
    return list({id(span): span for span in spans}.values())
