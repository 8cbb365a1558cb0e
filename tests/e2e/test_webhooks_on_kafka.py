"""Webhooks in the production shape: an API, a worker and a Kafka as processes of their own."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import KAFKA, Address
from tests.webhook_receiver import Receiver, receiver

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.slow]


async def create_webhook(client: httpx.AsyncClient, shop: Receiver, types: list[str], **fields: Any) -> str:
    response = await client.post("/v1/webhooks", json={"url": shop.url, "types": types} | fields)
    assert response.status_code == 201, response.text
    shop.secret = response.json()["secret"]
    return str(response.json()["id"])


async def record_visits(client: httpx.AsyncClient, customer_id: str, count: int) -> list[str]:
    """Return the ids of the events."""
    visit = {"customer_id": customer_id, "kind": "visit", "channel": "phone", "occurred_at": "2026-03-02T12:00:00Z"}
    responses = [
        await client.post("/v1/interactions", json=visit | {"external_id": str(uuid4())}) for _ in range(count)
    ]
    return [response.raise_for_status().headers["heed-event"] for response in responses]


@pytest.mark.parametrize("product", [KAFKA], indirect=True)
async def test_a_webhook_gets_the_events_of_two_topics_in_order_and_again_by_replay(product: Address) -> None:
    headers = {"Authorization": f"Bearer {product.token}"}
    async with receiver() as shop, httpx.AsyncClient(base_url=product.base_url, headers=headers, timeout=60) as client:
        customer = await client.post("/v1/customers", json={"kind": "individual", "name": "Ann"})
        ann = str(customer.json()["id"])
        id_ = await create_webhook(client, shop, ["interaction", "score.changed"], customer_id=ann)
        line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "120.00"}
        bought = {"customer_id": ann, "currency": "USD", "occurred_at": "2026-03-02T12:00:00Z", "lines": [line]}
        purchase = await client.post("/v1/purchases", json=bought | {"external_id": str(uuid4())})
        await shop.wait_for(lambda shop: _has_score_of(shop, purchase.headers["heed-event"]))
        ids = await record_visits(client, ann, 3)
        await shop.wait_for(lambda shop: set(ids) <= shop.distinct)
        assert _visits(shop) == ids

        disabled = await client.patch(f"/v1/webhooks/{id_}", json={"state": "disabled"}, headers={"If-Match": '"1"'})
        ids += await record_visits(client, ann, 2)
        etag = {"If-Match": disabled.raise_for_status().headers["etag"]}
        (await client.patch(f"/v1/webhooks/{id_}", json={"state": "enabled"}, headers=etag)).raise_for_status()
        await shop.wait_for(lambda shop: set(ids) <= shop.distinct)
        assert list(dict.fromkeys(_visits(shop))) == ids

        before = len(_visits(shop))
        (await client.post(f"/v1/webhooks/{id_}:replay", json={"event_id": ids[1]})).raise_for_status()
        await shop.wait_for(lambda shop: ids[-1] in _visits(shop)[before:])
        assert _visits(shop)[before:] == ids[1:]
        assert shop.forged == 0


def _visits(shop: Receiver) -> list[str]:
    return [request.id for request in shop.accepted if request.event["type"] == "heed.interaction.recorded.v1"]


def _has_score_of(shop: Receiver, event_id: str) -> bool:
    return any(request.event["data"].get("caused_by_event_id") == event_id for request in shop.accepted)
