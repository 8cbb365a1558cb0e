"""Complaints that come in batches."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.auth.scopes import SCOPES
from heed_common.content_hash import hash_external_id
from heed_complaint.core.customers import service as customers
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.events import make_registration, take_in

pytestmark = pytest.mark.asyncio

PATH = "/v1/complaints:batch"


def make_item(**overrides):
    return {
        "customer_id": str(uuid4()),
        "channel": "phone",
        "category": "product",
        "severity": "major",
        "description": "It does not start",
        "occurred_at": "2026-03-02T10:00:00Z",
    } | overrides


async def count(database, table):
    async with database.transaction() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a name of this file


async def post(client, items, **headers):
    response = await client.post(PATH, json={"items": items}, headers=headers)
    assert response.status_code == 200, response.text
    return response


async def test_a_customer_is_named_by_the_callers_own_id(client, complaint_database):
    customer_id = uuid4()
    async with complaint_database.transaction() as session:
        await take_in(session, make_registration(customer_id, external_id_hash=hash_external_id("crm-7")))
    named = make_item(customer_id=None, customer_external_id="crm-7", external_id="a")
    first, again = [await client.post("/v1/complaints", json=named) for _ in range(2)]
    assert (first.status_code, first.json()["customer_id"], again.status_code) == (201, str(customer_id), 200)
    unknown = named | {"customer_external_id": "crm-8", "external_id": "b"}
    refused = await client.post("/v1/complaints", json=unknown)
    assert (refused.status_code, refused.json()["code"]) == (422, "customer_unknown")
    both = await client.post("/v1/complaints", json=make_item(customer_external_id="crm-7"))
    assert [error["pointer"] for error in both.json()["errors"]] == ["/customer_external_id"]
    batch = (await post(client, [named, unknown, named | {"external_id": "c"}])).json()["items"]
    assert [item["status"] for item in batch] == [200, 422, 201]
    assert batch[1]["problem"]["code"] == "customer_unknown"


async def test_a_customer_who_was_registered_a_moment_ago_is_waited_for(client, complaint_database):
    async def arrive():
        await asyncio.sleep(0.1)
        async with complaint_database.transaction() as session:
            await take_in(session, make_registration(uuid4(), external_id_hash=hash_external_id("crm-9")))

    named = make_item(customer_id=None, customer_external_id="crm-9")
    opened, _ = await asyncio.gather(client.post("/v1/complaints", json=named), arrive())
    assert opened.status_code == 201


async def test_unknown_customers_hold_few_connections(client, monkeypatch):
    monkeypatch.setattr(customers, "PAUSES", (60,))
    for _ in range(customers.MAX_WAITING):
        await customers.waiting.acquire()
    try:
        refused = await client.post("/v1/complaints", json=make_item(customer_id=None, customer_external_id="crm-8"))
    finally:
        for _ in range(customers.MAX_WAITING):
            customers.waiting.release()
    assert refused.json()["code"] == "customer_unknown"


async def test_each_complaint_has_its_own_outcome_and_a_refused_one_leaves_nothing(client, complaint_database):
    late = make_item(external_id="b", description="It came late", category="delivery")
    items = [
        late,
        make_item(external_id="x", category="weather"),
        late,
        late | {"severity": "minor"},
        {"external_id": "y"},
        "no complaint",
        make_item(),
        make_item(external_id="a", occurred_at="2026-04-02T10:00:00Z"),
    ]
    first = await post(client, items, **{"Idempotency-Key": "batch-1"})
    results = first.json()["items"]
    codes = [result["problem"] and result["problem"]["code"] for result in results]
    assert [(result["external_id"], result["status"]) for result in results] == [
        ("b", 201), ("x", 422), ("b", 200), ("b", 409), ("y", 422), (None, 422), (None, 201), ("a", 422),
    ]  # fmt: skip
    assert codes == [
        None, "unknown_category", None, "external_id_conflict", "validation_failed", "validation_failed", None,
        "in_the_future",
    ]  # fmt: skip
    assert (results[2]["id"], results[2]["event_id"]) == (results[0]["id"], results[0]["event_id"])
    assert (await client.get(f"/v1/complaints/{results[0]['id']}")).json()["sla"]
    assert await count(complaint_database, "complaint") == 2
    events = await count(complaint_database, "outbox")
    async with complaint_database.transaction() as session:
        last = await session.scalar(text("SELECT id FROM outbox ORDER BY seq DESC LIMIT 1"))
    assert first.headers["heed-event"] == str(last)
    replayed = await post(client, items, **{"Idempotency-Key": "batch-1"})
    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == (first.json(), "true")
    again = await post(client, [late])
    assert (again.json()["items"][0]["status"], again.headers["heed-event"]) == (200, results[0]["event_id"])
    assert await count(complaint_database, "outbox") == events


async def test_batches_with_the_same_complaints_at_once_open_each_of_them_once(client, complaint_database):
    items = [make_item(external_id=f"t-{number}") for number in range(12)]
    answers = await asyncio.gather(post(client, items), post(client, items[::-1]))
    statuses = [result["status"] for answer in answers for result in answer.json()["items"]]
    assert sorted(statuses) == [200] * 12 + [201] * 12
    assert await count(complaint_database, "complaint") == 12


async def test_a_repeated_item_does_not_show_a_complaint_that_is_confidential(app, client, complaint_database, clock):
    item = make_item(external_id="secret", confidential=True)
    await post(client, [item])
    scopes = frozenset(scope for scope in SCOPES if "confidential" not in scope)
    token = await make_token(complaint_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as other:
        (result,) = (await post(other, [item])).json()["items"]
    assert (result["status"], result["id"], result["problem"]["code"]) == (409, None, "external_id_conflict")


async def test_a_thousand_and_one_are_too_many(client):
    response = await client.post(PATH, json={"items": [{}] * 1001})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_items")
