"""Mails from a gateway open complaints and add replies."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import SecretStr

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.intake.email.rules import sign
from heed_complaint.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token

pytestmark = pytest.mark.asyncio

MAIL = "/v1/intake/mail"
SHARED = "a secret that only the mail gateway has"
JSON = {"Content-Type": "application/json"}
BAD = [
    ({"from": None}, "/from"),
    ({"message_id": None}, "/message_id"),
    ({"message_id": ""}, "/message_id"),
    ({"category": "weather"}, "/category"),
    ({"severity": "awful"}, "/severity"),
    ({"customer_id": "somebody"}, "/customer_id"),
    ({"text": ["a"]}, "/text"),
    ({"text": "a\x00b"}, "/text"),
    ({"references": {"a": 1}}, "/references"),
]


@pytest.fixture
def app(complaint_database, clock):
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", intake_mail_secret=SecretStr(SHARED))
    return laid_out(create_app(settings, Resources(complaint_database, clock, Metrics("complaint"))))


@pytest_asyncio.fixture
async def client(app, complaint_database, clock):
    async with make_client(app, await make_token(complaint_database, now=clock.now())) as client:
        yield client


@pytest_asyncio.fixture
async def gateway(app, clock):
    """A gateway that signs its requests, each a second later."""
    async with make_client(app) as anonymous:

        async def hand_over(mail=None, *, raw=None, at=None, secret=SHARED, **headers):
            clock.advance(timedelta(seconds=1))
            body = raw if raw is not None else json.dumps(mail).encode()
            timestamp = str(int((at or clock.now()).timestamp()))
            signed = {
                "Heed-Timestamp": timestamp,
                "Heed-Signature": f"v1={sign(secret, timestamp=timestamp, body=body).hex()}",
            }
            return await anonymous.post(MAIL, content=body, headers=JSON | signed | headers)

        yield hand_over


def mail(message_id="<1@mail.example>", **overrides):
    given = {
        "from": "Anna Berg <anna@example.org>",
        "subject": "My bill",
        "text": "Charged twice.",
        "message_id": message_id,
    } | overrides
    return {name: value for name, value in given.items() if value is not None}


async def complaints(client):
    return (await client.get("/v1/complaints")).json()["items"]


async def messages(client, complaint_id):
    return (await client.get(f"/v1/complaints/{complaint_id}/messages")).json()["items"]


async def test_a_mail_opens_a_complaint_of_an_unknown_customer(client, gateway):
    answer = await gateway(mail())
    assert answer.status_code == 201, answer.text
    delivered = answer.json()
    (complaint,) = await complaints(client)
    assert (delivered["outcome"], delivered["complaint_id"]) == ("opened", complaint["id"])
    assert (complaint["channel"], complaint["category"], complaint["customer_id"]) == ("mail", "other", None)
    assert complaint["description"] == "My bill\n\nCharged twice."
    contact = (await client.get(f"/v1/complaints/{complaint['id']}/contact")).json()
    assert contact == {"name": "Anna Berg", "address": "anna@example.org", "language": "en"}
    assert (await client.get(delivered["status_link"])).status_code == 200
    assert answer.headers["heed-event"]


async def test_rules_of_the_gateway_may_set_category_and_customer(client, gateway):
    customer = "01954f9e-7e3a-7000-8000-000000000001"
    await gateway(mail(category="billing.refund", severity="critical", customer_id=customer, spam_score=0.1))
    (complaint,) = await complaints(client)
    assert (complaint["category"], complaint["severity"], complaint["customer_id"]) == (
        *("billing.refund", "critical", customer),
    )


async def test_a_repeated_delivery_of_a_mail_changes_nothing(client, gateway):
    first, second = (await gateway(mail())).json(), (await gateway(mail(text="Charged  twice.\r\n"))).json()
    assert (second["outcome"], second["complaint_id"]) == ("opened", first["complaint_id"])
    assert len(await complaints(client)) == 1
    await gateway(mail("<2@mail.example>", in_reply_to="<1@mail.example>"))
    again = await gateway(mail("<2@mail.example>", in_reply_to="<1@mail.example>"))
    assert (again.status_code, again.json()["outcome"]) == (200, "answered")
    assert len(await messages(client, first["complaint_id"])) == 1


@pytest.mark.parametrize("other", [{"from": "mallory@evil.example"}, {"text": "Other words"}, {"subject": "Other"}])
async def test_a_reused_message_id_with_other_content_opens_another_complaint(client, gateway, other):
    first = (await gateway(mail())).json()
    second = await gateway(mail(**other))
    assert (second.status_code, second.json()["outcome"]) == (201, "opened")
    assert second.json()["complaint_id"] != first["complaint_id"]
    shown = await client.get(f"/v1/complaints/{second.json()['complaint_id']}")
    expected = mail(**other)
    assert shown.json()["description"] == f"{expected['subject']}\n\n{expected['text']}"
    again = await gateway(mail(**other))
    assert again.json()["complaint_id"] == second.json()["complaint_id"]
    assert len(await complaints(client)) == 2


async def test_a_sender_gets_no_link_to_the_complaint_of_another_sender(client, gateway):
    delivered = (await gateway(mail())).json()
    attempts = [
        mail(**{"from": "mallory@evil.example"}),
        mail(**{"from": "mallory@evil.example", "text": "Let me in"}),
        mail("<2@evil.example>", **{"from": "mallory@evil.example"}, in_reply_to="<1@mail.example>"),
        mail(
            "<3@evil.example>", **{"from": "mallory@evil.example"}, in_reply_to=f"<{delivered['answer_as']}crm.example>"
        ),
    ]
    for attempt in attempts:
        got = (await gateway(attempt)).json()
        assert got["status_link"] is None or got["complaint_id"] != delivered["complaint_id"]


async def test_a_reply_with_a_reused_message_id_is_not_lost(client, gateway):
    opened = (await gateway(mail())).json()["complaint_id"]
    await gateway(mail("<2@mail.example>", in_reply_to="<1@mail.example>", text="First"))
    again = await gateway(mail("<2@mail.example>", in_reply_to="<1@mail.example>", text="Second"))
    assert (again.json()["outcome"], again.json()["complaint_id"]) == ("answered", opened)
    assert [message["text"] for message in await messages(client, opened)] == ["First", "Second"]


async def test_a_mail_with_a_message_id_of_heed_gives_no_access(client, gateway):
    delivered = (await gateway(mail())).json()
    ours = f"<{delivered['answer_as']}>"
    trap = (await gateway(mail(ours, **{"from": "mallory@evil.example"}, text="A trap"))).json()
    answer = (await gateway(mail("<9@mail.example>", in_reply_to=ours, text="My secret"))).json()
    assert (trap["outcome"], trap["reason"], trap["complaint_id"]) == ("ignored", "own_message", None)
    assert answer["complaint_id"] == delivered["complaint_id"]
    assert len(await complaints(client)) == 1


async def test_a_reply_is_stored_with_its_complaint(client, gateway):
    opened = (await gateway(mail())).json()["complaint_id"]
    second = await gateway(mail("<2@mail.example>", in_reply_to="<1@mail.example>", text="And a third time!"))
    assert (second.status_code, second.json()["complaint_id"]) == (200, opened)
    references = "<0@other.example> <2@mail.example>"
    third = await gateway(mail("<3@mail.example>", references=references, text="Are you there?"))
    assert third.json() | {"complaint_id": opened} == third.json()
    written = await messages(client, opened)
    assert [message["text"] for message in written] == ["And a third time!", "Are you there?"]
    assert {(message["author"], message["visibility"], message["by"]) for message in written} == {
        ("customer", "customer", None)
    }
    assert len(await complaints(client)) == 1


async def test_a_reply_to_a_message_of_heed_names_its_complaint(client, gateway):
    delivered = (await gateway(mail())).json()
    ours = f"<{delivered['answer_as']}crm.example>"
    answer = await gateway(mail("<9@mail.example>", in_reply_to=ours))
    assert (answer.json()["outcome"], answer.json()["complaint_id"]) == ("answered", delivered["complaint_id"])
    unknown = f"<heed-{UUID(int=7)}@crm.example>"
    other = await gateway(mail("<10@mail.example>", in_reply_to=unknown))
    assert other.json()["outcome"] == "opened"


async def test_a_reply_from_another_address_becomes_an_internal_note(client, gateway):
    delivered = (await gateway(mail())).json()
    await gateway(mail("<2@mail.example>", **{"from": "mallory@evil.example"}, in_reply_to="<1@mail.example>"))
    (note,) = await messages(client, delivered["complaint_id"])
    assert (note["visibility"], note["author"], note["by"]) == ("internal", "desk", "intake:mail")
    assert note["text"] == "mallory@evil.example\n\nMy bill\n\nCharged twice."
    page = await client.get(delivered["status_link"], headers={"Accept": "application/json"})
    assert page.json()["messages"] == []


async def test_the_end_of_a_long_mail_becomes_an_internal_note(client, gateway):
    delivered = (await gateway(mail(subject="", text="a" * 10_000 + "b" * 500_000))).json()
    (complaint,) = await complaints(client)
    assert complaint["description"] == "a" * 10_000
    (rest,) = await messages(client, delivered["complaint_id"])
    assert (rest["visibility"], rest["text"]) == ("internal", "b" * 500_000)


async def test_a_mail_without_text_opens_a_complaint(client, gateway):
    assert (await gateway(mail(subject=" ", text=None))).status_code == 201
    assert (await complaints(client))[0]["description"] == "(…)"


async def test_automatic_replies_open_no_complaint(client, gateway):
    answer = await gateway(mail(auto_submitted="auto-replied"))
    assert (answer.status_code, answer.json()["outcome"], answer.json()["complaint_id"]) == (200, "ignored", None)
    assert await complaints(client) == []
    assert (await gateway(mail(auto_submitted="no"))).status_code == 201


async def test_a_wrong_signature_is_refused(client, gateway):
    for headers in (
        {"Heed-Signature": ""},
        {"Heed-Signature": "v1=" + "0" * 64},
        {"Heed-Signature": "0" * 64},
        {"Heed-Timestamp": ""},
        {"Heed-Timestamp": "now"},
        {"Heed-Timestamp": "-1"},
        {"Heed-Timestamp": "9" * 30},
    ):
        refused = await gateway(mail(), **headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "signature_invalid"), headers
    other = await gateway(mail(), secret="another secret, long enough to be one")  # noqa: S106 it opens nothing
    assert other.status_code == 401
    assert await complaints(client) == []


async def test_a_changed_body_is_refused(client, gateway):
    signed = await gateway(mail())
    headers = {name: signed.request.headers[name] for name in ("heed-timestamp", "heed-signature")}
    changed = await client.post(MAIL, content=json.dumps(mail("<2@x>")).encode(), headers=JSON | headers)
    assert (changed.status_code, changed.json()["code"]) == (401, "signature_invalid")


async def test_a_signature_is_valid_for_five_minutes_before_and_after(client, gateway, clock):
    for minutes in (-6, 6):
        refused = await gateway(mail(), at=clock.now() + timedelta(minutes=minutes))
        assert (refused.status_code, refused.json()["code"]) == (401, "signature_expired")
    assert await complaints(client) == []
    assert (await gateway(mail(), at=clock.now() - timedelta(minutes=4))).status_code == 201


async def test_a_signature_is_accepted_once(client, gateway):
    first = await gateway(mail())
    headers = {name: first.request.headers[name] for name in ("heed-timestamp", "heed-signature")}
    again = await client.post(MAIL, content=first.request.content, headers=JSON | headers)
    assert (again.status_code, again.json()["code"]) == (409, "mail_replayed")
    with_key = await client.post(MAIL, content=first.request.content, headers=JSON | headers | {"Idempotency-Key": "k"})
    assert with_key.status_code == 409


async def test_a_refused_mail_may_be_delivered_again_with_its_signature(client, gateway):
    refused = await gateway(mail(category="weather"))
    assert refused.status_code == 422
    headers = {name: refused.request.headers[name] for name in ("heed-timestamp", "heed-signature")}
    again = await client.post(MAIL, content=refused.request.content, headers=JSON | headers)
    assert again.status_code == 422


@pytest.mark.parametrize(("overrides", "pointer"), BAD)
async def test_an_invalid_mail_is_refused_with_a_pointer(client, gateway, overrides, pointer):
    answer = await gateway(mail(**overrides))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await complaints(client) == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b'{"from": "a@b", "message_id": "<1>", "text": "\\ud800"}', 422),
        (b'{"text": "' + b"x" * 1_048_576 + b'"}', 413),
    ],
)
async def test_hostile_bodies_are_refused_with_a_problem(client, gateway, raw, status):
    answer = await gateway(raw=raw)
    assert answer.status_code == status
    assert await complaints(client) == []


async def test_a_mail_with_an_unreadable_sender_opens_a_complaint(client, gateway):
    assert (await gateway(mail() | {"from": "(" * 2000})).status_code == 201
    (complaint,) = await complaints(client)
    assert complaint["description"] == "My bill\n\nCharged twice."


async def test_without_a_secret_mail_intake_is_off(complaint_database, clock):
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    app = laid_out(create_app(settings, Resources(complaint_database, clock, Metrics("complaint"))))
    async with make_client(app) as anonymous:
        answer = await anonymous.post(MAIL, json=mail(), headers={"Heed-Signature": "v1=" + "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_intake_off")
    assert "HEED_INTAKE_MAIL_SECRET" in answer.json()["detail"]
