"""Quotes to a customer: two prices for one product at one time contradict each other, and both are flagged."""

import pytest

from tests.customer.factories import merge, register

pytestmark = pytest.mark.asyncio


def make_quote(**overrides):
    return {
        "product": "Pump P-200", "price": "120.00", "currency": "USD",
        "valid_from": "2026-03-01T00:00:00Z", "valid_to": "2026-03-31T23:59:59Z",
    } | overrides  # fmt: skip


async def quote(client, customer_id, **overrides):
    response = await client.post(f"/v1/customers/{customer_id}/quotes", json=make_quote(**overrides))
    assert response.status_code == 201, response.text
    return response.json()


async def conflicts(client, customer_id):
    items = (await client.get(f"/v1/customers/{customer_id}/quotes")).json()["items"]
    return {item["id"]: item["conflicts_with"] for item in items}


@pytest.mark.parametrize(
    "other",
    [
        {"price": "110.00"},
        {"currency": "EUR"},
        {"price": "110.00", "product": "pump  p-200"},
        {"price": "110.00", "valid_from": "2026-03-31T23:59:59Z", "valid_to": None},
    ],
)
async def test_another_price_for_the_same_product_at_the_same_time_conflicts(client, other):
    customer_id = await register(client)
    first = await quote(client, customer_id)
    second = await quote(client, customer_id, **other)
    assert second["conflicts_with"] == [first["id"]]
    assert await conflicts(client, customer_id) == {first["id"]: [second["id"]], second["id"]: [first["id"]]}


@pytest.mark.parametrize(
    "other",
    [
        {"price": "120"},
        {"price": "110.00", "product": "Pump P-300"},
        {"price": "110.00", "valid_from": "2026-04-01T00:00:00Z", "valid_to": None},
    ],
)
async def test_the_same_price_another_product_and_another_time_do_not_conflict(client, other):
    customer_id = await register(client)
    await quote(client, customer_id)
    assert (await quote(client, customer_id, **other))["conflicts_with"] == []


async def test_a_withdrawn_quote_conflicts_with_nothing(client):
    customer_id = await register(client)
    first, second = await quote(client, customer_id), await quote(client, customer_id, price="99")
    path = f"/v1/customers/{customer_id}/quotes/{first['id']}"
    withdrawn = await client.post(f"{path}/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["conflicts_with"]) == (200, [])
    assert await conflicts(client, customer_id) == {first["id"]: [], second["id"]: []}
    again = await client.post(f"{path}/withdraw")
    assert (again.status_code, again.json()["code"]) == (409, "quote_withdrawn")
    assert (await client.get(path)).json()["withdrawn_at"] is not None


async def test_quotes_to_other_customers_do_not_conflict_until_they_are_merged(client):
    survivor, duplicate = await register(client), await register(client)
    first, second = await quote(client, survivor), await quote(client, duplicate, price="99")
    assert second["conflicts_with"] == []
    await merge(client, duplicate, into=survivor)
    assert await conflicts(client, duplicate) == {first["id"]: [second["id"]], second["id"]: [first["id"]]}
    refused = await client.post(f"/v1/customers/{duplicate}/quotes", json=make_quote())
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")


async def test_the_list_shows_one_product_or_only_what_can_still_be_accepted(client, clock):
    customer_id = await register(client)
    short = await quote(client, customer_id, valid_to="2026-03-03T00:00:00Z")
    pump = await quote(client, customer_id, product="Pump P-300", valid_to=None)
    path = f"/v1/customers/{customer_id}/quotes"
    named = (await client.get(path, params={"product": "PUMP P-300"})).json()["items"]
    assert [item["id"] for item in named] == [pump["id"]]
    await clock.sleep(24 * 3600)
    still_open = (await client.get(path, params={"only_open": True})).json()["items"]
    assert [item["id"] for item in still_open] == [pump["id"]]
    assert {short["id"], pump["id"]} == (await conflicts(client, customer_id)).keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "-1"},
        {"price": "1.00001"},
        {"currency": "XQX"},
        {"product": " "},
        {"product": "x" * 201},
        {"note": "nul\u0000"},
        {"valid_to": "2026-02-28T00:00:00Z"},
        {"valid_from": "2026-04-01T00:00:00Z", "valid_to": "2026-03-31T00:00:00Z"},
        {"discount": "3"},
    ],
)
async def test_an_invalid_quote_is_refused_and_nothing_is_stored(client, wrong):
    customer_id = await register(client)
    response = await client.post(f"/v1/customers/{customer_id}/quotes", json=make_quote(**wrong))
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]]
    assert await conflicts(client, customer_id) == {}
