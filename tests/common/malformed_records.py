"""Records that another program has written: anything that Kafka accepts."""

import json
from uuid import UUID

from hypothesis import strategies as st

from heed_common.broker.protocols import Record
from heed_common.contracts.registry import EVENTS, TOPICS
from tests.common.broker_fixtures import as_message
from tests.scoring.factories import make_complaint, make_purchase, make_registration, make_response

SUBJECT = UUID(int=1)
GOOD = [
    json.loads(as_message(event).value)
    for event in (
        make_registration(SUBJECT),
        make_purchase(SUBJECT),
        make_complaint(SUBJECT),
        make_response(None),
    )
]
DEEP = [b"[" * 100_000, b'{"a":' * 100_000, b'{"data":' + b"[" * 5_000 + b"]" * 5_000 + b"}"]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(["\ud800", "\x00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1e999", "-0"]),
    st.sampled_from(sorted(EVENTS)),
    st.just([]),
    st.just({}),
)
NAMES = st.one_of(st.just("ce_id"), st.just("ce_type"), st.text(max_size=8))
HEADER_VALUES = st.one_of(
    st.none(), st.binary(max_size=40), st.just(b"\xff"), st.uuids().map(lambda id_: id_.hex.encode())
)
HEADERS = st.lists(st.tuples(NAMES, HEADER_VALUES), max_size=4).map(tuple)


@st.composite
def changed_envelopes(draw: st.DrawFn) -> bytes:
    """An event of ours with one thing in it that is not."""
    envelope = json.loads(json.dumps(draw(st.sampled_from(GOOD))))
    holder = draw(st.sampled_from([envelope, envelope["data"]]))
    holder[draw(st.sampled_from(sorted(holder)))] = draw(ODD)
    return json.dumps(envelope, separators=draw(st.sampled_from([(",", ":"), (", ", ": ")]))).encode()


VALUES = st.one_of(
    st.binary(max_size=200),
    st.just(b""),
    st.sampled_from(DEEP),
    st.recursive(ODD, lambda inner: st.lists(inner, max_size=3)).map(lambda value: json.dumps(value).encode()),
    changed_envelopes(),
)


def strangers() -> st.SearchStrategy[Record]:
    """A record of any topic of ours."""
    keys = st.one_of(st.none(), st.binary(max_size=40))
    offsets = st.integers(0, 2**63 - 1)
    return st.builds(Record, st.sampled_from(TOPICS), st.integers(0, 11), offsets, keys, VALUES, HEADERS)
