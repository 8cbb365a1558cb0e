"""Contacts of mails, and no loops between two machines."""

import json
from datetime import timedelta

import pytest
import pytest_asyncio

from heed_common.settings import SettingsError
from heed_complaint.intake.email.service import MAX_LINKS
from heed_complaint.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.complaint.intake.email.mail_gateway import MAIL, make_mail_app, signed

pytestmark = pytest.mark.asyncio

FORM_CONTACTS = [
    ("(010) 8888-8888", "+861088888888"),
    ("１３８００１３８０００", "+8613800138000"),
    ("010-12345678转8001", "+861012345678;ext=8001"),
    ("+1 (555) 123-4567 x12", "+15551234567;ext=12"),
    ("tel:+86-138-0013-8000", "+8613800138000"),
    ("mailto:ana@example.com", "ana@example.com"),
    ("Ana <ana@example.com>", "ana@example.com"),
    ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
    ("ask for Ana at the desk", "ask for Ana at the desk"),
]


@pytest.fixture
def app(complaint_database, clock):
    return make_mail_app(complaint_database, clock, phone_region="CN")


@pytest_asyncio.fixture
async def deliver(app, clock):
    """Sign a mail as the gateway does, a second later each time, and return the result."""
    async with make_client(app) as gateway:

        async def send(number, sender="ana@example.com", **fields):
            clock.advance(timedelta(seconds=1))
            mail = {
                "from": sender,
                "message_id": f"{number}@example.com",
                "subject": "s",
                "text": f"t{number}",
            } | fields
            body = json.dumps(mail).encode()
            answer = await gateway.post(MAIL, content=body, headers=signed(body, at=clock.now()))
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        yield send


async def contact_of(client, complaint_id):
    return (await client.get(f"/v1/complaints/{complaint_id}/contact")).json()["address"]


@pytest.mark.parametrize(("written", "stored"), FORM_CONTACTS)
async def test_the_form_takes_every_contact_and_stores_its_normal_form(client, written, stored):
    form = {"category": "product", "description": "It leaks", "contact": written}
    assert (await client.post("/v1/intake/form", json=form)).status_code == 201
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert await contact_of(client, complaint["id"]) == stored


async def test_the_contact_of_a_form_is_recognised_as_sender_of_a_mail(client, deliver):
    opened = await deliver(1, sender="ana@münchen.example")
    answer = await deliver(2, sender="Ana <ana@XN--MNCHEN-3YA.example>", in_reply_to="1@example.com")
    assert answer["complaint_id"] == opened["complaint_id"]
    (message,) = (await client.get(f"/v1/complaints/{opened['complaint_id']}/messages")).json()["items"]
    assert message["author"] == "customer"


async def test_reply_to_is_the_contact_but_never_an_address_of_the_desk(client, deliver):
    relay = await deliver(1, sender="no-reply@market.example", reply_to="Ana <ana@example.com>")
    group = await deliver(2, reply_to="support@shop.example", recipient="Support@shop.example")
    machine = await deliver(3, reply_to="noreply@example.com")
    found = [await contact_of(client, each["complaint_id"]) for each in (relay, group, machine)]
    assert found == ["ana@example.com"] * 3


async def test_a_reply_to_header_does_not_authenticate_a_stranger(client, deliver):
    opened = await deliver(1)
    await deliver(2, sender="mallory@evil.example", reply_to="ana@example.com", in_reply_to="1@example.com")
    (message,) = (await client.get(f"/v1/complaints/{opened['complaint_id']}/messages")).json()["items"]
    assert (message["visibility"], message["author"]) == ("internal", "desk")


async def test_a_mail_from_the_desk_to_itself_gets_no_link(client, deliver):
    result = await deliver(1, sender="support@shop.example", recipient="support@shop.example")
    assert (result["outcome"], result["status_link"]) == ("opened", None)
    assert await contact_of(client, result["complaint_id"]) is None


async def test_a_machine_without_a_mark_gets_no_more_links_after_a_while(deliver, clock):
    results = [await deliver(number) for number in range(MAX_LINKS + 3)]
    assert [result["status_link"] is not None for result in results] == [True] * MAX_LINKS + [False] * 3
    assert {result["outcome"] for result in results} == {"opened"}
    assert (await deliver(100, sender="bob@example.com"))["status_link"]
    clock.advance(timedelta(hours=1))
    assert (await deliver(101))["status_link"]


async def test_an_automatic_reply_becomes_one_internal_note(client, deliver):
    opened = await deliver(1)
    for _ in range(2):
        ignored = await deliver(2, auto_submitted="auto-replied", in_reply_to=opened["answer_as"])
        assert (ignored["outcome"], ignored["reason"]) == ("ignored", "automatic_reply")
        assert (ignored["complaint_id"], ignored["answer_as"]) == (opened["complaint_id"], None)
    (note,) = (await client.get(f"/v1/complaints/{opened['complaint_id']}/messages")).json()["items"]
    assert (note["visibility"], note["author"], note["by"]) == ("internal", "desk", "intake:mail")
    assert note["text"].startswith("[automatic_reply: auto-submitted]")


async def test_no_attachment_is_lost(client, deliver):
    names = [{"name": f"{number}.png", "media_type": "image/png"} for number in range(25)]
    opened = await deliver(1, attachments=names)
    shown = (await client.get(f"/v1/complaints/{opened['complaint_id']}")).json()["attachments"]
    assert [each["name"] for each in shown] == [f"{number}.png" for number in range(20)]
    assert shown[0]["uri"] == "mail/1@example.com/1"
    (rest,) = (await client.get(f"/v1/complaints/{opened['complaint_id']}/messages")).json()["items"]
    assert [line.partition(" ")[0] for line in rest["text"].splitlines()] == [
        f"{number}.png" for number in range(20, 25)
    ]
    await deliver(2, in_reply_to="1@example.com", attachments=names)
    messages = (await client.get(f"/v1/complaints/{opened['complaint_id']}/messages")).json()["items"]
    assert len(messages[-1]["attachments"]) == 25


@pytest.mark.parametrize("wrong", [{"phone_region": "XX"}, {"phone_region": "cn"}, {"intake_mail_domain": "no domain"}])
async def test_an_invalid_phone_region_or_mail_domain_is_refused_at_startup(wrong):
    with pytest.raises(SettingsError) as refused:
        Settings.load(database_url="postgresql://nobody@127.0.0.1:1/nothing", **wrong)
    assert str(refused.value).startswith(f"HEED_{next(iter(wrong)).upper()}: ")


async def test_ignored_mails_are_listed_with_their_reason(client, deliver):
    opened = await deliver("one")
    await deliver("two", "MAILER-DAEMON@mx.example", subject="Undelivered Mail", in_reply_to="one@example.com")
    await deliver("three", "shop@example.net", headers={"List-Id": "<offers.example.net>"})
    path = "/v1/intake/ignored-mails"
    newest = (await client.get(path, params={"limit": "1"})).json()
    oldest = (await client.get(path, params={"limit": "1", "cursor": newest["next_cursor"]})).json()
    shown = [
        (item["reason"], item["sender"], item["text"], item["complaint_id"])
        for item in newest["items"] + oldest["items"]
    ]
    assert shown == [
        ("mailing_list", "shop@example.net", "tthree", None),
        ("bounce", "MAILER-DAEMON@mx.example", "ttwo", opened["complaint_id"]),
    ]
    assert oldest["next_cursor"] is None
    bounces = (await client.get(path, params={"reason": "bounce"})).json()["items"]
    assert [item["evidence"] for item in bounces] == ["from"]


async def test_ignored_mails_of_confidential_complaints_need_the_scope(app, client, deliver, complaint_database, clock):
    complaint_id = (await deliver("one"))["complaint_id"]
    await deliver("two", "MAILER-DAEMON@mx.example", in_reply_to="one@example.com")
    change = await client.patch(
        f"/v1/complaints/{complaint_id}", json={"confidential": True}, headers={"If-Match": "*"}
    )
    assert change.status_code == 200
    token = await make_token(complaint_database, now=clock.now(), scopes={"complaints:read"})
    async with make_client(app, token) as clerk:
        assert (await clerk.get("/v1/intake/ignored-mails")).json()["items"] == []
    assert len((await client.get("/v1/intake/ignored-mails")).json()["items"]) == 1
