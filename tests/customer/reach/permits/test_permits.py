import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.contracts.message import (
    ComplaintMessageFailed,
    ComplaintMessageSent,
    ContactChannel,
    ContactPurpose,
    MessageOutcome,
)
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_customer.handlers import process_batch
from heed_customer.reach.permits import service
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.rules import Budget, PermitRequest, Refusal, RefusalReason
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.events import received
from tests.conftest import NOON
from tests.customer.factories import merge, put_consent, register, staged

pytestmark = pytest.mark.asyncio
ADDRESS = "li.wei@example.com"
CONCURRENT = 50


async def add_contact(client, customer_id: UUID, **overrides: Any) -> str:
    body = {"kind": "mail", "value": ADDRESS} | overrides
    response = await client.post(f"/v1/customers/{customer_id}/contacts", json=body)
    assert response.status_code in (200, 201), response.text
    return response.json()["id"]


async def permit(client, customer_id: UUID, purpose: str = "service", **overrides: Any) -> dict[str, Any]:
    body = {"customer_id": str(customer_id), "purpose": purpose, "channels": ["mail"]} | overrides
    response = await client.post("/v1/contacts:permit", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def log_of(client, customer_id: UUID, **filters: str) -> list[dict[str, Any]]:
    response = await client.get(f"/v1/customers/{customer_id}/messages", params=filters)
    assert response.status_code == 200, response.text
    return response.json()["items"]


@pytest_asyncio.fixture
async def customer(client) -> UUID:
    """A customer with a mail address who granted marketing and surveys over it."""
    customer_id = await register(client, language="zh-CN", time_zone="Asia/Shanghai")
    await add_contact(client, customer_id)
    for purpose in ("marketing", "survey"):
        await put_consent(client, customer_id, purpose, "mail")
    return customer_id


async def test_a_permit_carries_the_address_and_is_logged_without_it(client, customer, customer_database):
    granted = await permit(
        client, customer, template="acknowledgement", about={"type": "complaint", "id": str(uuid4())}
    )
    assert granted["allowed"]
    assert (granted["channel"], granted["address"], granted["language"]) == ("mail", ADDRESS, "zh-CN")
    assert (granted["time_zone"], granted["send_after"]) == ("Asia/Shanghai", "2026-03-02T12:00:00.000000Z")
    (entry,) = await log_of(client, customer)
    assert (entry["id"], entry["state"], entry["template"]) == (granted["permit_id"], "queued", "acknowledgement")
    async with customer_database.transaction() as session:
        rows = [str(row) for row in await session.execute(text("SELECT * FROM contact_log"))]
    assert len(rows) == 1
    assert ADDRESS not in rows[0]


async def test_refusals_name_their_reason_and_are_logged(client, customer, customer_database):
    async with customer_database.transaction() as session:
        await session.execute(
            text("INSERT INTO complaint (id, customer_id, is_open) VALUES (:id, :customer_id, true)"),
            {"id": uuid4(), "customer_id": customer},
        )
    other = await register(client)
    refused = [
        await permit(client, customer, "marketing", channels=["sms"]),
        await permit(client, other, "service"),
        await permit(client, customer, "marketing"),
        await permit(client, customer, "survey"),
        await permit(client, customer, "service", promotional=True),
    ]
    await put_consent(client, customer, "service", "mail", granted=False)
    refused.append(await permit(client, customer))
    assert [answer["reason"] for answer in refused] == [
        "no_consent", "no_contact", "complaint_open", "complaint_open", "complaint_open", "opted_out"
    ]  # fmt: skip
    logged = await log_of(client, customer, state="suppressed")
    assert [entry["reason"] for entry in logged] == [
        "opted_out", "complaint_open", "complaint_open", "complaint_open", "no_consent"
    ]  # fmt: skip


async def test_a_bounced_address_is_not_used(client, customer, customer_database):
    async with customer_database.transaction() as session:
        await session.execute(text("UPDATE contact SET state = 'bounced'"))
    assert (await permit(client, customer))["reason"] == "bounced"


async def test_an_erased_customer_is_never_contacted(client, customer, customer_database):
    async with customer_database.transaction() as session:
        await session.execute(
            text("INSERT INTO erased (customer_id, erased_at) VALUES (:id, :at)"), {"id": customer, "at": NOON}
        )
    assert (await permit(client, customer))["reason"] == "erased"


async def test_the_budget_is_used_up_and_states_when_it_is_not(client, customer, clock):
    for number in range(4):
        assert (await permit(client, customer, "marketing"))["allowed"], number
        clock.advance(timedelta(days=1))
    refused = await permit(client, customer, "marketing")
    assert (refused["reason"], refused["retry_at"]) == ("budget", "2026-04-01T12:00:00.000000Z")
    assert (await permit(client, customer, "survey"))["allowed"]
    assert (await permit(client, customer))["allowed"]
    clock.advance(timedelta(days=26))
    assert (await permit(client, customer, "marketing"))["allowed"]
    assert not (await permit(client, customer, "marketing"))["allowed"]


async def test_promotional_messages_of_service_use_the_budget_of_marketing(client, customer):
    for _ in range(4):
        assert (await permit(client, customer, promotional=True))["allowed"]
    assert (await permit(client, customer, "marketing"))["reason"] == "budget"


async def test_a_family_has_one_budget_and_receives_the_same_material_once(client, customer):
    duplicate = await register(client)
    assert (await permit(client, customer, "marketing", dedupe_key="spring"))["allowed"]
    await merge(client, duplicate, into=customer)
    assert (await permit(client, duplicate, "marketing", dedupe_key="spring"))["reason"] == "duplicate"
    for _ in range(3):
        assert (await permit(client, duplicate, "marketing"))["allowed"]
    assert (await permit(client, customer, "marketing"))["reason"] == "budget"
    assert len(await log_of(client, duplicate)) == 6


async def test_the_same_message_counts_once_and_is_decided_again(client, customer):
    message_id = str(new_id())
    first = await permit(client, customer, "marketing", message_id=message_id, dedupe_key="spring")
    again = await permit(client, customer, "marketing", message_id=message_id, dedupe_key="spring")
    assert first | {"preferences_url": None, "unsubscribe_url": None} == again
    for _ in range(3):
        assert (await permit(client, customer, "marketing"))["allowed"]
    assert (await permit(client, customer, "marketing", message_id=message_id))["allowed"]
    await put_consent(client, customer, "marketing", "mail", granted=False)
    refused = await permit(client, customer, "marketing", message_id=message_id)
    assert (refused["reason"], refused["permit_id"]) == ("opted_out", first["permit_id"])
    entries = {entry["id"]: entry["state"] for entry in await log_of(client, customer)}
    assert len(entries) == 4
    assert entries[first["permit_id"]] == "suppressed"


async def test_a_message_that_is_permitted_later_uses_the_budget_from_then_on(client, customer, clock):
    message_id = str(new_id())
    await put_consent(client, customer, "survey", "mail", granted=False)
    assert not (await permit(client, customer, "survey", message_id=message_id))["allowed"]
    clock.advance(timedelta(days=29))
    await put_consent(client, customer, "survey", "mail")
    assert (await permit(client, customer, "survey", message_id=message_id))["allowed"]
    clock.advance(timedelta(days=2))
    assert (await permit(client, customer, "survey"))["allowed"]
    assert (await permit(client, customer, "survey"))["reason"] == "budget"


async def test_an_idempotency_key_names_the_message_and_no_address_is_stored(client, customer, customer_database):
    body = {"customer_id": str(customer), "purpose": "survey", "channels": ["mail"]}
    answers = [
        await client.post("/v1/contacts:permit", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(3)
    ]
    assert len({answer.json()["permit_id"] for answer in answers}) == 1
    async with customer_database.transaction() as session:
        assert not (await session.execute(text("SELECT * FROM idempotency"))).all()


async def test_a_message_to_another_customer_is_a_conflict(client, customer):
    message_id = str(new_id())
    await permit(client, customer, message_id=message_id)
    body = {"customer_id": str(await register(client)), "purpose": "service", "channels": ["mail"]}
    response = await client.post("/v1/contacts:permit", json=body | {"message_id": message_id})
    assert (response.status_code, response.json()["code"]) == (409, "message_of_another")


async def test_surveys_wait_for_the_morning_of_the_customer(client, customer, clock):
    clock.advance(timedelta(hours=2))  # 22:00 in Shanghai
    assert (await permit(client, customer, "survey"))["send_after"] == "2026-03-03T00:00:00.000000Z"
    assert (await permit(client, customer))["send_after"] == "2026-03-02T14:00:00.000000Z"


async def test_only_the_given_contact_is_used(client, customer):
    second = await add_contact(client, customer, value="wei@example.org")
    assert (await permit(client, customer, contact_id=second))["address"] == "wei@example.org"
    assert (await permit(client, customer, contact_id=str(uuid4())))["reason"] == "no_contact"


@pytest_asyncio.fixture
async def fifty_connections(customer_database):
    """A database of the service that opens a connection for each of fifty transactions."""
    database = Database(customer_database.url.render_as_string(hide_password=False), pool_size=CONCURRENT)
    yield database
    await database.close()


async def ask_together(database: Database, requests: Sequence[PermitRequest], cipher) -> list[str | None]:
    """Request permits in as many transactions, which begin together. Return the reasons of refusals."""
    policy = ContactPolicy({ContactPurpose.MARKETING: Budget(4, 30)}, None, ZoneInfo("UTC"))
    all_connected = asyncio.Barrier(len(requests))

    async def ask(request: PermitRequest) -> str | None:
        async with database.transaction() as session:
            await session.connection()
            await all_connected.wait()
            permitted = await service.request_permit(session, request=request, policy=policy, cipher=cipher, now=NOON)
        return permitted.decision.reason if isinstance(permitted.decision, Refusal) else None

    return await asyncio.gather(*(ask(request) for request in requests))


@pytest.mark.slow
async def test_fifty_concurrent_requests_do_not_overshoot_the_budget(client, app, customer, fifty_connections):
    duplicate = await register(client)
    await merge(client, duplicate, into=customer)
    requests = [
        PermitRequest(member, ContactPurpose.MARKETING, (ContactChannel.MAIL,))
        for member in [customer, duplicate] * (CONCURRENT // 2)
    ]
    reasons = await ask_together(fifty_connections, requests, app.state.cipher)
    assert Counter(reasons) == {None: 4, RefusalReason.BUDGET: CONCURRENT - 4}
    assert len(await log_of(client, customer, state="queued")) == 4
    assert fifty_connections.engine.pool.checkedin() == CONCURRENT


@pytest.mark.slow
async def test_of_fifty_concurrent_requests_for_the_same_material_one_is_permitted(
    client, app, customer, fifty_connections
):
    requests = [
        PermitRequest(customer, ContactPurpose.SERVICE, (ContactChannel.MAIL,), dedupe_key="recall-7")
        for _ in range(CONCURRENT)
    ]
    reasons = await ask_together(fifty_connections, requests, app.state.cipher)
    assert Counter(reasons) == {None: 1, RefusalReason.DUPLICATE: CONCURRENT - 1}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"channels": []}, "/channels"),
    ({"channels": ["fax"]}, "/channels/0"),
    ({"channels": "mail"}, "/channels"),
    ({"purpose": "gossip"}, "/purpose"),
    ({"purpose": "sensitive"}, "/purpose"),
    ({"dedupe_key": " "}, "/dedupe_key"),
    ({"message_id": "7"}, "/message_id"),
    ({"about": {"type": "complaint"}}, "/about/id"),
    ({"customer_id": str(uuid4())}, "/customer_id"),
    ({"address": "x"}, "/address"),
]


@pytest.mark.parametrize(("overrides", "pointer"), INVALID, ids=[pointer for _, pointer in INVALID])
async def test_an_invalid_request_is_a_problem_with_a_pointer_and_nothing_is_logged(
    client, customer, overrides, pointer
):
    body = {"customer_id": str(customer), "purpose": "service", "channels": ["mail"]} | overrides
    response = await client.post("/v1/contacts:permit", json=body)
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
    assert (await client.get("/v1/messages")).json()["items"] == []


async def test_a_permit_needs_the_scope_of_contacts_and_the_log_that_of_customers(app, customer_database, customer):
    token = await make_token(customer_database, now=NOON, scopes={"customers:read"})
    async with make_client(app, token) as clerk:
        body = {"customer_id": str(customer), "purpose": "service", "channels": ["mail"]}
        assert (await clerk.post("/v1/contacts:permit", json=body)).status_code == 403
        assert (await clerk.get("/v1/messages")).status_code == 200
        assert (await clerk.get(f"/v1/customers/{customer}/messages")).status_code == 200


def sent(customer_id: UUID, message_id: UUID, **overrides: Any) -> ComplaintMessageSent:
    fields = {"purpose": "service", "channel": "mail", "template": "acknowledgement", "occurred_at": NOON}
    return ComplaintMessageSent(customer_id=customer_id, message_id=message_id, **fields | overrides)


def failed(
    customer_id: UUID, message_id: UUID, outcome: MessageOutcome, reason: str, **overrides: Any
) -> ComplaintMessageFailed:
    fields = sent(customer_id, message_id).model_dump() | overrides
    return ComplaintMessageFailed(**fields, outcome=outcome, reason=reason)


async def test_the_log_follows_the_events_of_messages_in_any_order(client, customer, customer_database):
    bounced, delivered, unlogged = new_id(), new_id(), new_id()
    await permit(client, customer, message_id=str(bounced))
    await permit(client, customer, message_id=str(delivered))
    batch = [
        received(failed(customer, bounced, MessageOutcome.BOUNCED, "undeliverable"), aggversion=2),
        received(sent(customer, bounced), aggversion=1),
        received(sent(customer, unlogged), aggversion=1),
        received(sent(customer, delivered), aggversion=1),
    ]
    for events in ([batch[0], batch[2]], batch[1:2], batch[3:], batch):
        async with customer_database.transaction() as session:
            await process_batch(session, events, NOON)
    entries = {entry["message_id"]: entry for entry in await log_of(client, customer)}
    assert {message_id: entry["state"] for message_id, entry in entries.items()} == {
        str(bounced): "bounced", str(delivered): "sent", str(unlogged): "sent"
    }  # fmt: skip
    assert (entries[str(bounced)]["reason"], entries[str(bounced)]["service"]) == ("undeliverable", "complaint")
    assert [entry["message_id"] for entry in await log_of(client, customer, state="bounced")] == [str(bounced)]


async def test_an_address_that_does_not_exist_is_not_used_again(client, customer, customer_database):
    granted = await permit(client, customer, message_id=str(new_id()))
    bounce = failed(
        customer, new_id(), MessageOutcome.BOUNCED, "undeliverable", contact_id=granted["contact_id"], bounced=True
    )
    for _ in range(2):
        async with customer_database.transaction() as session:
            await process_batch(session, [received(bounce, aggversion=2)], NOON)
    assert (await permit(client, customer))["reason"] == "bounced"
    changes = [event.data["change"] for event in await staged(customer_database, "heed.contact.changed")]
    assert changes == ["created", "bounced"]


async def test_what_did_not_reach_the_customer_uses_no_budget(client, customer, customer_database):
    messages = [new_id() for _ in range(2)]
    for message_id in messages:
        assert (await permit(client, customer, "survey", message_id=str(message_id), dedupe_key=str(message_id)))[
            "allowed"
        ]
    assert (await permit(client, customer, "survey"))["reason"] == "budget"
    event = received(failed(customer, messages[0], MessageOutcome.FAILED, "no_transport"), aggversion=1)
    async with customer_database.transaction() as session:
        await process_batch(session, [event], NOON)
    assert (await permit(client, customer, "survey", dedupe_key=str(messages[0])))["allowed"]


async def test_the_log_of_all_customers_is_listed_in_pages(client, customer):
    for _ in range(5):
        await permit(client, customer)
    url, seen = "/v1/messages?limit=2&state=queued", []
    while url:
        page = (await client.get(url)).json()
        seen += [entry["id"] for entry in page["items"]]
        url = page["next_cursor"] and f"/v1/messages?limit=2&state=queued&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert (await client.get("/v1/messages?state=lost")).status_code == 422
