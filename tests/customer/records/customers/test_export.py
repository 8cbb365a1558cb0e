"""The list of customers as a file."""

import csv
import io
import json

import pytest

from heed_common.contracts.customer import CustomerKind
from heed_common.http.exports import PAGE_ITEMS
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.customers.service import register_customers
from tests.common.sample_app import make_client, make_token
from tests.customer.factories import make_customer, register

pytestmark = pytest.mark.asyncio


async def register_many(client, names):
    for name in names:
        await register(client, name=name)


async def all_items(client, path):
    items, params = [], {"limit": 200}
    while True:
        page = (await client.get(path, params=params)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


async def test_a_file_has_all_items_of_the_list_in_its_order(client, customer_database, clock):
    """Also beyond the page in which the file is read."""
    customers = [NewCustomer(kind=CustomerKind.INDIVIDUAL, name=f"Ana {number}") for number in range(PAGE_ITEMS + 1)]
    async with customer_database.transaction() as session:
        await register_customers(session, customers=customers, now=clock.now())
    listed = await all_items(client, "/v1/customers")
    response = await client.get("/v1/customers.ndjson")
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == 'attachment; filename="customers.ndjson"'
    assert [json.loads(line) for line in response.text.splitlines()] == listed
    assert len(listed) == PAGE_ITEMS + 1


async def test_a_csv_file_opens_in_a_spreadsheet(client):
    await register_many(client, ["李伟", "=HYPERLINK(1)", "-5"])
    response = await client.get("/v1/customers.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert [row["name"] for row in rows] == ["李伟", "'=HYPERLINK(1)", "-5"]
    item = (await client.get("/v1/customers", params={"limit": 1})).json()["items"][0]
    assert list(rows[0]) == list(item)


async def test_a_file_is_filtered_like_the_list(client):
    await register_many(client, ["Ana Lima", "Li Wei"])
    rows = (await client.get("/v1/customers.ndjson", params={"q": "lima"})).text.splitlines()
    assert [json.loads(row)["name"] for row in rows] == ["Ana Lima"]
    assert (await client.get("/v1/customers.csv", params={"owner": "nobody"})).text.count("\r\n") == 1


async def test_a_file_needs_the_scope_of_its_list(app, customer_database, clock, client):
    await client.post("/v1/customers", json=make_customer())
    token = await make_token(customer_database, now=clock.now(), scopes=["purchases:read"])
    async with make_client(app, token) as stranger:
        assert (await stranger.get("/v1/customers.csv")).status_code == 403


async def test_an_unknown_filter_or_format_is_a_problem(client):
    assert (await client.get("/v1/customers.csv", params={"limit": 5})).status_code == 422
    response = await client.get("/v1/customers.xlsx")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
