"""An event is decoded in one pass where possible, and step by step to find out what is wrong."""

import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_common.broker.protocols import Record
from heed_common.contracts.message import (
    ComplaintMessageSent,
    ContactChannel,
    ContactPurpose,
    CustomerMessageSent,
    SurveyMessageSent,
)
from heed_common.contracts.registry import EVENTS
from heed_common.decoding import Undecodable, _decode_fast, _decode_with_diagnosis, decode
from heed_common.outbox import StagedEvent, _envelope_prefix, _payload, _serialize
from tests.common.malformed_records import DEEP, strangers
from tests.scoring.factories import NOON, make_complaint, make_purchase, make_registration, make_response

CUSTOMER = UUID(int=1)
events = st.sampled_from(
    [
        make_registration(CUSTOMER),
        make_purchase(CUSTOMER, gross="19.99", categories=("kitchen", '"type":"heed.customer.registered.v1"')),
        make_complaint(CUSTOMER, breached=("resolution",), former_customer_ids=(uuid4(),)),
        make_response(None),
    ]
)


def envelope_of(event):
    written = _serialize(StagedEvent(event, 3, uuid4()), None)
    return json.loads(_payload(_envelope_prefix(type(event), now=NOON), written, epoch=1))


def record_of(event, envelope):
    return Record(event.topic, 0, 0, None, json.dumps(envelope, separators=(",", ":")).encode())


def reason(read, record):
    try:
        return read(record).event
    except Undecodable as error:
        return error.reason, error.event_id


@given(events)
def test_both_decoders_return_the_same_event(event):
    record = record_of(event, envelope_of(event))
    assert _decode_fast(record) == _decode_with_diagnosis(record) == decode(record)
    assert decode(record).event == event


@given(events, st.data())
def test_whatever_is_changed_in_it_is_answered_as_step_by_step(event, data):
    envelope = envelope_of(event)
    holder = data.draw(st.sampled_from([envelope, envelope["data"]]))
    name = data.draw(st.sampled_from(sorted(holder)))
    holder[name] = data.draw(
        st.one_of(st.none(), st.integers(), st.text(), st.just({}), st.just([]), st.sampled_from(sorted(EVENTS)))
    )
    shuffled = dict(data.draw(st.permutations(sorted(envelope.items()))))
    record = record_of(event, shuffled)
    assert reason(decode, record) == reason(_decode_with_diagnosis, record)


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"type":"heed.purchase.recorded.v1"}', b"\xff\xfe"])
def test_what_is_no_event_is_a_broken_envelope(value):
    assert reason(decode, Record("heed.customer", 0, 0, None, value)) == ("broken envelope", None)


def test_an_event_on_a_topic_that_does_not_own_it_is_refused():
    event = make_purchase(CUSTOMER)
    envelope = envelope_of(event)
    record = Record("heed.survey", 0, 0, None, record_of(event, envelope).value)
    assert reason(decode, record) == ("type is not owned by its topic", UUID(envelope["id"]))


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("heed.customer", CustomerMessageSent),
        ("heed.complaint", ComplaintMessageSent),
        ("heed.survey", SurveyMessageSent),
        ("heed.scoring", None),
    ],
)
def test_a_type_of_several_services_is_decoded_on_their_topics_and_refused_on_others(topic, kind):
    event = ComplaintMessageSent(
        occurred_at=NOON,
        message_id=uuid4(),
        purpose=ContactPurpose.SERVICE,
        channel=ContactChannel.MAIL,
        template="acknowledgement",
    )
    envelope = envelope_of(event)
    record = Record(topic, 0, 0, None, record_of(event, envelope).value)
    assert reason(_decode_with_diagnosis, record) == reason(decode, record)
    if kind is None:
        assert reason(decode, record) == ("type is not owned by its topic", UUID(envelope["id"]))
    else:
        assert type(decode(record).event) is kind
        assert decode(record).event.model_dump() == event.model_dump()


@settings(max_examples=400)
@given(strangers())
def test_any_foreign_record_is_decoded_or_rejected_with_a_reason(record):
    read = reason(decode, record)
    assert (isinstance(read, tuple) and read[0]) or read.topic == record.topic


@pytest.mark.parametrize("value", DEEP)
@pytest.mark.parametrize("headers", [(("ce_id", None),), (("ce_id", b"\xff"), ("ce_id", b"7")), (("", None),)])
def test_neither_depth_nor_a_header_without_value_is_more_than_a_broken_envelope(value, headers):
    assert reason(decode, Record("heed.customer", 0, 0, None, value, headers)) == ("broken envelope", None)
