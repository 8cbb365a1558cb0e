"""Customers of another system: put by its id, and registered in batches."""

import asyncio

import pytest
import pytest_asyncio

from tests.customer.factories import get_customer, make_customer, merge, register, staged

pytestmark = pytest.mark.asyncio

PATH = "/v1/customers/by-external-id/"
LI_WEI = {"kind": "individual", "name": "Li Wei", "region": "east", "owner": "ann"}


async def put(client, external_id="crm-1", body=LI_WEI, **headers):
    names = {"if_match": "If-Match", "if_none_match": "If-None-Match"}
    return await client.put(PATH + external_id, json=body, headers={names[name]: tag for name, tag in headers.items()})


@pytest_asyncio.fixture
async def stored(client):
    return (await put(client)).json()


async def test_i_want_to_send_a_customer_without_knowing_whether_it_exists(client, customer_database):
    created = await put(client)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    assert created.headers["location"] == f"/v1/customers/{created.json()['id']}"
    same = await put(client)
    assert (same.status_code, same.json(), same.headers["etag"]) == (200, created.json(), '"1"')
    assert same.headers["heed-event"] == created.headers["heed-event"]
    replaced = await put(client, body={"kind": "individual", "name": "Li Wei", "owner": "bo"})
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"')
    assert (replaced.json()["id"], replaced.json()["region"]) == (created.json()["id"], None)
    again = await put(client, body={"kind": "individual", "name": "Li Wei", "owner": "bo"})
    assert (again.status_code, "heed-event" in again.headers) == (200, False)
    events = await staged(customer_database, "heed.customer")
    assert [event.type for event in events] == ["heed.customer.registered.v1", "heed.customer.updated.v1"]
    assert [str(event.id) for event in events] == [created.headers["heed-event"], replaced.headers["heed-event"]]
    assert events[1].data["changed"] == ["owner", "region"]
    assert (await client.post("/v1/customers", json=LI_WEI | {"external_id": "crm-1"})).status_code == 200


async def test_a_hundred_puts_at_once_make_one_customer(client, customer_database):
    answers = await asyncio.gather(*(put(client) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.headers["heed-event"] for answer in answers}) == 1
    assert len(await staged(customer_database, "heed.customer")) == 1


async def test_concurrent_puts_of_different_content_lose_no_event(client, customer_database):
    bodies = [LI_WEI | {"owner": f"owner-{number}"} for number in range(8)]
    answers = await asyncio.gather(*(put(client, body=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    events = await staged(customer_database, "heed.customer")
    assert [event.aggversion for event in events] == list(range(1, 9))
    last = (await client.get(PATH + "crm-1")).json()["owner"]
    assert last in {body["owner"] for body in bodies}


async def test_preconditions_protect_what_the_caller_has_not_seen(client, stored):
    other = LI_WEI | {"owner": "bo"}
    assert (await put(client, body=other, if_match='"7"')).status_code == 412
    assert (await put(client, body=other, if_none_match="*")).status_code == 412
    assert (await put(client, external_id="new", if_match='"1"')).status_code == 412
    assert (await put(client, external_id="new", if_match="*")).status_code == 412
    tag = (await client.get(PATH + "crm-1")).headers["etag"]
    assert (await put(client, body=other, if_match=tag)).headers["etag"] == '"2"'
    assert (await put(client, external_id="new", if_none_match="*")).status_code == 201
    wrong = await put(client, external_id="newer", if_none_match='"1"')
    assert (wrong.status_code, wrong.json()["code"]) == (400, "if_none_match_invalid")


async def test_an_external_id_may_have_any_characters(client):
    for number, external_id in enumerate(("a/b", "%2F", "张 三", "x.csv", "a?b#c")):
        encoded = "".join(f"%{byte:02X}" for byte in external_id.encode())
        created = await put(client, external_id=encoded, body=LI_WEI | {"owner": f"o-{number}"})
        assert (created.status_code, created.json()["external_id"]) == (201, external_id)
        assert (await client.get(PATH + encoded)).json() == created.json()
        found = await client.get("/v1/customers", params={"external_id": [external_id, "none"]})
        assert [item["id"] for item in found.json()["items"]] == [created.json()["id"]]


async def test_a_merged_customer_is_not_replaced_and_is_found_as_its_survivor(client, stored):
    survivor = await register(client, external_id="survivor")
    await merge(client, stored["id"], into=survivor)
    refused = await put(client)
    assert (refused.status_code, refused.json()["survivor_id"]) == (409, str(survivor))
    read = await client.get(PATH + "crm-1")
    assert (read.json()["id"], read.headers["content-location"]) == (str(survivor), f"/v1/customers/{survivor}")
    listed = await client.get("/v1/customers", params={"external_id": "crm-1"})
    assert [item["id"] for item in listed.json()["items"]] == [str(survivor)]


async def test_wrong_content_is_refused_and_nothing_is_stored(client):
    for body in ({"name": "Li Wei"}, LI_WEI | {"external_id": "crm-1"}, LI_WEI | {"name": " "}, []):
        assert (await put(client, body=body)).status_code == 422, body
    for external_id in ("%20", "x" * 201):
        assert (await put(client, external_id=external_id)).status_code == 422
    missing = await client.get(PATH + "crm-1")
    assert (missing.status_code, missing.json()["code"]) == (404, "customer_not_found")


async def test_each_customer_of_a_batch_has_its_own_outcome(client, customer_database):
    bo = make_customer(external_id="bo", name="Bo")
    items = [bo, {"external_id": "x"}, bo, bo | {"name": "Bob"}, "no customer", {"kind": "individual", "name": "Cem"}]
    key = {"Idempotency-Key": "batch-1"}
    first = await client.post("/v1/customers:batch", json={"items": items}, headers=key)
    results = first.json()["items"]
    assert [(result["external_id"], result["status"]) for result in results] == [
        ("bo", 201), ("x", 422), ("bo", 200), ("bo", 409), (None, 422), (None, 201),
    ]  # fmt: skip
    assert results[1]["problem"]["errors"][0]["pointer"] == "/kind"
    assert results[3]["problem"]["code"] == "external_id_conflict"
    assert (await get_customer(client, results[0]["id"]))["name"] == "Bo"
    events = [str(event.id) for event in await staged(customer_database, "heed.customer")]
    assert events == [results[0]["event_id"], results[5]["event_id"]]
    assert first.headers["heed-event"] == events[-1]
    replayed = await client.post("/v1/customers:batch", json={"items": items}, headers=key)
    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == (first.json(), "true")
    again = await client.post("/v1/customers:batch", json={"items": [bo]})
    assert (again.json()["items"][0]["status"], again.headers["heed-event"]) == (200, events[0])
    too_many = await client.post("/v1/customers:batch", json={"items": [bo] * 1001})
    assert (too_many.status_code, too_many.json()["code"]) == (413, "too_many_items")
    assert len(await staged(customer_database, "heed.customer")) == 2
