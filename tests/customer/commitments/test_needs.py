"""Needs of customers, with how they are known."""

import pytest

from tests.customer.factories import merge, register

pytestmark = pytest.mark.asyncio


def make_need(**overrides):
    return {
        "description": "Spare parts within a day.",
        "kind": "tacit",
        "source": "visit",
        "confidence": 0.6,
    } | overrides


async def need(client, customer_id, **overrides):
    response = await client.post(f"/v1/customers/{customer_id}/needs", json=make_need(**overrides))
    assert response.status_code == 201, response.text
    return response


async def test_a_need_is_confirmed_under_its_etag(client):
    customer_id = await register(client)
    recorded = await need(client, customer_id)
    assert recorded.json()["since"] == "2026-03-02"
    path, tag = recorded.headers["location"], recorded.headers["etag"]
    assert (await client.patch(path, json={"confirmed": True})).status_code == 428
    confirmed = await client.patch(path, json={"confirmed": True, "confidence": 1}, headers={"If-Match": tag})
    assert (confirmed.json()["confirmed"], confirmed.json()["confidence"]) == (True, 1.0)
    assert confirmed.headers["etag"] != tag
    assert (await client.patch(path, json={"confirmed": False}, headers={"If-Match": tag})).status_code == 412
    unchanged = await client.patch(path, json={"confirmed": True}, headers={"If-Match": confirmed.headers["etag"]})
    assert unchanged.headers["etag"] == confirmed.headers["etag"]


async def test_a_need_that_is_met_is_deleted(client):
    customer_id = await register(client)
    path = (await need(client, customer_id)).headers["location"]
    assert (await client.delete(path, headers={"If-Match": '"9"'})).status_code == 412
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).json()["code"] == "need_not_found"


async def test_the_list_is_filtered_and_shows_the_needs_of_duplicates(client):
    survivor, duplicate = await register(client), await register(client)
    tacit = (await need(client, duplicate)).json()["id"]
    explicit = (await need(client, survivor, kind="explicit", confidence=1, confirmed=True)).json()["id"]
    await merge(client, duplicate, into=survivor)
    path = f"/v1/customers/{survivor}/needs"
    for params, expected in (
        ({}, [explicit, tacit]),
        ({"kind": "tacit"}, [tacit]),
        ({"confirmed": True}, [explicit]),
        ({"min_confidence": "0.61"}, [explicit]),
    ):
        items = (await client.get(path, params=params)).json()["items"]
        assert [item["id"] for item in items] == expected
    refused = await client.post(f"/v1/customers/{duplicate}/needs", json=make_need())
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": 1.01},
        {"confidence": -0.1},
        {"confidence": "high"},
        {"kind": "secret"},
        {"description": " "},
        {"description": "x" * 10_001},
        {"source": "nul\u0000"},
        {"since": "2026-03-04"},
        {"since": "yesterday"},
    ],
)
async def test_an_invalid_need_is_refused(client, wrong):
    customer_id = await register(client)
    response = await client.post(f"/v1/customers/{customer_id}/needs", json=make_need(**wrong))
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in wrong]
    assert (await client.get(f"/v1/customers/{customer_id}/needs")).json()["items"] == []
