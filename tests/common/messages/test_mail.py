"""Mails follow RFC 5322, whatever languages they are written in, and do not make other programs respond."""

import email
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.message import ContactChannel
from heed_common.messages.mail import build_mail
from heed_common.messages.message_ids import find_own_ids, to_message_id
from heed_common.messages.transports.protocols import Delivery
from tests.common.messages.conftest import SENDER
from tests.conftest import NOON

MESSAGE = UUID("01959b3c-2a00-7000-8000-000000000001")
words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=200)


def delivery(**overrides):
    fields = {
        "message_id": MESSAGE,
        "channel": ContactChannel.MAIL,
        "address": "li@example.com",
        "language": "zh",
        "template": "acknowledgement",
        "subject": "我们已收到您的投诉",
        "text": "尊敬的李伟\n",
        "created_at": NOON,
    }
    return Delivery(**(fields | overrides))


def built(**overrides):
    raw = build_mail(delivery(**overrides), sender=SENDER, now=NOON)
    return raw, email.message_from_bytes(raw, policy=default)


@given(words.map(lambda text: " ".join(text.split())), words)
def test_every_text_arrives_and_every_line_is_short_ascii(subject, text):
    raw, mail = built(subject=subject, text=text)
    assert mail["Subject"].strip() == subject.strip()
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_the_headers_stop_programs_from_responding():
    _, mail = built()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in mail["X-Auto-Response-Suppress"]
    assert mail["Message-ID"] == f"<heed.{MESSAGE.hex}@heed.example>"
    assert (mail["Content-Language"], mail["List-Unsubscribe"], mail["Precedence"]) == ("zh", None, None)


def test_an_answer_stays_in_its_conversation():
    references = [f"<m{number}@example.com>" for number in range(50)]
    _, mail = built(in_reply_to=references[-1], references=references)
    assert mail["In-Reply-To"] == references[-1]
    shown = mail["References"].split()
    assert (shown[0], shown[-1], len(shown)) == (references[0], references[-1], 20)
    assert mail["Auto-Submitted"] == "auto-replied"


def test_a_promotional_mail_is_unsubscribed_from_with_one_click():
    _, mail = built(promotional=True, unsubscribe_url="https://heed.example/p/token/unsubscribe")
    assert mail["List-Unsubscribe"] == "<https://heed.example/p/token/unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Precedence"] == "bulk"


def test_html_comes_beside_the_text():
    _, mail = built(html="<p>尊敬的李伟</p>")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_reply_names_the_message_that_it_is_about():
    header = f"<other@example.com> {to_message_id(MESSAGE, domain='heed.example').upper()} <x@y>"
    assert find_own_ids(header) == [MESSAGE]


@pytest.mark.parametrize("header", ["", "<heed.123@x>", "heed-0195@x", "<heed.01959b3c2a007000800000000000000z@x>"])
def test_other_ids_are_not_ours(header):
    assert find_own_ids(header) == []


def test_an_address_beyond_ascii_is_written_as_it_is():
    raw = build_mail(delivery(address="李伟@例子.example", html="<p>您好</p>"), sender=SENDER, now=NOON)
    mail = email.message_from_bytes(raw, policy=default)
    assert "To: 李伟@例子.example\r\n".encode() in raw
    assert mail["Subject"] == "我们已收到您的投诉"
    assert mail.get_body(("html",)).get_content().strip() == "<p>您好</p>"


@pytest.mark.parametrize("field", ["subject", "in_reply_to", "unsubscribe_url"])
def test_no_value_adds_a_header(field):
    raw, mail = built(**{field: "x\r\nBcc: other@example.com", "promotional": True})
    assert mail["Bcc"] is None
    assert b"\r\nBcc" not in raw


def test_text_in_ascii_is_readable_in_the_mail():
    raw, _ = built(subject="Received", text="Dear Li\nWe will call you.\n")
    assert b"\r\nDear Li\r\nWe will call you.\r\n" in raw
