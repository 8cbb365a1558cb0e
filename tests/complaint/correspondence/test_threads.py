"""Messages by mail: they join the customer's thread, and what the customer answers finds its complaint."""

import pytest
import pytest_asyncio

from heed_common.messages.message_ids import to_message_id
from tests.complaint.factories.correspondence import allow_messages, queued

pytestmark = pytest.mark.asyncio


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
