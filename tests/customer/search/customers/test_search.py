"""Search of customers by texts that read the same, and merged customers as one customer."""

from typing import Any

import httpx
import pytest

from tests.customer.factories import (
    buy,
    get_customer,
    make_customer,
    make_line,
    make_purchase,
    make_return,
    merge,
    post_merge,
    register,
    staged,
)

pytestmark = pytest.mark.asyncio


async def search(client: httpx.AsyncClient, q: str, **query: str) -> list[str]:
    response = await client.get("/v1/customers", params={"q": q} | query)
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.json()["items"]]


async def patch(client: httpx.AsyncClient, customer_id: object, body: dict[str, Any], *, etag: str) -> httpx.Response:
    return await client.patch(f"/v1/customers/{customer_id}", json=body, headers={"If-Match": etag})


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("José", ["jose", "JOSÉ", "Jose\u0301", "os"]),
        ("Jose\u0301", ["José", "jose"]),
        ("Müller", ["muller", "MÜLLER", "Mu\u0308ller"]),
        ("Weiße Straße", ["strasse", "STRASSE weisse"]),
        ("ＡＣＭＥ", ["acme", "ＡＣＭＥ"]),
        ("Ana\u200bLima", ["AnaLima", "analima"]),
        ("Ana de Lima", ["Lima Ana", "  ana  ", "lima\u3000ana", "ana  de\tlima"]),
        ("İstanbul Kebap", ["istanbul", "İSTANBUL"]),
        ("Артём Чайкин", ["артем", "ЧАЙКИН"]),
        ("王小明", ["王", "明", "小明"]),
        ("O’Neill", ["o'neill"]),
    ],
)
async def test_a_search_finds_a_name_that_reads_the_same(client, name, queries):
    await register(client, name="Somebody Else")
    await register(client, name=name)
    for query in queries:
        assert await search(client, query) == [name], query


async def test_a_search_matches_all_of_its_words(client):
    await register(client, name="Ana Lima", external_id="Shop-7")
    await register(client, name="Ana Costa", external_id="shop-8")
    assert await search(client, "ana SHOP") == ["Ana Lima", "Ana Costa"]
    assert await search(client, "lima shop-7") == ["Ana Lima"]
    assert await search(client, "lima shop-8") == []


@pytest.mark.parametrize("q", ["", " ", "\u200b", "\u3164", "\x00"])
async def test_an_empty_search_is_rejected(client, q):
    assert (await client.get("/v1/customers", params={"q": q})).status_code == 422


async def test_a_search_follows_a_change_of_the_name(client):
    customer = await register(client, name="Ana Lima")
    assert (await patch(client, customer, {"name": "Ana Müller"}, etag='"1"')).status_code == 200
    assert [await search(client, "muller"), await search(client, "lima")] == [["Ana Müller"], []]


async def test_a_search_for_a_merged_customer_finds_the_survivor(client):
    survivor = await register(client, name="Ana Lima", owner="wang")
    first = await register(client, name="A. Lyma", external_id="old-card")
    second = await register(client, name="Anna Leema", owner="li")
    await merge(client, second, into=first)
    await merge(client, first, into=survivor)
    for query in ("lyma", "OLD-CARD", "leema", "lima"):
        assert await search(client, query) == ["Ana Lima"], query
    assert [await search(client, "leema", owner=owner) for owner in ("wang", "li")] == [["Ana Lima"], []]
    assert await search(client, "lima leema") == []
    await post_merge(client, "unmerge", survivor, first)
    assert [await search(client, query) for query in ("lyma", "leema", "lima")] == [
        ["A. Lyma"],
        ["A. Lyma"],
        ["Ana Lima"],
    ]


async def test_pages_of_a_search_name_a_survivor_once(client):
    survivors = [await register(client, name=f"Lima {number}") for number in range(3)]
    for survivor in survivors:
        for _ in range(2):
            await merge(client, await register(client, name="Lyma"), into=survivor)
    seen, cursor = list[str](), dict[str, str]()
    for _ in range(3):
        page = (await client.get("/v1/customers", params={"q": "lyma", "limit": "1"} | cursor)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert (seen, cursor) == (["Lima 0", "Lima 1", "Lima 2"], {})


@pytest.mark.parametrize("etag", ['"1"', "*", '"77"'])
async def test_an_update_of_a_merged_customer_is_rejected_with_the_id_of_the_survivor(client, etag):
    survivor, middle, member = [await register(client) for _ in range(3)]
    await merge(client, member, into=middle)
    await merge(client, middle, into=survivor)
    refused = await patch(client, member, {"region": "north"}, etag=etag)
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    assert refused.json()["survivor_id"] == str(survivor)
    # The way out that the problem names works with the ETag of either customer.
    tag = (await client.get(f"/v1/customers/{member}")).headers["etag"]
    assert (await patch(client, survivor, {"region": "north"}, etag=tag)).status_code == 200
    assert (await get_customer(client, member))["region"] == "north"


async def test_after_an_unmerge_the_member_is_changed_again_and_nothing_hidden_appears(client):
    survivor, member = await register(client), await register(client)
    before = await get_customer(client, member)
    await merge(client, member, into=survivor)
    assert (await patch(client, member, {"region": "north"}, etag="*")).status_code == 409
    await post_merge(client, "unmerge", survivor, member)
    assert await get_customer(client, member) == before
    assert (await patch(client, member, {"region": "south"}, etag='"1"')).status_code == 200


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u200b", "\u3164"])
async def test_a_purchase_names_its_articles_and_categories(client, blank):
    for field in ("sku", "category"):
        purchase = make_purchase(customer_external_id="nobody", lines=[make_line(**{field: blank})])
        refused = await client.post("/v1/purchases", json=purchase)
        assert refused.json()["errors"][0]["pointer"] == f"/lines/0/{field}"
        (item,) = (await client.post("/v1/purchases:batch", json={"items": [purchase]})).json()["items"]
        assert item["status"] == 422


@pytest.mark.parametrize("field", ["external_id", "name", "region", "owner"])
@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
async def test_a_customer_has_no_blank_fields(client, field, blank):
    refused = await client.post("/v1/customers", json=make_customer(**{field: blank}))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")


async def test_an_article_can_be_returned_however_its_name_is_encoded(client, customer_database):
    purchase = await buy(client, lines=[make_line(sku="Café-1"), make_line(sku="Tea"), make_line(sku="TEA")])
    path = f"/v1/purchases/{purchase['id']}/returns"
    for sku, status in (("Cafe\u0301-1", 201), ("CAFE-1", 201), ("TEA", 201), ("tea", 422), ("Coffee-1", 422)):
        response = await client.post(path, json=make_return(lines=[{"sku": sku, "quantity": "1"}]))
        assert response.status_code == status, sku
        assert status == 422 or response.json()["lines"][0]["sku"] == sku
    beyond = await client.post(path, json=make_return(lines=[{"sku": "café-1", "quantity": "1.001"}]))
    assert beyond.json()["code"] == "return_exceeds_purchase"


async def test_a_purchase_names_a_category_and_an_article_once_as_written_first(client, customer_database):
    spellings = ("Küche", "Ku\u0308che", "kuche\u200b")
    await buy(client, lines=[make_line(sku=f"{name}-1", category=name) for name in spellings])
    (event,) = await staged(customer_database, "heed.purchase.recorded")
    assert (event.data["categories"], event.data["products"]) == (["Küche"], ["Küche-1"])
