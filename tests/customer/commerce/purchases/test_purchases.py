import asyncio

import pytest

from heed_common.identifiers import new_id
from tests.customer.factories import buy, make_line, make_purchase, register, staged

pytestmark = pytest.mark.asyncio


async def test_a_purchase_is_recorded_with_its_value_and_published(client, customer_database):
    customer_id = str(await register(client))
    body = make_purchase(customer_id=customer_id, service_point_id="shop-1", occurred_at="2026-03-01T10:00:00+08:00")
    created = await client.post("/v1/purchases", json=body)
    assert created.status_code == 201
    purchase = created.json()
    assert (purchase["gross"], purchase["margin"], purchase["units"]) == ("29.9700", "11.9700", "3.000")
    assert (purchase["kind"], purchase["margin_estimated"]) == ("goods", False)
    assert purchase["occurred_at"] == "2026-03-01T02:00:00.000000Z"
    assert (await client.get(created.headers["location"])).json() == purchase
    (event,) = await staged(customer_database, "heed.purchase")
    assert str(event.id) == created.headers["heed-event"]
    assert (event.type, event.subject, event.partitionkey) == (
        "heed.purchase.recorded.v1", purchase["id"], customer_id,
    )  # fmt: skip
    assert (event.data["gross"], event.data["categories"], event.data["products"]) == ("29.9700", ["music"], ["cd-1"])


async def test_the_customer_may_be_named_by_the_callers_own_id(client):
    customer_id = str(await register(client, external_id="shop-4711"))
    purchase = await buy(client, customer_external_id="shop-4711")
    assert purchase["customer_id"] == customer_id


async def test_a_repeated_purchase_is_recorded_once(client, customer_database):
    await register(client, external_id="shop-1")
    body = make_purchase(customer_external_id="shop-1")
    first = await client.post("/v1/purchases", json=body)
    again = await client.post("/v1/purchases", json=body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["heed-event"] == first.headers["heed-event"]
    named_otherwise = {**body, "customer_external_id": None, "customer_id": first.json()["customer_id"]}
    assert (await client.post("/v1/purchases", json=named_otherwise)).status_code == 200
    assert len(await staged(customer_database, "heed.purchase")) == 1


async def test_ten_concurrent_requests_record_a_purchase_once(client, customer_database):
    body = make_purchase(customer_id=str(await register(client)))
    responses = await asyncio.gather(*(client.post("/v1/purchases", json=body) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [200] * 9 + [201]
    assert len({response.headers["heed-event"] for response in responses}) == 1
    assert len(await staged(customer_database, "heed.purchase")) == 1


async def test_an_external_id_is_not_used_for_another_purchase(client):
    purchase = await buy(client, external_id="p")
    body = make_purchase(external_id="p", customer_id=purchase["customer_id"])
    for other in (
        body | {"lines": [make_line(quantity="4")]},
        body | {"customer_id": str(await register(client))},
        body | {"currency": "EUR"},
    ):
        response = await client.post("/v1/purchases", json=other)
        assert (response.status_code, response.json()["code"]) == (409, "external_id_conflict")


@pytest.mark.parametrize("name", ["customer_id", "customer_external_id"])
async def test_nothing_is_recorded_for_an_unknown_customer(client, customer_database, name):
    response = await client.post("/v1/purchases", json=make_purchase(**{name: str(new_id())}))
    assert (response.status_code, response.json()["code"]) == (422, "customer_unknown")
    assert response.json()["errors"][0]["pointer"] == f"/{name}"
    assert await staged(customer_database) == []


async def test_a_purchase_may_lie_five_minutes_ahead_and_no_more(client):
    customer_id = str(await register(client))
    just = make_purchase(customer_id=customer_id, occurred_at="2026-03-02T12:05:00Z")
    assert (await client.post("/v1/purchases", json=just)).status_code == 201
    late = make_purchase(customer_id=customer_id, occurred_at="2026-03-02T12:05:00.000001Z")
    response = await client.post("/v1/purchases", json=late)
    assert (response.status_code, response.json()["code"]) == (422, "in_the_future")


async def test_the_largest_purchase_is_stored_to_the_last_digit(client, customer_database):
    line = make_line(quantity="1000000", unit_price="999999999.9999", unit_cost=None)
    purchase = await buy(client, lines=[line | {"sku": f"s{n}", "category": f"c{n % 200}"} for n in range(1000)])
    assert purchase["gross"] == "999999999999900000.0000"
    read = (await client.get(f"/v1/purchases/{purchase['id']}")).json()
    assert (read["gross"], read["units"], len(read["lines"])) == (purchase["gross"], "1000000000.000", 1000)
    (event,) = await staged(customer_database, "heed.purchase")
    assert len(event.data["categories"]) == 200


async def test_the_longest_names_of_articles_and_categories_fit_into_an_event(client, customer_database):
    # A control character takes six bytes in JSON, more than any other.
    lines = [
        make_line(sku=f"a{n:04}".ljust(99, "\x01") + "z", category=f"c{n % 200:03}".ljust(63, "\x01") + "z")
        for n in range(1000)
    ]
    await buy(client, lines=lines)
    (event,) = await staged(customer_database, "heed.purchase")
    assert (len(event.data["categories"]), len(event.data["products"])) == (200, 80)


async def test_control_characters_and_quotes_in_names_are_stored_and_published_as_they_were_sent(
    client, customer_database
):
    names = ['a"', "b\\b", "c\x1fc", "d\x1ed", "e\te", "f\u2028f", "💿"]
    await register(client, external_id="c\x1f\x1e")
    lines = [make_line(sku=name, category=name) for name in names]
    body = make_purchase(external_id="p\x1f", customer_external_id="c\x1f\x1e", service_point_id="s\x1e", lines=lines)
    created = await client.post("/v1/purchases", json=body)
    assert created.status_code == 201, created.text
    read = (await client.get(created.headers["location"])).json()
    assert (read["external_id"], read["service_point_id"]) == ("p\x1f", "s\x1e")
    assert [line["sku"] for line in read["lines"]] == names
    (event,) = await staged(customer_database, "heed.purchase")
    assert (event.data["external_id"], event.data["service_point_id"]) == ("p\x1f", "s\x1e")
    assert event.data["products"] == event.data["categories"] == names


async def test_an_unknown_purchase_is_not_found(client):
    response = await client.get(f"/v1/purchases/{new_id()}")
    assert (response.status_code, response.json()["code"]) == (404, "purchase_not_found")
