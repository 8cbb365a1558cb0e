"""Promises to customers are open until they are kept or broken, and each outcome is published once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.identifiers import new_id
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.commitments.promises import rules, service
from heed_customer.commitments.promises.jobs import promise_job
from tests.conftest import NOON
from tests.customer.factories import merge, register, staged


def make_promise(**overrides):
    return {"description": "A new catalogue.", "due_at": "2026-03-06T12:00:00Z", "made_to": "Ms Chen"} | overrides


async def promise(client, customer_id, **overrides):
    response = await client.post(f"/v1/customers/{customer_id}/promises", json=make_promise(**overrides))
    assert response.status_code == 201, response.text
    return response.json()


def job(database, clock):
    return promise_job(Resources(database, clock, Metrics("customer")))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900)))
def test_a_promise_is_overdue_only_after_its_moment(later):
    assert not rules.is_overdue(NOON + later, now=NOON)
    assert rules.is_overdue(NOON, now=NOON + later) is (later > timedelta(0))


@pytest.mark.asyncio
async def test_a_promise_is_published_without_its_text(client, customer_database):
    customer_id = await register(client)
    recorded = await promise(client, customer_id, made_by="Wang Fang")
    assert (recorded["state"], recorded["made_by"], recorded["made_to"]) == ("open", "Wang Fang", "Ms Chen")
    event = (await staged(customer_database, "heed.promise.recorded"))[0]
    assert (event.subject, event.partitionkey, event.aggversion) == (recorded["id"], str(customer_id), 1)
    assert event.data.keys() == {"occurred_at", "customer_id", "promise_id", "due_at"}
    read = await client.get(f"/v1/customers/{customer_id}/promises/{recorded['id']}")
    assert read.json() == recorded


@pytest.mark.asyncio
@pytest.mark.parametrize(("kept", "state"), [(True, "kept"), (False, "broken")])
async def test_a_promise_is_settled_once(client, customer_database, kept, state):
    customer_id = await register(client)
    path = f"/v1/customers/{customer_id}/promises/{(await promise(client, customer_id))['id']}/settle"
    settled = await client.post(path, json={"kept": kept, "note": "Sent by mail."})
    assert (settled.status_code, settled.json()["state"]) == (200, state)
    event = (await staged(customer_database, "heed.promise.settled"))[0]
    assert (event.data["kept"], event.aggversion) == (kept, 2)
    assert settled.headers["heed-event"] == str(event.id)
    again = await client.post(path, json={"kept": True})
    assert (again.status_code, again.json()["code"]) == (409, "promise_not_open")
    assert len(await staged(customer_database, "heed.promise.settled")) == 1


@pytest.mark.asyncio
async def test_the_job_breaks_overdue_promises_at_their_moment_and_leaves_the_others(client, customer_database, clock):
    customer_id = await register(client)
    overdue = [await promise(client, customer_id, due_at="2026-03-02T13:00:00Z") for _ in range(3)]
    await promise(client, customer_id)
    work = job(customer_database, clock)
    assert await work.run_once() is False
    await clock.sleep(2 * 3600)
    assert await work.run_once() is True
    assert await work.run_once() is False
    events = await staged(customer_database, "heed.promise.settled")
    assert {event.subject for event in events} == {one["id"] for one in overdue}
    assert {(event.data["kept"], event.data["occurred_at"]) for event in events} == {(False, "2026-03-02T13:00:00Z")}
    listed = (await client.get(f"/v1/customers/{customer_id}/promises", params={"state": "broken"})).json()["items"]
    assert {one["id"] for one in listed} == {one["id"] for one in overdue}
    assert {one["settled_by"] for one in listed} == {None}


@pytest.mark.asyncio
async def test_an_overdue_promise_is_not_kept_even_before_the_job_sees_it(client, clock):
    customer_id = await register(client)
    recorded = await promise(client, customer_id, due_at="2026-03-02T13:00:00Z")
    await clock.sleep(3601)
    response = await client.post(f"/v1/customers/{customer_id}/promises/{recorded['id']}/settle", json={"kept": True})
    assert (response.status_code, response.json()["code"]) == (409, "promise_is_broken")


@pytest.mark.asyncio
async def test_a_promise_for_the_past_is_refused_and_nothing_is_stored(client, customer_database):
    customer_id = await register(client)
    response = await client.post(
        f"/v1/customers/{customer_id}/promises", json=make_promise(due_at="2026-03-02T11:59:59Z")
    )
    assert (response.status_code, response.json()["code"]) == (422, "promised_for_the_past")
    assert response.json()["errors"][0]["pointer"] == "/due_at"
    assert await staged(customer_database, "heed.promise") == []
    assert (await client.get(f"/v1/customers/{customer_id}/promises")).json()["items"] == []


@pytest.mark.asyncio
async def test_lists_show_the_promises_to_duplicates_and_writes_name_the_survivor(client):
    survivor, duplicate = await register(client), await register(client)
    recorded = await promise(client, duplicate)
    await merge(client, duplicate, into=survivor)
    for one in (survivor, duplicate):
        items = (await client.get(f"/v1/customers/{one}/promises")).json()["items"]
        assert [item["id"] for item in items] == [recorded["id"]]
    refused = await client.post(f"/v1/customers/{duplicate}/promises", json=make_promise())
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    assert refused.json()["survivor_id"] == str(survivor)
    settled = await client.post(f"/v1/customers/{survivor}/promises/{recorded['id']}/settle", json={"kept": True})
    assert (settled.status_code, settled.json()["customer_id"]) == (200, str(duplicate))


@pytest.mark.asyncio
async def test_a_promise_of_another_customer_is_not_found(client):
    recorded = await promise(client, await register(client))
    path = f"/v1/customers/{await register(client)}/promises/{recorded['id']}"
    assert (await client.get(path)).json()["code"] == "promise_not_found"
    assert (await client.post(f"{path}/settle", json={"kept": True})).json()["code"] == "promise_not_found"
    unknown = await client.post(f"/v1/customers/{new_id()}/promises", json=make_promise())
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


@pytest.mark.asyncio
async def test_the_list_is_paged_newest_first_and_filtered(client):
    customer_id = await register(client)
    recorded = [await promise(client, customer_id, made_by=by, due_at=f"2026-03-0{day}T12:00:00Z")
                for day, by in ((3, "a"), (4, "b"), (5, "a"))]  # fmt: skip
    path = f"/v1/customers/{customer_id}/promises"
    first = (await client.get(path, params={"limit": 2})).json()
    second = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in reversed(recorded)]
    by_a = (await client.get(path, params={"made_by": "a"})).json()["items"]
    assert [one["id"] for one in by_a] == [recorded[2]["id"], recorded[0]["id"]]
    early = (await client.get(path, params={"due_before": "2026-03-04T00:00:00Z"})).json()["items"]
    assert [one["id"] for one in early] == [recorded[0]["id"]]


@pytest.mark.asyncio
async def test_open_promises_are_counted_for_the_whole_family(client, customer_database):
    survivor, duplicate, other = [await register(client) for _ in range(3)]
    await promise(client, duplicate)
    kept = await promise(client, survivor)
    await promise(client, survivor)
    await client.post(f"/v1/customers/{survivor}/promises/{kept['id']}/settle", json={"kept": True})
    await merge(client, duplicate, into=survivor)
    async with customer_database.transaction() as session:
        assert await service.open_promises(session, [survivor, other]) == {survivor: 2, other: 0}


async def all_promises(client, **params):
    found, query = [], {"limit": 2, **params}
    while True:
        response = await client.get("/v1/customers/promises", params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        found += [item["description"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.asyncio
async def test_promises_to_all_customers_are_listed_by_the_moment_at_which_they_are_due(client):
    ana, bo = await register(client, name="Ana", owner="wang"), await register(client, name="Bo", owner="li")
    duplicate = await register(client, name="Anna")
    for customer_id, description, day in ((ana, "c", 9), (bo, "a", 7), (duplicate, "d", 10), (bo, "b", 8)):
        recorded = await promise(client, customer_id, description=description, due_at=f"2026-03-{day:02}T12:00:00Z")
        if description == "b":
            await client.post(f"/v1/customers/{bo}/promises/{recorded['id']}/settle", json={"kept": True})
    assert await all_promises(client) == ["a", "b", "c", "d"]
    assert await all_promises(client, state="open") == ["a", "c", "d"]
    assert await all_promises(client, state="kept") == ["b"]
    assert await all_promises(client, due_from="2026-03-08T00:00:00Z", due_before="2026-03-10T00:00:00Z") == ["b", "c"]
    assert await all_promises(client, owner="li", state="open") == ["a"]
    assert await all_promises(client, owner="wang") == ["c"]
    await merge(client, duplicate, into=ana)
    assert await all_promises(client, owner="wang") == ["c", "d"]
    exported = await client.get("/v1/customers/promises.csv", params={"state": "kept"})
    assert exported.text.splitlines()[1:][0].count("b") >= 1
    assert (await client.get("/v1/customers/promises", params={"state": "late"})).status_code == 422
