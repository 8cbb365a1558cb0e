"""Stored edge values of what account managers record are shown by every list and detail."""

import pytest

from tests.customer.accounts.test_profiles import consent
from tests.customer.commitments.test_needs import make_need
from tests.customer.commitments.test_promises import make_promise
from tests.customer.commitments.test_quotes import make_quote
from tests.customer.factories import register
from tests.edge_values import read_everything, rows_not_shown, store_edges, variants

pytestmark = pytest.mark.asyncio
PROFILES = {
    "basics": {
        "nickname": "老王",
        "birth_date": "1980-05-01",
        "height_cm": 172,
        "weight_kg": 70.5,
        "id_number": "11 X",
    },
    "family": {"spouse": {"name": "Li", "birthday": "1981-01-01"}, "children": [{"name": "Bao"}], "views": "None."},
    "career": {"past_jobs": [{"employer": "Acme", "from_year": 1999}], "acquaintances": ["Sun Li"]},
    "ties": {"place": "Suzhou", "faith": "none"},
}


async def test_stored_edge_values_of_commitments_and_profiles_are_shown(app, client):
    customer_id = str(await register(client))
    await consent(client, customer_id, by_guardian=True)
    base = f"/v1/customers/{customer_id}"
    stored = {
        "promise_id": await store_edges(client, "POST", f"{base}/promises", make_promise(made_by="Wang")),
        "quote_id": await store_edges(client, "POST", f"{base}/quotes", make_quote(note="n", quoted_by="Wang")),
        "need_id": await store_edges(client, "POST", f"{base}/needs", make_need(since="2026-03-01", confirmed=True)),
    }
    assert all(stored.values())
    for group, document in PROFILES.items():
        await client.put(f"{base}/profile/{group}", json={}, headers={"If-Match": '"0"'})
        assert await _put_edges(client, f"{base}/profile/{group}", document)
    ids = {name: [row["id"] for row in rows] for name, rows in stored.items()}
    ids |= {"customer_id": [customer_id], "group": list(PROFILES), "aspect": ["key_account"]}
    assert await read_everything(app, client, ids, below=("/v1/customers",)) > sum(map(len, stored.values()))
    assert rows_not_shown(app) == []


async def _put_edges(client, path, document):
    assert (await client.put(path, json=document, headers={"If-Match": "*"})).status_code == 200
    stored = []
    for variant in variants(document):
        response = await client.put(path, json=variant, headers={"If-Match": "*"})
        assert response.status_code in {200, 422}, response.text
        if response.is_success:
            shown = (await client.get(path)).json()
            assert shown.keys() >= {name for name, value in variant.items() if value is not None}
            stored.append(shown)
    return stored
