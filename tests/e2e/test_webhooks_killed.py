"""Webhooks of a product that is killed again and again: per customer in order, none lost, whatever the receivers do."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct
from tests.webhook_receiver import Received, Receiver, Respond, receiver

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.slow, pytest.mark.alone]
CUSTOMERS = 25
TIME_LIMIT_SECONDS = 1.0
PATIENCE = 600.0
SETTINGS = {
    "HEED_WEBHOOK_ALLOW_HTTP": "true",
    "HEED_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HEED_WEBHOOK_SECONDS": str(TIME_LIMIT_SECONDS),
    "HEED_WEBHOOK_MAX_PAUSE_SECONDS": "1",
}
FAILURES = (httpx.HTTPError, OSError)


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct(**SETTINGS)
    product.start()
    yield product
    product.stop()
    product.remove()


async def slow(_: Received) -> tuple[int, dict[str, str]]:
    await asyncio.sleep(0.02)
    return 200, {}


def lying() -> Respond:
    """Responds 500 sometimes, and sometimes 200 after the time limit: then the event was received and comes again."""
    count = 0

    async def respond(_: Received) -> tuple[int, dict[str, str]]:
        nonlocal count
        count += 1
        if count % 97 == 0:
            await asyncio.sleep(TIME_LIMIT_SECONDS * 1.5)
        return (500 if count % 11 == 0 else 200), {}

    return respond


def down(state: asyncio.Event) -> Respond:
    async def respond(_: Received) -> tuple[int, dict[str, str]]:
        return (200 if state.is_set() else 503), {}

    return respond


class Traffic:
    """Interactions of customers, those of one customer one after the other, whatever happens to the product."""

    def __init__(self, product: EmbeddedProduct, client: httpx.AsyncClient) -> None:
        self._product = product
        self._client = client
        self.published: dict[str, list[str]] = {}
        """By customer, the ids of its events in their order."""

    @property
    def count(self) -> int:
        return sum(map(len, self.published.values()))

    async def run(self, events: int) -> None:
        await asyncio.gather(*(self._customer(events // CUSTOMERS) for _ in range(CUSTOMERS)))

    async def post(self, path: str, body: dict[str, object]) -> httpx.Response:
        """Post until the product responds: it may be killed and started meanwhile."""
        while True:
            try:
                response = await self._client.post(path, json=body)
            except FAILURES:
                await asyncio.sleep(0.05)
                continue
            if response.status_code < 500:
                assert response.status_code in (200, 201), response.text
                return response
            await asyncio.sleep(0.05)

    async def _customer(self, events: int) -> None:
        name = {"kind": "individual", "name": "Ann", "external_id": str(uuid4())}
        customer_id = (await self.post("/v1/customers", name)).json()["id"]
        ids = self.published[customer_id] = []
        for _ in range(events):
            interaction = {
                "customer_id": customer_id,
                "external_id": str(uuid4()),
                "occurred_at": "2026-03-02T12:00:00Z",
                "kind": "visit",
                "channel": "phone",
            }
            ids.append((await self.post("/v1/interactions", interaction)).headers["heed-event"])


async def kill_repeatedly(product: EmbeddedProduct, traffic: Traffic, *, times: int, events: int) -> None:
    for kill in range(1, times + 1):
        while traffic.count < kill * events // (times + 1):
            await asyncio.sleep(0.02)
        await asyncio.to_thread(product.kill)
        await asyncio.to_thread(product.start)


def first_arrivals(shop: Receiver) -> dict[str, list[str]]:
    """Return the ids that a receiver has got, by customer, each where it came first: as one that removes duplicates."""
    arrived: dict[str, dict[str, None]] = {}
    for request in shop.accepted:
        arrived.setdefault(request.event["data"]["customer_id"], {})[request.id] = None
    return {customer_id: list(ids) for customer_id, ids in arrived.items()}


async def test_ten_kills_lose_nothing_and_preserve_the_order_of_each_customer(product, repetitions):
    events, kills = repetitions(quick=300, full=10_000), repetitions(quick=2, full=10)
    is_up = asyncio.Event()
    behaviours = {"good": None, "slow": slow, "lying": lying(), "down": down(is_up)}
    headers = {"Authorization": f"Bearer {product.token}"}
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=CUSTOMERS)
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=product.base_url, headers=headers, timeout=60, limits=limits)
        )
        shops = {}
        for name, respond in behaviours.items():
            shop = await stack.enter_async_context(receiver(*([respond] if respond else [])))
            body = {"url": shop.url, "types": ["interaction"], "description": name}
            shop.secret = (await client.post("/v1/webhooks", json=body)).json()["secret"]
            shops[name] = shop
        traffic = Traffic(product, client)
        killing = asyncio.create_task(kill_repeatedly(product, traffic, times=kills, events=events))
        await traffic.run(events)
        await killing
        expected = {id_ for ids in traffic.published.values() for id_ in ids}
        for name in ("good", "slow", "lying"):  # They have everything while the other is still down.
            await shops[name].wait_for(lambda shop: expected <= set(shop.accepted_ids()), PATIENCE)
        assert not shops["down"].accepted
        is_up.set()
        await shops["down"].wait_for(lambda shop: expected <= set(shop.accepted_ids()), PATIENCE)
    assert len(expected) == events
    for name, shop in shops.items():
        assert first_arrivals(shop) == traffic.published, name
        assert shop.forged == 0
        repeated = Counter(shop.accepted_ids())
        print(f"{name}: {len(shop.requests)} requests, {repeated.total() - len(repeated)} accepted again")
