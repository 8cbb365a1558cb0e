"""The list of customers: filters, sorting and cursors, and the refresh of its columns after an upgrade."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import text

from heed_common.failed_work.isolation import all_at_once
from heed_customer.read_models.scores import repository as scores
from heed_customer.records.customers import jobs
from heed_customer.search.customers import service
from tests.conftest import NOON
from tests.customer.factories import merge, register
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio


async def give_score(database, customer_id, value_at_risk, *, tier="B", band="high"):
    row = {
        "customer_id": customer_id, "version": 1, "tier": tier, "value": Decimal(100), "currency": "USD",
        "churn_probability": Decimal("0.5"), "churn_band": band, "value_at_risk": Decimal(value_at_risk),
        "loyalty_class": None, "lifecycle_stage": None, "scored_at": NOON,
    }  # fmt: skip
    async with database.transaction() as session:
        await scores.upsert_scores(session, [row])


async def pages(client, **params):
    """All names of the list, page by page."""
    names, query = [], {"limit": 2, **params}
    while True:
        response = await client.get("/v1/customers", params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        names += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            return names
        query["cursor"] = page["next_cursor"]


async def test_a_chinese_name_is_found_in_pinyin(client):
    await register(client, name="单雄信")
    await register(client, name="王小明")
    for query in ("shan", "shanxiongxin", "Shàn Xióngxìn", "dan xiong", "sxx", "雄信"):
        assert await pages(client, q=query) == ["单雄信"], query


async def test_a_search_finds_a_customer_by_its_id(client):
    survivor, duplicate = await register(client, name="Ana"), await register(client, name="Anna")
    await merge(client, duplicate, into=survivor)
    assert [await pages(client, q=str(customer)) for customer in (survivor, duplicate)] == [["Ana"], ["Ana"]]


async def test_the_list_is_sorted_by_value_at_risk_and_customers_without_a_score_come_last(client, customer_database):
    ids = {name: await register(client, name=name) for name in ("Ana", "Bo", "Cem", "Dag", "Eva")}
    for name, value in (("Ana", "5"), ("Cem", "40.50"), ("Eva", "40.50")):
        await give_score(customer_database, ids[name], value)
    assert await pages(client, sort="-value_at_risk") == ["Eva", "Cem", "Ana", "Bo", "Dag"]
    await merge(client, ids["Eva"], into=ids["Bo"])
    assert await pages(client, sort="-value_at_risk") == ["Cem", "Ana", "Bo", "Dag"]


async def test_the_list_is_sorted_by_name_and_by_age(client):
    for name in ("张三", "Zoe", "Álvaro", "安娜", "ana"):
        await register(client, name=name)
    assert await pages(client, sort="name") == ["Álvaro", "安娜", "ana", "张三", "Zoe"]
    assert await pages(client, sort="-created_at") == ["ana", "安娜", "Álvaro", "Zoe", "张三"]
    assert await pages(client, sort="created_at") == await pages(client) == ["张三", "Zoe", "Álvaro", "安娜", "ana"]


@pytest.mark.parametrize("sort", ["name", "-created_at", "-value_at_risk"])
async def test_a_search_has_one_order_over_all_pages(client, customer_database, sort):
    ids = [await register(client, name=f"Lima {number}") for number in (3, 1, 2, 5, 4)]
    await register(client, name="Costa")
    for customer_id, value in zip(ids, ("3", "1", "2", "5", "4"), strict=True):
        await give_score(customer_database, customer_id, value)
    expected = {
        "name": ["Lima 1", "Lima 2", "Lima 3", "Lima 4", "Lima 5"],
        "-created_at": ["Lima 4", "Lima 5", "Lima 2", "Lima 1", "Lima 3"],
        "-value_at_risk": ["Lima 5", "Lima 4", "Lima 3", "Lima 2", "Lima 1"],
    }[sort]
    assert await pages(client, q="lima", sort=sort) == expected


async def test_filters_narrow_the_list_together(client, customer_database):
    ana, bo = await register(client, name="Ana", owner="wang"), await register(client, name="Bo", owner="wang")
    duplicate = await register(client, name="Boo", owner="wang")
    await give_score(customer_database, ana, "5", tier="A", band="low")
    await give_score(customer_database, bo, "5", tier="A", band="critical")
    await client.put(f"/v1/customers/{duplicate}/tags/VIP")
    await merge(client, duplicate, into=bo)
    assert await pages(client, tier="A") == ["Ana", "Bo"]
    assert await pages(client, tier="A", band="critical") == ["Bo"]
    assert await pages(client, tag="vip", owner="wang") == ["Bo"]
    for sort in ("created_at", "-created_at", "name", "-value_at_risk"):
        assert await pages(client, tier="A", band="critical", tag="vip", owner="wang", q="bo", sort=sort) == ["Bo"]
    assert await pages(client, tag="vip", band="low") == []
    for wrong in ({"tier": "E"}, {"band": "big"}, {"sort": "-name"}, {"tag": ""}):
        assert (await client.get("/v1/customers", params=wrong)).status_code == 422


async def decide(client, customer_id, aspect, value):
    path = f"/v1/customers/{customer_id}/classification/{aspect}"
    response = await client.put(path, json={"value": value, "reason": "The board decided it"})
    assert response.is_success, response.text


async def test_customers_are_listed_by_what_was_decided_or_else_derived(client, customer_database):
    ids = {name: await register(client, name=name) for name in ("Ana", "Bo", "Cem", "Dag", "Eva")}
    assert await pages(client, key_account="key") == []
    for name in ("Bo", "Dag", "Eva"):
        await decide(client, ids[name], "key_account", "key")
    await decide(client, ids["Dag"], "buyer_type", "relationship")
    await decide(client, ids["Eva"], "key_account", "ordinary")
    assert await pages(client, key_account="key") == ["Bo", "Dag"]
    assert await pages(client, key_account="key", sort="-created_at") == ["Dag", "Bo"]
    assert await pages(client, key_account="key", buyer_type="relationship") == ["Dag"]
    assert await pages(client, key_account="ordinary") == ["Ana", "Cem", "Eva"]
    assert (await client.delete(f"/v1/customers/{ids['Dag']}/classification/key_account")).is_success
    assert await pages(client, key_account="key") == ["Bo"]
    await merge(client, ids["Bo"], into=ids["Ana"])
    assert await pages(client, key_account="key") == ["Ana"]
    declared = await register(client, name="Fay", buyer_type="relationship")
    await give_score(customer_database, declared, "5")
    assert await pages(client, buyer_type="relationship", band="high") == ["Fay"]
    for wrong in ({"buyer_type": "x"}, {"key_account": "big"}):
        assert (await client.get("/v1/customers", params=wrong)).status_code == 422


async def test_a_page_by_classification_examines_some_customers_and_continues_there(client, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    monkeypatch.setattr(service, "MAX_EXAMINED", 4)
    ids = [await register(client, name=f"Lima {number}") for number in range(9)]
    for position in (0, 7, 8):
        await decide(client, ids[position], "key_account", "key")
    first = (await client.get("/v1/customers", params={"key_account": "key"})).json()
    assert ([item["name"] for item in first["items"]], first["next_cursor"] is None) == (["Lima 0"], False)
    assert await pages(client, key_account="key") == ["Lima 0", "Lima 7", "Lima 8"]
    exported = await client.get("/v1/customers.ndjson", params={"key_account": "key"})
    assert [json.loads(line)["name"] for line in exported.text.splitlines()] == ["Lima 0", "Lima 7", "Lima 8"]


async def test_a_cursor_of_another_order_is_refused(client):
    for name in ("Ana", "Bo", "Cem"):
        await register(client, name=name)
    page = (await client.get("/v1/customers", params={"limit": 1, "sort": "name"})).json()
    response = await client.get("/v1/customers", params={"limit": 1, "cursor": page["next_cursor"]})
    assert response.status_code == 422


async def test_customers_from_before_an_upgrade_are_found_after_the_refresh(client, customer_database, clock):
    customer_id = await register(client, name="王小明")
    outdate = text("UPDATE customer SET search_text = 'x', sort_name = '', search_version = 0")
    async with customer_database.transaction() as session:
        await session.execute(outdate)
    assert await pages(client, q="wang") == []
    async with customer_database.transaction() as session:
        assert await jobs.refresh_search_columns(session, clock, all_at_once) is False
    assert await pages(client, q="wang") == ["王小明"]
    assert revision_of(await client.get(f"/v1/customers/{customer_id}")) == 1


async def test_purchases_and_interactions_of_a_family_are_listed_newest_first(client):
    survivor, duplicate = await register(client), await register(client)
    for number, customer_id in enumerate((survivor, duplicate, survivor)):
        line = {"sku": "a", "category": "b", "quantity": "1", "unit_price": "1"}
        body = {"customer_id": str(customer_id), "external_id": f"p-{number}", "currency": "USD", "lines": [line]}
        body["occurred_at"] = f"2026-02-0{number + 1}T10:00:00Z"
        assert (await client.post("/v1/purchases", json=body)).status_code == 201
        contact = {"customer_id": str(customer_id), "kind": "advice", "channel": "phone", "external_id": f"i-{number}"}
        contact["occurred_at"] = body["occurred_at"]
        assert (await client.post("/v1/interactions", json=contact)).status_code == 201
    await merge(client, duplicate, into=survivor)

    async def external_ids(path, **params):
        items = (await client.get(path, params=params)).json()["items"]
        return [item["external_id"] for item in items]

    assert await external_ids("/v1/purchases", customer_id=str(duplicate)) == ["p-2", "p-1", "p-0"]
    assert await external_ids("/v1/purchases", external_id="p-1") == ["p-1"]
    february = {"from": "2026-02-02T00:00:00Z", "to": "2026-02-03T00:00:00Z"}
    assert await external_ids("/v1/purchases", **february) == ["p-1"]
    assert await external_ids("/v1/interactions", customer_id=str(survivor)) == ["i-2", "i-1", "i-0"]
    assert await external_ids("/v1/interactions", channel="visit") == []
    assert (await client.get("/v1/purchases.csv", params=february)).text.count("\r\n") == 2
