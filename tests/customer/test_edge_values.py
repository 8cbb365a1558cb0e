"""Stored values at the limits of dates, amounts and texts are shown by every list and detail."""

import pytest

from tests.customer.factories import make_customer, make_interaction, make_purchase, make_return, register
from tests.customer.imports.files import NDJSON, ndjson, process_all, progress, upload
from tests.edge_values import read_everything, rows_not_shown, store_edges, variants

pytestmark = pytest.mark.asyncio


async def test_stored_edge_values_of_customers_are_shown(app, client, import_job):
    customer_id = str(await register(client, external_id="shop-1"))
    referral = {"customer_id": customer_id, "occurred_at": "2026-03-01T10:00:00Z", "external_id": "r"}
    interaction = make_interaction(customer_id=customer_id, currency="USD", external_id="i")
    bought = make_purchase(customer_id=customer_id, service_point_id="shop 1")
    stored = [
        await store_edges(client, "POST", "/v1/customers", make_customer(external_id="c")),
        await store_edges(client, "POST", "/v1/purchases", bought),
        await store_edges(client, "POST", "/v1/interactions", interaction),
        await store_edges(client, "POST", "/v1/referrals", referral),
    ]
    purchases = [purchase["id"] for purchase in stored[1]]
    stored.append(await store_edges(client, "POST", f"/v1/purchases/{purchases[0]}/returns", make_return(note="Late")))
    assert [len(responses) > 0 for responses in stored] == [True] * len(stored)
    lines = [
        line | {"external_id": f"line-{number}"}
        for number, line in enumerate(variants(make_purchase(customer_external_id="shop-1")))
    ]
    location = await upload(client, "purchases", ndjson(lines), NDJSON)
    await process_all(import_job)
    assert (await progress(client, location))["lines"]["done"] == len(lines)
    ids = {
        "customer_id": [customer["id"] for customer in stored[0]],
        "purchase_id": purchases,
        "import_id": [location.rpartition("/")[2]],
    }
    assert await read_everything(app, client, ids) > len(purchases)
    assert rows_not_shown(app) == []
