"""Purchases in a currency that has been withdrawn since can still be recorded."""

import pytest

from tests.customer.factories import make_interaction, make_purchase, register
from tests.customer.imports.files import CSV, make_row, process_all, progress, table, upload

pytestmark = pytest.mark.asyncio


async def test_a_purchase_in_leva_is_recorded_while_the_lev_was_valid(client):
    customer_id = str(await register(client))
    days = ("2025-12-15", "2026-03-01")
    responses = [
        await client.post(
            "/v1/purchases",
            json=make_purchase(customer_id=customer_id, currency="BGN", occurred_at=f"{day}T10:00:00Z"),
        )
        for day in days
    ]
    assert [response.status_code for response in responses] == [201, 422]
    assert responses[0].json()["currency"] == "BGN"
    assert [error["pointer"] for error in responses[1].json()["errors"]] == ["/currency"]


async def test_the_file_of_a_croatian_shop_can_be_imported(client, import_job):
    await register(client, external_id="shop-1")
    rows = [make_row(currency="HRK", occurred_at="2022-11-30T10:00:00Z"), make_row(external_id="p-2", currency="HRK")]
    location = await upload(client, "purchases", table(rows), CSV)
    await process_all(import_job)
    done = await progress(client, location)
    assert (done["lines"]["ok"], done["lines"]["failed"]) == (1, 1)
    assert [(error["line"], error["column"]) for error in done["errors"]] == [(3, "currency")]


async def test_a_contact_has_its_cost_in_the_currency_of_its_day(client):
    body = make_interaction(customer_id=str(await register(client)), currency="DEM")
    past = await client.post("/v1/interactions", json=body | {"occurred_at": "2001-12-31T12:00:00Z"})
    today = await client.post("/v1/interactions", json=body)
    assert (past.status_code, today.status_code) == (201, 422)
