"""Messages by mail: they join the customer's thread, and what the customer answers finds its complaint."""

import os
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.encryption import FieldCipher, parse_keys
from heed_common.key_rotation import rotate
from heed_common.messages.message_ids import to_message_id
from heed_complaint.commands import ROTATIONS
from heed_complaint.intake.email import service as mails
from heed_complaint.intake.email.schemas import MailIn
from heed_complaint.lifecycle.notifications import repository, rules
from heed_complaint.lifecycle.notifications import service as notifications
from tests.complaint.factories.complaints import staged_events
from tests.complaint.factories.correspondence import allow_messages, hand_over, queued, report_sent
from tests.complaint.intake.email.test_receive_mail import mail
from tests.complaint.test_api import opened

pytestmark = pytest.mark.asyncio
OLD_KEYS = parse_keys(os.environ["HEED_CONTACT_KEYS"])


@pytest_asyncio.fixture(autouse=True)
async def _messages_allowed(complaint_database):
    await allow_messages(complaint_database)


async def sent_ids(database):
    return [to_message_id(message["id"], domain="service.example") for message in await queued(database)]


async def test_the_acknowledgement_of_a_mail_answers_it(send_mail, complaint_database):
    result = await send_mail(subject="It does not start")
    (message,) = await queued(complaint_database)
    assert (message["in_reply_to"], message["references"]) == ("<1@mail.example>", ["<1@mail.example>"])
    assert (message["address"], message["customer_id"]) == ("anna@example.org", None)
    assert message["params"]["thread_subject"] == "Re: It does not start"
    assert result["status_link"] is None, "the gateway sends no receipt of its own"


async def test_the_answer_to_a_message_reaches_its_complaint(client, send_mail, complaint_database):
    result = await send_mail()
    (sent,) = await sent_ids(complaint_database)
    answer = await send_mail(2, in_reply_to=sent, references=f"<1@mail.example> {sent}", text="Thank you")
    assert (answer["outcome"], answer["complaint_id"]) == ("answered", result["complaint_id"])
    texts = (await client.get(f"/v1/complaints/{result['complaint_id']}/messages")).json()["items"]
    assert [message["author"] for message in texts] == ["desk", "customer"]


async def test_the_next_message_joins_the_thread_of_the_answer(client, send_mail, complaint_database):
    result = await send_mail()
    await send_mail(2, in_reply_to="<1@mail.example>", text="Is there any news?")
    path = f"/v1/complaints/{result['complaint_id']}/messages"
    await client.post(path, json={"visibility": "customer", "text": "Not yet"})
    reply = (await queued(complaint_database))[-1]
    assert reply["in_reply_to"] == "<2@mail.example>"
    assert reply["references"] == ["<1@mail.example>", "<2@mail.example>"]


async def test_a_message_of_ours_that_comes_back_opens_nothing(send_mail, complaint_database):
    await send_mail()
    (sent,) = await queued(complaint_database)
    back = await send_mail(f"heed.{sent['id'].hex}")
    assert (back["outcome"], back["reason"]) == ("ignored", "own_message")


async def test_a_machine_that_answers_every_acknowledgement_gets_no_more_of_them(client, send_mail, complaint_database):
    results = [await send_mail(number, text=f"Ticket {number} was created") for number in range(1, 14)]
    assert len(await queued(complaint_database)) == 10
    assert {result["outcome"] for result in results} == {"opened"}
    last = (await client.get(f"/v1/complaints/{results[-1]['complaint_id']}")).json()
    states = {clock["milestone"]: clock["state"] for clock in last["sla"]}
    assert (states["acknowledgement"], states["progress"]) == ("cancelled", "cancelled")


async def test_a_form_with_a_mail_address_is_acknowledged_there(anonymous, complaint_database):
    form = {"category": "product", "description": "It leaks", "contact": "li@example.cn", "language": "zh"}
    assert (await anonymous.post("/v1/intake/form", json=form)).status_code == 201
    (message,) = await queued(complaint_database)
    assert (message["address"], message["language"]) == ("li@example.cn", "zh")
    assert message["params"]["contact_by"] == "2026年3月2日 21:00"


@pytest.mark.parametrize("contact", ["+86 138 0013 8000", None])
async def test_a_form_without_a_mail_address_has_no_acknowledgement(anonymous, client, complaint_database, contact):
    form = {"category": "product", "description": "It leaks"} | ({"contact": contact} if contact else {})
    assert (await anonymous.post("/v1/intake/form", json=form)).status_code == 201
    assert await queued(complaint_database) == []
    (item,) = (await client.get("/v1/complaints")).json()["items"]
    complaint = item.get("complaint", item)
    assert "acknowledgement" not in {clock["milestone"] for clock in complaint["sla"]}


async def test_a_reply_from_the_address_to_which_a_message_was_sent_is_the_customers(client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    async with complaint_database.transaction() as session:
        await notifications.ensure_reply_key(session, former_key=None)
    await hand_over(complaint_database, message["id"], address="Anna@Example.org", now=clock.now())
    for sender, visibility in (("anna@example.org", "customer"), ("other@example.org", "internal")):
        await reply(complaint_database, message["id"], sender, now=clock.now())
        assert await last_visibility(client, complaint) == visibility


async def reply(database, message_id, sender, *, now):
    in_reply_to = to_message_id(message_id, domain="service.example")
    body = mail(f"<{uuid4()}@mail.example>", **{"from": sender}, in_reply_to=in_reply_to, text="Thank you")
    async with database.transaction() as session:
        document = MailIn.model_validate(body).to_domain()
        await mails.receive_mail(session, mail=document, currency="USD", link_days=180, now=now)


async def last_visibility(client, complaint):
    return (await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"][-1]["visibility"]


async def test_replies_to_older_mails_are_recognised_after_a_rotation(app, client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    async with complaint_database.transaction() as session:
        await notifications.ensure_reply_key(session, former_key=None)
    await hand_over(complaint_database, message["id"], address="anna@example.org", now=clock.now())
    reports = await rotate(complaint_database, ROTATIONS, FieldCipher([b"n" * 32, *OLD_KEYS]))
    assert all(report.is_complete for report in reports.values())
    app.state.cipher = complaint_database.cipher = FieldCipher([b"n" * 32])
    await reply(complaint_database, message["id"], "anna@example.org", now=clock.now())
    assert await last_visibility(client, complaint) == "customer"


async def test_replies_to_mails_from_before_there_was_a_key_are_recognised(client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    token, address = "t" * 32, "anna@example.org"
    async with complaint_database.transaction() as session:
        await repository.set_recipients(session, {message["id"]: rules.recipient_hash(token, address)})
        await notifications.ensure_reply_key(session, former_key=token)
    async with complaint_database.transaction() as session:
        await notifications.ensure_reply_key(session, former_key="another token")
    await reply(complaint_database, message["id"], address, now=clock.now())
    assert await last_visibility(client, complaint) == "customer"


async def test_without_a_key_that_decrypts_the_reply_key_messages_are_sent_and_replies_are_notes(
    app, client, complaint_database, clock
):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    async with complaint_database.transaction() as session:
        await notifications.ensure_reply_key(session, former_key=None)
    app.state.cipher = complaint_database.cipher = FieldCipher([b"l" * 32])
    await hand_over(complaint_database, message["id"], address="anna@example.org", now=clock.now())
    await reply(complaint_database, message["id"], "anna@example.org", now=clock.now())
    assert await last_visibility(client, complaint) == "internal"


DSN = """\
From: Mail Delivery System <mailer-daemon@mx.example>
To: service@service.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{number}@mx.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna@example.org
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: We have received your complaint

--b--
"""


async def return_mail(send_mail, message, *, action="failed", status="5.1.1", number=1):
    message_id = to_message_id(message["id"], domain="service.example")
    return await send_mail(
        f"outer-{number}", raw=DSN.format(number=number, action=action, status=status, message_id=message_id)
    )


async def mark_sent(database, message, now):
    async with database.transaction() as session:
        statement = "UPDATE outgoing_message SET state = 'sent', sent_at = :now, ended_at = :now WHERE id = :id"
        await session.execute(text(statement), {"id": message["id"], "now": now})
    await report_sent(database, message["id"], now=now)


async def test_a_message_that_comes_back_is_shown_as_bounced_and_opens_nothing(
    client, send_mail, complaint_database, clock
):
    complaint = await send_mail()
    (message,) = await queued(complaint_database)
    await mark_sent(complaint_database, message, clock.now())
    returned = await return_mail(send_mail, message)
    assert (returned["outcome"], returned["reason"]) == ("ignored", "bounce")
    assert returned["complaint_id"] == complaint["complaint_id"]
    messages = (await client.get(f"/v1/complaints/{complaint['complaint_id']}/messages")).json()["items"]
    assert [(each["delivery"] or {}).get("state") for each in messages] == ["bounced", None]
    async with complaint_database.transaction() as session:
        (failed,) = [event.data for event in await staged_events(session) if "message.failed" in event.type]
    assert (failed["outcome"], failed["bounced"], failed["message_id"]) == ("bounced", True, str(message["id"]))
    assert "anna" not in str(failed)


async def test_a_delay_is_no_bounce_and_a_repeated_bounce_counts_once(client, send_mail, complaint_database, clock):
    complaint = await send_mail()
    (message,) = await queued(complaint_database)
    await mark_sent(complaint_database, message, clock.now())
    path = f"/v1/complaints/{complaint['complaint_id']}/messages"
    await return_mail(send_mail, message, action="delayed", status="4.4.1")
    assert (await client.get(path)).json()["items"][0]["delivery"]["state"] == "sent"
    for number in (2, 2, 3):
        await return_mail(send_mail, message, number=number)
    async with complaint_database.transaction() as session:
        failed = [event for event in await staged_events(session) if "message.failed" in event.type]
    assert len(failed) == 1
