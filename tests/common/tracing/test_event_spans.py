from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import SpanKind, StatusCode

from heed.interface_docs.event_examples import enveloped
from heed_common.broker.protocols import Message, PublishResult, Record
from heed_common.decoding import decode
from heed_common.identifiers import new_id
from heed_common.tracing.event_spans import HEADER, cause_of, processing_spans, start_publishing
from heed_common.tracing.tracer import is_sampled, traceparent_of
from tests.common.broker_fixtures import TOPIC
from tests.scoring.factories import make_registration

WRITE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_WRITE = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"
NOT_SAMPLED = WRITE[:-1] + "0"


def make_message(traceparent, **event):
    envelope = enveloped(make_registration(uuid4(), **event), causation=None, traceparent=traceparent)
    envelope = envelope.model_copy(update={"id": new_id()})
    headers = (("ce_id", str(envelope.id).encode()), ("ce_type", envelope.type.encode()))
    return Message(TOPIC, b"key", envelope.model_dump_json(exclude_none=True).encode(), headers)


def delivered(message, offset=0):
    return decode(Record(message.topic, 0, offset, message.key, message.value, message.headers))


def publish(traced, messages, result=None):
    publication = start_publishing(traced.tracer, messages)
    publication.end(result or PublishResult(frozenset(range(len(messages)))))
    return publication.messages


def parent_of(span):
    return f"{span.parent.span_id:016x}"


def test_a_published_event_names_its_publication_and_that_names_the_write(traced):
    (message,) = publish(traced, [make_message(WRITE)])
    (span,) = traced.spans
    assert (span.name, span.kind, parent_of(span)) == ("send heed.customer", SpanKind.PRODUCER, WRITE[36:52])
    assert dict(message.headers)[HEADER].decode() == traceparent_of(span)
    assert dict(span.attributes) == {
        "messaging.system": "kafka",
        "messaging.destination.name": TOPIC,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.message.id": str(delivered(message).id),
        "cloudevents.event_type": "heed.customer.registered.v1",
    }


def test_processing_is_a_child_of_the_publication_and_the_cause_of_what_follows(traced):
    (message,) = publish(traced, [make_message(WRITE)])
    event = delivered(message)
    with processing_spans(traced.tracer, [event], group="heed-scoring") as spans:
        cause = spans.cause(event).traceparent
    sent, processed = traced.spans
    assert (processed.name, processed.kind) == ("process heed.customer", SpanKind.CONSUMER)
    assert parent_of(processed) == f"{sent.context.span_id:016x}"
    assert cause == traceparent_of(processed)
    assert [f"{link.context.span_id:016x}" for link in processed.links] == [WRITE[36:52]]


def test_events_of_one_cause_share_a_span_and_those_of_others_do_not(traced):
    messages = [make_message(WRITE), make_message(OTHER_WRITE), make_message(WRITE)]
    sent = publish(traced, messages)
    headers = [dict(message.headers)[HEADER] for message in sent]
    assert headers[0] == headers[2] != headers[1]
    counts = [span.attributes.get("messaging.batch.message_count") for span in traced.spans]
    assert counts == [2, None]


def test_a_publication_that_is_not_acknowledged_has_failed(traced):
    publish(traced, [make_message(WRITE)], PublishResult(frozenset(), ConnectionError("a secret")))
    (span,) = traced.spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "ConnectionError"
    assert span.status.description is None
    assert not span.events


def test_the_span_of_a_dead_letter_has_failed_and_others_have_not(traced):
    events = [delivered(message) for message in publish(traced, [make_message(WRITE), make_message(OTHER_WRITE)])]
    with processing_spans(traced.tracer, events, group="heed-scoring") as spans:
        spans.fail(events[0].id, "CheckViolation")
        spans.fail(None, "broken envelope")
    processed = traced.spans[2:]
    assert [span.status.status_code for span in processed] == [StatusCode.ERROR, StatusCode.UNSET]


def test_a_batch_that_fails_ends_its_spans(traced):
    event = delivered(make_message(WRITE))
    with pytest.raises(ConnectionError), processing_spans(traced.tracer, [event], group="g"):
        raise ConnectionError("a secret")
    (span,) = traced.spans
    assert span.attributes["error.type"] == "ConnectionError"


@pytest.mark.parametrize("traceparent", [None, NOT_SAMPLED])
def test_of_a_trace_that_is_not_sampled_there_is_neither_span_nor_header(traced, traceparent):
    message = make_message(traceparent)
    assert publish(traced, [message]) == [message]
    event = delivered(message)
    with processing_spans(traced.tracer, [event], group="g") as spans:
        assert spans.cause(event) is event
    assert not traced.spans


def test_data_that_look_like_a_trace_are_none(traced):
    message = make_message(None, region=f'"traceparent":"{WRITE}"')
    assert publish(traced, [message]) == [message]
    assert not traced.spans


@given(st.one_of(st.none(), st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_a_header_that_is_not_well_formed_is_ignored(value):
    record = replace(delivered(make_message(WRITE)).record, headers=((HEADER, value),))
    assert cause_of(record, WRITE) == WRITE


@given(st.text())
def test_a_text_that_is_not_well_formed_is_not_sampled(text):
    assert not is_sampled(text)
