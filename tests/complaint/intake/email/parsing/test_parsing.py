"""Parsing of senders, message ids, charsets and gateway documents."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_complaint.intake.email.parsing.addresses import parse_address, parse_recipients
from heed_complaint.intake.email.parsing.attachments import parse_attachment
from heed_complaint.intake.email.parsing.charsets import decode_bytes, decode_header_text
from heed_complaint.intake.email.parsing.gateways import parse_document
from heed_complaint.intake.email.parsing.message_ids import (
    our_ids_in,
    own_message_id,
    parse_message_ids,
    referenced_complaint,
)
from heed_complaint.intake.email.parsing.mime import parse_message

COMPLAINT = UUID("01954f9e-7e3a-7000-8000-000000000001")
SENDERS = [
    ("ana@example.com", None, "ana@example.com"),
    ("Ana <ana@example.com>", "Ana", "ana@example.com"),
    ("Lima, Ana <ana@example.com>", "Lima, Ana", "ana@example.com"),
    ('"Lima, Ana" <ana@example.com>', "Lima, Ana", "ana@example.com"),
    ("ana@example.com (Ana Lima)", "Ana Lima", "ana@example.com"),
    ("=?gb2312?B?zfW3vA==?= <wf@example.com>", "王芳", "wf@example.com"),
    ("=?UTF-8?Q?Zo=C3=AB?= =?UTF-8?Q?_B?= <zoe@example.com>", "Zoë B", "zoe@example.com"),
    ("=?UTF-8?B?QW5hIDxhbmFAZXhhbXBsZS5jb20+?=", "Ana", "ana@example.com"),
    ("Ana [ana@example.com]", None, "ana@example.com"),
    ("Ana <ana@MÜNCHEN.de>", "Ana", "ana@xn--mnchen-3ya.de"),
    ("Ana <ana@example.com>, Bob <bob@example.com>", "Ana", "ana@example.com"),
    ("<>", None, None),
    ("Ana", "Ana", None),
    ("(" * 2000, None, None),
]
IDS = [
    ("<a@x>", ["<a@x>"]),
    ("a@x", ["<a@x>"]),
    ("<a@x> (comment)", ["<a@x>"]),
    ("<a@x> <b@x>", ["<a@x>", "<b@x>"]),
    ("<a@x><b@x>", ["<a@x>", "<b@x>"]),
    ("<a@x>,<b@x>, c@x", ["<a@x>", "<b@x>", "<c@x>"]),
    ("<a\r\n @x>", ["<a@x>"]),
    ('Your message of "Mon" <a@x>', ["<a@x>"]),
    ("token", ["<token>"]),
    (" ", []),
    ("<>", []),
]


@pytest.mark.parametrize(("header", "name", "address"), SENDERS)
def test_the_sender_is_read(header, name, address):
    found = parse_address(header)
    assert (found.name, found.address) == (name, address)


def test_recipients_are_found_in_any_header_format():
    assert parse_recipients("Support <Support@Shop.Example>, x@y.example") == ["Support@shop.example", "x@y.example"]


@pytest.mark.parametrize(("header", "ids"), IDS)
def test_message_ids_are_compared_by_their_tokens(header, ids):
    assert parse_message_ids(header) == ids


def test_message_ids_of_heed_are_recognised_in_any_case_and_with_a_number():
    ours = own_message_id(COMPLAINT, suffix="0a1b", domain="heed.internal")
    for written in (ours, f"<{ours}>", ours.upper(), ours.replace("@", ".2@"), f"heed-{COMPLAINT}@crm.example"):
        assert referenced_complaint(written) == COMPLAINT
    assert referenced_complaint(f"not-{ours}") is None
    assert our_ids_in(f"Message-ID: <{ours}>\nbye") == [f"<{ours}>"]


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("朱镕".encode("gb18030"), "gb2312", "朱镕"),
        ("電話①".encode("cp932"), "shift_jis", "電話①"),
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("你好你好".encode(), "iso-8859-1", "你好你好"),
        (b"caf\xe9", "us-ascii", "café"),
        ("你好".encode("gbk"), "no-such-charset", "你好"),
        (b"\xff", None, "ÿ"),
        (b"plain", "rot13", "plain"),
    ],
)
def test_bytes_become_the_text_that_was_written(raw, charset, text):
    assert decode_bytes(raw, charset) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?B?Q2Fmw6k=?= now", "Café now"),
        ("a\r\n b", "a b"),
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
        ("=?x-none?Q?Caf=C3=A9?=", "Café"),
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
    ],
)
def test_header_text_is_decoded_or_left_as_it_is(raw, text):
    assert decode_header_text(raw) == text


@settings(max_examples=50)
@given(st.binary(max_size=400))
def test_no_raw_message_is_an_error(raw):
    assert isinstance(parse_document(raw)["message_id"], str)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["Content-Type", "headers", "raw", "envelope", "Parts", "mail"]), st.text()))
def test_no_document_is_an_error(given_document):
    assert isinstance(parse_document(given_document), dict)


def test_multiparts_nested_too_deeply_are_read_as_far_as_possible():
    parts = [f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(60)]
    read = parse_message(("".join(parts) + "Content-Type: text/plain\n\nhello\n").encode())
    assert read["text"] == "hello" or read["attachments"]


@pytest.mark.parametrize(
    ("given_attachment", "uri", "media_type"),
    [
        (
            {"name": "a", "url": "https://x.example/a", "content-type": "image/png; name=a"},
            "https://x.example/a",
            "image/png",
        ),
        ({"name": "a", "uri": "urn:x:1"}, "urn:x:1", "application/octet-stream"),
        ({"name": "a", "uri": "javascript:alert(1)"}, "mail/1@x/3", "application/octet-stream"),
        ({"name": "a", "uri": "https://user:pw@x.example"}, "mail/1@x/3", "application/octet-stream"),
        ("photo.png", "mail/1@x/3", "application/octet-stream"),
    ],
)
def test_an_attachment_is_always_a_harmless_reference(given_attachment, uri, media_type):
    found = parse_attachment(given_attachment, message_id="<1@x>", number=3)
    assert (found.uri, found.media_type) == (uri, media_type)


@pytest.mark.parametrize(
    "extra",
    [
        {"email": "ana@example.com"},
        {"email": None},
        {"raw": ""},
        {"mail": {"id": 1}},
        {"content": "aGVsbG8="},
        {"Message": "hello"},
        {"envelope": "no JSON"},
        {"attachments": "2"},
        {"headers": 5},
        {"Parts": "x"},
        {"to": "support@shop.example"},
    ],
)
def test_unknown_members_never_remove_text(extra):
    mail = {"from": "ana@example.com", "message_id": "1@x", "subject": "Kettle", "text": "It leaks"}
    read = parse_document(mail | extra)
    assert {name: read[name] for name in mail} == mail
    assert read["attachments"] == []
