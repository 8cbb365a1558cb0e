import asyncio
from decimal import Decimal

import pytest

from heed_common.identifiers import new_id
from tests.customer.factories import buy, make_line, make_return, staged

pytestmark = pytest.mark.asyncio


async def test_a_return_has_its_share_of_the_value_and_is_published_with_the_day_of_the_purchase(
    client, customer_database
):
    purchase = await buy(client, lines=[make_line(quantity="3"), make_line(sku="book", unit_price="5")])
    response = await client.post(
        f"/v1/purchases/{purchase['id']}/returns", json=make_return(note="It skips at the third song.")
    )
    assert response.status_code == 201
    returned = response.json()
    assert (returned["units"], returned["gross"], returned["margin"]) == ("1.000", "9.9900", "3.9900")
    (event,) = await staged(customer_database, "heed.purchase.returned")
    assert str(event.id) == response.headers["heed-event"]
    assert (event.subject, event.partitionkey, event.aggversion) == (purchase["id"], purchase["customer_id"], 2)
    assert event.data["purchase_occurred_at"].startswith("2026-03-01T10:00:00")
    assert (event.data["return_id"], event.data["gross"]) == (returned["id"], "9.9900")
    assert "skips" not in event.model_dump_json()


async def test_a_purchase_can_be_returned_in_parts_until_nothing_remains(client, customer_database):
    purchase = await buy(client, lines=[make_line(quantity="3", unit_price="0.3333", unit_cost=None)])
    path = f"/v1/purchases/{purchase['id']}/returns"
    parts = [await client.post(path, json=make_return()) for _ in range(3)]
    assert [part.status_code for part in parts] == [201, 201, 201]
    assert sum(Decimal(part.json()["gross"]) for part in parts) == Decimal(purchase["gross"])
    assert sum(Decimal(part.json()["margin"]) for part in parts) == Decimal(purchase["margin"])
    too_much = await client.post(path, json=make_return())
    assert (too_much.status_code, too_much.json()["code"]) == (409, "return_exceeds_purchase")
    events = await staged(customer_database, "heed.purchase.returned")
    assert [event.aggversion for event in events] == [2, 3, 4]


async def test_nothing_can_be_returned_before_it_was_bought(client, customer_database):
    path = f"/v1/purchases/{(await buy(client, occurred_at='2026-03-01T10:00:00Z'))['id']}/returns"
    early = await client.post(path, json=make_return(occurred_at="2026-03-01T09:54:59Z"))
    assert (early.status_code, early.json()["code"]) == (422, "out_of_order")
    assert [error["pointer"] for error in early.json()["errors"]] == ["/occurred_at"]
    assert await staged(customer_database, "heed.purchase.returned") == []
    within_the_tolerance_of_clocks = await client.post(path, json=make_return(occurred_at="2026-03-01T09:55:00Z"))
    assert within_the_tolerance_of_clocks.status_code == 201


async def test_five_concurrent_returns_of_the_last_article_return_one(client):
    purchase = await buy(client, lines=[make_line(quantity="1")])
    path = f"/v1/purchases/{purchase['id']}/returns"
    responses = await asyncio.gather(*(client.post(path, json=make_return()) for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409]


async def test_a_repeated_return_is_recorded_once(client, customer_database):
    path = f"/v1/purchases/{(await buy(client))['id']}/returns"
    body = make_return()
    first, *again = [await client.post(path, json=body) for _ in range(3)]
    assert [response.status_code for response in again] == [200, 200]
    assert all(response.json() == first.json() for response in again)
    assert again[0].headers["heed-event"] == first.headers["heed-event"]
    assert len(await staged(customer_database, "heed.purchase.returned")) == 1


async def test_five_concurrent_requests_record_a_return_once(client):
    path = f"/v1/purchases/{(await buy(client))['id']}/returns"
    body = make_return()
    responses = await asyncio.gather(*(client.post(path, json=body) for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 201]


async def test_an_external_id_is_not_used_for_another_return(client):
    first, second = await buy(client), await buy(client)
    body = make_return()
    assert (await client.post(f"/v1/purchases/{first['id']}/returns", json=body)).status_code == 201
    for path, other in ((first["id"], body | {"reason": "late"}), (second["id"], body)):
        response = await client.post(f"/v1/purchases/{path}/returns", json=other)
        assert (response.status_code, response.json()["code"]) == (409, "external_id_conflict")


async def test_one_external_id_on_two_purchases_at_once_is_one_return(client):
    purchases = [await buy(client) for _ in range(4)]
    body = make_return()
    responses = await asyncio.gather(
        *(client.post(f"/v1/purchases/{purchase['id']}/returns", json=body) for purchase in purchases)
    )
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("overrides", "status", "code"),
    [
        ({"lines": [{"sku": "nothing", "quantity": "1"}]}, 422, "sku_unknown"),
        ({"lines": [{"sku": "cd-1", "quantity": "3.001"}]}, 409, "return_exceeds_purchase"),
        ({"lines": []}, 422, "validation_failed"),
        ({"lines": [{"sku": "cd-1", "quantity": "0"}]}, 422, "validation_failed"),
        ({"reason": "bored"}, 422, "validation_failed"),
        ({"occurred_at": "2026-03-02T12:06:00Z"}, 422, "in_the_future"),
    ],
)
async def test_an_impossible_return_is_rejected(client, customer_database, overrides, status, code):
    purchase = await buy(client)
    response = await client.post(f"/v1/purchases/{purchase['id']}/returns", json=make_return(**overrides))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await staged(customer_database, "heed.purchase.returned") == []


async def test_a_return_of_an_unknown_purchase_is_rejected(client):
    response = await client.post(f"/v1/purchases/{new_id()}/returns", json=make_return())
    assert (response.status_code, response.json()["code"]) == (404, "purchase_not_found")
