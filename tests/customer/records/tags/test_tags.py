"""Tags of customers: each once, however it is written."""

import pytest
from sqlalchemy import select

from heed_customer.records.tags import service
from tests.customer.factories import merge, register

pytestmark = pytest.mark.asyncio


async def tags(client, customer_id):
    return (await client.get(f"/v1/customers/{customer_id}/tags")).json()["tags"]


async def test_a_tag_is_added_once_however_it_is_written(client):
    customer_id = await register(client)
    path = f"/v1/customers/{customer_id}/tags"
    assert (await client.put(f"{path}/VIP")).json() == {"tags": ["VIP"]}
    assert (await client.put(f"{path}/vip")).json() == {"tags": ["VIP"]}
    assert (await client.put(f"{path}/大客户")).json() == {"tags": ["VIP", "大客户"]}
    assert (await client.delete(f"{path}/ＶＩＰ")).status_code == 204
    assert await tags(client, customer_id) == ["大客户"]
    gone = await client.delete(f"{path}/VIP")
    assert (gone.status_code, gone.json()["code"]) == (404, "tag_not_found")


async def test_a_survivor_has_the_tags_of_its_duplicates(client, customer_database):
    survivor, duplicate = await register(client), await register(client)
    await client.put(f"/v1/customers/{duplicate}/tags/fleet")
    await merge(client, duplicate, into=survivor)
    assert await tags(client, survivor) == await tags(client, duplicate) == ["fleet"]
    refused = await client.put(f"/v1/customers/{duplicate}/tags/other")
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    async with customer_database.transaction() as session:
        assert (await session.scalars(service.customers_with_any_tag(["Fleet", "x"]))).all() == [duplicate]
        assert (await session.scalars(select(1).where(~service.customers_with_any_tag(["x"]).exists()))).all() == [1]
    assert (await client.delete(f"/v1/customers/{survivor}/tags/fleet")).status_code == 204
    assert await tags(client, duplicate) == []


async def test_a_customer_has_a_limited_number_of_tags(client):
    customer_id = await register(client)
    for number in range(service.MAX_TAGS):
        assert (await client.put(f"/v1/customers/{customer_id}/tags/t{number}")).status_code == 200
    refused = await client.put(f"/v1/customers/{customer_id}/tags/one-more")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_tags")
    assert len(await tags(client, customer_id)) == service.MAX_TAGS


@pytest.mark.parametrize("wrong", ["%20", "x" * 65, "%00"])
async def test_an_invalid_tag_is_refused(client, wrong):
    customer_id = await register(client)
    assert (await client.put(f"/v1/customers/{customer_id}/tags/{wrong}")).status_code == 422
    assert await tags(client, customer_id) == []
