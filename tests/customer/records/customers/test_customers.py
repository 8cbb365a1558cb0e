import asyncio
from uuid import UUID

import pytest

from heed_common.identifiers import new_id
from tests.customer.factories import make_customer, register, staged
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio


async def test_a_registered_customer_can_be_read_and_is_published(client, customer_database):
    body = make_customer(
        kind="organization", role="intermediary", buyer_type="relationship", name="华夏音像",
        language="zh-CN", time_zone="Asia/Shanghai", region="CN-SH", owner="wang",
    )  # fmt: skip
    created = await client.post("/v1/customers", json=body)
    assert created.status_code == 201
    customer = created.json()
    assert {name: customer[name] for name in body} == body
    assert UUID(customer["id"]).version == 7
    assert created.headers["location"] == f"/v1/customers/{customer['id']}"
    read = await client.get(created.headers["location"])
    assert read.json() == customer
    assert revision_of(read) == revision_of(created) == 1
    (event,) = await staged(customer_database)
    assert str(event.id) == created.headers["heed-event"]
    assert (event.type, event.aggversion) == ("heed.customer.registered.v1", 1)
    assert event.subject == event.partitionkey == customer["id"]
    assert event.data["region"] == "CN-SH"


async def test_no_name_travels_in_an_event(client, customer_database):
    customer_id = await register(client, name="Zhang San", owner="Lao Wang", external_id="secret-7")
    changed = await client.patch(f"/v1/customers/{customer_id}", json={"name": "Zhang Si"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    for event in await staged(customer_database):
        text = event.model_dump_json()
        assert not any(word in text for word in ("Zhang", "Lao Wang", "secret-7"))


async def test_a_repeated_registration_returns_the_first_one(client, customer_database):
    body = make_customer()
    first = await client.post("/v1/customers", json=body)
    again = await client.post("/v1/customers", json=body)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["heed-event"] == first.headers["heed-event"]
    assert len(await staged(customer_database)) == 1


async def test_the_first_registration_is_still_the_same_after_the_customer_has_changed(client):
    body = make_customer()
    first = (await client.post("/v1/customers", json=body)).json()
    await client.patch(f"/v1/customers/{first['id']}", json={"region": "north"}, headers={"If-Match": '"1"'})
    again = await client.post("/v1/customers", json=body)
    assert (again.status_code, again.json()["region"]) == (200, "north")


async def test_one_external_id_belongs_to_one_customer(client, customer_database):
    body = make_customer()
    await client.post("/v1/customers", json=body)
    other = await client.post("/v1/customers", json=body | {"name": "Somebody Else"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    assert "Somebody" not in other.text
    assert len(await staged(customer_database)) == 1


async def test_ten_concurrent_registrations_make_one_customer(client, customer_database):
    body = make_customer()
    responses = await asyncio.gather(*(client.post("/v1/customers", json=body) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [200] * 9 + [201]
    assert len({response.json()["id"] for response in responses}) == 1
    assert len({response.headers["heed-event"] for response in responses}) == 1
    assert len(await staged(customer_database)) == 1


async def test_customers_without_an_external_id_are_different_people(client):
    body = {"kind": "individual", "name": "Li Wei"}
    first, second = [await client.post("/v1/customers", json=body) for _ in range(2)]
    assert first.json()["id"] != second.json()["id"]


async def test_an_update_is_published_with_the_names_of_the_changed_fields(client, customer_database):
    customer_id = await register(client, region="north")
    changed = await client.patch(
        f"/v1/customers/{customer_id}",
        json={"name": "Li Na", "region": None, "kind": "individual"},
        headers={"If-Match": '"1"', "Content-Type": "application/merge-patch+json"},
    )
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["name"], changed.json()["region"]) == ("Li Na", None)
    event = (await staged(customer_database))[-1]
    assert (event.type, event.aggversion) == ("heed.customer.updated.v1", 2)
    assert event.data["changed"] == ["name", "region"]
    assert str(event.id) == changed.headers["heed-event"]


async def test_a_patch_that_changes_nothing_is_no_event_and_no_new_revision(client, customer_database):
    customer_id = await register(client)
    same = await client.patch(f"/v1/customers/{customer_id}", json={"name": "Li Wei"}, headers={"If-Match": '"1"'})
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    assert "heed-event" not in same.headers
    assert len(await staged(customer_database)) == 1


@pytest.mark.parametrize(
    ("owner", "successor", "handed_over"),
    [("wang", "li", True), (None, "li", False), ("wang", None, False), ("wang", "wang", False)],
)
async def test_a_customer_is_handed_over_only_from_an_earlier_account_manager(
    client, customer_database, owner, successor, handed_over
):
    customer_id = await register(client, owner=owner)
    patch = {"owner": successor, "region": "CN-SH"}
    await client.patch(f"/v1/customers/{customer_id}", json=patch, headers={"If-Match": '"1"'})
    assert (await staged(customer_database))[-1].data["handed_over"] is handed_over


async def test_an_update_needs_the_current_revision(client):
    path = f"/v1/customers/{await register(client)}"
    assert (await client.patch(path, json={"name": "X"})).status_code == 428
    assert (await client.patch(path, json={"name": "X"}, headers={"If-Match": '"1"'})).status_code == 200
    late = await client.patch(path, json={"name": "Y"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert (await client.get(path)).json()["name"] == "X"


async def test_of_two_changes_at_once_one_wins(client):
    path = f"/v1/customers/{await register(client)}"
    responses = await asyncio.gather(
        *(client.patch(path, json={"name": name}, headers={"If-Match": '"1"'}) for name in "ABCDE")
    )
    assert sorted(response.status_code for response in responses) == [200, 412, 412, 412, 412]


@pytest.mark.parametrize("patch", [{"name": None}, {"kind": None}, {"external_id": "x"}, {"name": ""}, []])
async def test_a_patch_must_leave_a_customer(client, patch):
    customer_id = await register(client)
    response = await client.patch(f"/v1/customers/{customer_id}", json=patch, headers={"If-Match": '"1"'})
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


async def test_an_unknown_customer_is_not_found(client):
    path = f"/v1/customers/{new_id()}"
    assert (await client.get(path)).json()["code"] == "customer_not_found"
    assert (await client.patch(path, json={}, headers={"If-Match": '"1"'})).status_code == 404


async def test_a_search_finds_names_and_external_ids_and_treats_every_character_literally(client):
    await register(client, name="Anna 100% Schmidt", external_id="shop_1")
    await register(client, name="Bert 100 Schmidt", external_id="shopx1")

    async def found(**query: str) -> list[str]:
        response = await client.get("/v1/customers", params=query)
        return [item["name"].split()[0] for item in response.json()["items"]]

    assert await found(q="SCHMIDT") == ["Anna", "Bert"]
    assert await found(q="100%") == ["Anna"]
    assert await found(q="shop_1") == ["Anna"]
    assert await found(q="\\") == []


async def test_the_customers_of_one_owner_are_listed(client):
    await register(client, name="A", owner="wang")
    await register(client, name="B", owner="li")
    items = (await client.get("/v1/customers", params={"owner": "wang"})).json()["items"]
    assert [item["name"] for item in items] == ["A"]


async def test_pages_show_everybody_once_while_others_are_registered(client):
    names = [f"n{number}" for number in range(7)]
    for name in names:
        await register(client, name=name)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/customers", params={"limit": 3} | cursor)).json()
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
        if len(seen) == 3:
            await register(client, name="late")
    assert seen == [*names, "late"]


@pytest.mark.parametrize(
    "query", [{"segment": "vip"}, {"cursor": "nonsense"}, {"limit": "201"}, {"limit": "0"}, {"q": ""}]
)
async def test_an_invalid_query_of_a_list_is_rejected(client, query):
    assert (await client.get("/v1/customers", params=query)).status_code == 422
