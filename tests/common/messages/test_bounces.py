"""A bounce is recognised in what different servers write, and marks the address only if that is at fault."""

from email.message import EmailMessage
from textwrap import dedent
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.messages.bounces import Bounce, parse_bounce
from heed_common.messages.service import cancel, record_bounce
from tests.common.messages.conftest import smtp
from tests.common.messages.factories import make_message

MESSAGE = UUID("01959b3c-2a00-7000-8000-000000000001")
OWN_ID = f"<heed.{MESSAGE.hex}@heed.example>"


def report(*, action="failed", status="5.1.1", diagnosis="smtp; 550 5.1.1 no such user", original="message/rfc822"):
    """A delivery status notification as Postfix writes it."""
    text = f"""\
        From: MAILER-DAEMON@mx.example (Mail Delivery System)
        Return-Path: <>
        To: service@heed.example
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

        --b1
        Content-Type: text/plain; charset=us-ascii

        I'm sorry to have to inform you that your message could not be delivered.

        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example
        Arrival-Date: Mon, 2 Mar 2026 12:00:00 +0000 (UTC)

        Final-Recipient: rfc822; li@example.com
        Action: {action}
        Status: {status}
        Diagnostic-Code: {diagnosis}

        --b1
        Content-Type: {original}

        From: Heed <service@heed.example>
        To: li@example.com
        Subject: =?utf-8?b?5oiR5Lus?=
        Message-ID: {OWN_ID}

        --b1--
        """
    return dedent(text).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_message_and_the_fault(original):
    assert parse_bounce(report(original=original)) == Bounce(MESSAGE, "5.1.1", True, True)


@pytest.mark.parametrize(
    ("status", "diagnosis", "expected"),
    [
        ("5.2.1", "smtp; 550 5.2.1 mailbox disabled", ("5.2.1", True, True)),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", ("5.2.2", True, False)),
        ("5.7.1", "smtp; 550 5.7.1 rejected by policy", ("5.7.1", True, False)),
        ("4.4.7", "smtp; 451 expired", ("4.4.7", True, False)),
        ("5.0.0", "smtp; 550 no such user here", ("550", True, True)),
        ("5.0.0", "smtp; 550 5.1.1 unknown", ("5.1.1", True, True)),
        ("", "", (None, True, False)),
    ],
)
def test_only_a_bad_address_is_blamed_on_the_address(status, diagnosis, expected):
    bounce = parse_bounce(report(status=status, diagnosis=diagnosis))
    assert (bounce.status, bounce.is_permanent, bounce.is_bad_address) == expected


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_or_a_delivery_is_no_bounce(action):
    assert parse_bounce(report(action=action)) is None


def test_a_report_of_a_mail_that_is_not_ours_is_ignored():
    assert parse_bounce(report().replace(OWN_ID.encode(), b"<someone@else.example>")) is None


def plain(body, **headers):
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


def test_the_plain_text_of_an_old_server_is_read():
    body = f"Hi. This is the qmail-send program.\n<li@example.com>:\n550 no mailbox\n\nMessage-ID: {OWN_ID}\n"
    mail = plain(body, From="MAILER-DAEMON@old.example", Return_Path="<>")
    assert parse_bounce(bytes(mail)) == Bounce(MESSAGE, "550", True, True)


def test_an_answer_of_a_customer_is_no_bounce():
    mail = plain("550 thanks, and 5.1.1 stars!", From="Li <li@example.com>", In_Reply_To=OWN_ID)
    assert parse_bounce(mail) is None


@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 60))
def test_no_mail_is_an_error(noise, position, length):
    raw = report()
    damaged = raw[:position] + noise + raw[position + length :]
    for mail in (noise, damaged):
        assert parse_bounce(mail) is None or isinstance(parse_bounce(mail), Bounce)


@pytest.mark.asyncio
@pytest.mark.parametrize(("is_bad", "state"), [(True, "bounced"), (False, "failed")])
async def test_a_bounce_is_recorded_once_and_published(queue, server, clock, is_bad, state):
    message = make_message()
    await queue.enqueue(message)
    await queue.run(queue.sender(smtp(server, clock)))
    bounce = Bounce(message.id, "5.1.1", True, is_bad)
    async with queue.database.transaction() as session:
        assert await record_bounce(session, bounce, service="complaint", now=clock.now())
        assert not await record_bounce(session, bounce, service="complaint", now=clock.now())
    assert [row.state for row in await queue.rows()] == [state]
    _, failed = await queue.events()
    assert failed["type"] == "heed.message.failed.v1"
    assert (failed["data"]["outcome"], failed["data"]["bounced"]) == (state, is_bad)
    assert failed["aggversion"] == 2


@pytest.mark.asyncio
async def test_a_bounce_of_an_unknown_message_or_a_delay_changes_nothing(queue, clock):
    async with queue.database.transaction() as session:
        for bounce in (Bounce(MESSAGE, "5.1.1", True, True), Bounce(MESSAGE, "4.2.0", False, False)):
            assert not await record_bounce(session, bounce, service="complaint", now=clock.now())


@pytest.mark.asyncio
async def test_a_message_is_cancelled_only_while_it_waits(queue, server, clock):
    sent, waiting = make_message(), make_message()
    await queue.enqueue(sent)
    await queue.run(queue.sender(smtp(server, clock)))
    await queue.enqueue(waiting)
    async with queue.database.transaction() as session:
        ids = [sent.id, waiting.id]
        assert await cancel(session, ids, reason="closed", service="complaint", now=clock.now()) == {waiting.id}
    await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 1
    assert {row.id: row.state for row in await queue.rows()} == {sent.id: "sent", waiting.id: "suppressed"}
