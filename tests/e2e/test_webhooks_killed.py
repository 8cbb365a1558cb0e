"""Webhooks of a product that is killed again and again: per customer in order, none lost, whatever the receivers do."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from statistics import quantiles
from uuid import uuid4

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct
from tests.webhook_receiver import Received, Receiver, Respond, accept, receiver

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.slow, pytest.mark.alone]
CUSTOMERS = 25
TIME_LIMIT_SECONDS = 1.0
EVENTS_OF_A_TURN = 75
PAUSE_SECONDS = 2.0
"""Between two events of a customer, where times are measured: the machine must not be the one that delays."""
PATIENCE = 900.0
"""An idle machine needs a tenth of it."""
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


async def hangs(_: Received) -> tuple[int, dict[str, str]]:
    await asyncio.sleep(TIME_LIMIT_SECONDS * 1.5)
    return 200, {}


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

    async def run(self, events: int, *, pause: float = 0.0) -> None:
        """Record so many events, in turn for all customers, with a pause between two of one customer."""
        if not self.published:
            await asyncio.gather(*(self._register() for _ in range(CUSTOMERS)))
        share = events // CUSTOMERS
        delays = (pause * index / CUSTOMERS for index in range(CUSTOMERS))
        await asyncio.gather(*(self._record(id_, share, pause, next(delays)) for id_ in self.published))

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

    async def _register(self) -> None:
        name = {"kind": "individual", "name": "Ann", "external_id": str(uuid4())}
        self.published[(await self.post("/v1/customers", name)).json()["id"]] = []

    async def _record(self, customer_id: str, events: int, pause: float, delay: float) -> None:
        await asyncio.sleep(delay)
        for _ in range(events):
            interaction = {
                "customer_id": customer_id,
                "external_id": str(uuid4()),
                "occurred_at": "2026-03-02T12:00:00Z",
                "kind": "visit",
                "channel": "phone",
            }
            event_id = (await self.post("/v1/interactions", interaction)).headers["heed-event"]
            self.published[customer_id].append(event_id)
            await asyncio.sleep(pause)


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


@asynccontextmanager
async def opened(product: EmbeddedProduct) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {product.token}"}
    limits = httpx.Limits(max_connections=CUSTOMERS)
    async with httpx.AsyncClient(base_url=product.base_url, headers=headers, timeout=60, limits=limits) as client:
        yield client


async def open_shops(
    stack: AsyncExitStack, client: httpx.AsyncClient, behaviours: Mapping[str, Respond]
) -> dict[str, Receiver]:
    """Serve a receiver for each behaviour, and create its webhook."""
    shops = {}
    for name, respond in behaviours.items():
        shop = await stack.enter_async_context(receiver(respond))
        body = {"url": shop.url, "types": ["interaction"], "description": name}
        shop.secret = (await client.post("/v1/webhooks", json=body)).json()["secret"]
        shops[name] = shop
    return shops


async def test_ten_kills_lose_nothing_and_preserve_the_order_of_each_customer(product, repetitions):
    events, kills = repetitions(quick=300, full=10_000), repetitions(quick=2, full=10)
    is_up = asyncio.Event()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(opened(product))
        behaviours = {"good": accept, "slow": slow, "lying": lying(), "down": down(is_up)}
        shops = await open_shops(stack, client, behaviours)
        traffic, began = Traffic(product, client), time.monotonic()
        killing = asyncio.create_task(kill_repeatedly(product, traffic, times=kills, events=events))
        await traffic.run(events)
        await killing
        print(f"\n{events} events recorded and {kills} kills after {time.monotonic() - began:.0f} s")
        for name in ("good", "slow", "lying"):  # They have everything while the other is still down.
            await shops[name].wait_for(lambda shop: len(shop.distinct) >= events, PATIENCE)
            print(f"{name} has all after {time.monotonic() - began:.0f} s")
        assert not shops["down"].accepted
        is_up.set()
        await shops["down"].wait_for(lambda shop: len(shop.distinct) >= events, PATIENCE)
        print(f"down has all after {time.monotonic() - began:.0f} s")
    assert traffic.count == events
    for name, shop in shops.items():
        assert first_arrivals(shop) == traffic.published, name
        assert shop.forged == 0
        repeated = Counter(shop.accepted_ids())
        print(f"{name}: {len(shop.requests)} requests, {repeated.total() - len(repeated)} accepted again")


def seconds_until_arrival(requests: list[Received], offset: float) -> list[float]:
    """Return how long after it was recorded each event arrived first; both by the clock of this machine."""
    first: dict[str, float] = {}
    for request in requests:
        recorded_at = datetime.fromisoformat(request.event["time"]).timestamp()
        first.setdefault(request.id, request.at + offset - recorded_at)
    return list(first.values())


def figures(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100, method="inclusive")
    shown = ", ".join(f"p{percent} {cuts[percent - 1] * 1000:.0f} ms" for percent in (50, 90, 99))
    return f"{len(seconds)} events, {shown}"


@pytest.mark.repeated
@pytest.mark.benchmark
async def test_how_long_events_take_to_the_good_one_alone_and_beside_the_others(product, repetitions):
    """Of the others one hangs, one is slow and one is down; in short turns, so that other load meets both alike.

    That it does not wait for them is shown without a clock in tests/customer/subscriptions/delivery/test_jobs.py.
    """
    turns = repetitions(quick=1, full=20)
    offset = time.time() - asyncio.get_running_loop().time()
    others = {"hanging": hangs, "slow": slow, "down": down(asyncio.Event())}
    seconds: dict[str, list[float]] = {"alone": [], "beside": []}
    async with opened(product) as client, AsyncExitStack() as stack:
        good = (await open_shops(stack, client, {"good": accept}))["good"]
        traffic = Traffic(product, client)
        await traffic.run(EVENTS_OF_A_TURN)
        for turn in range(2 * turns):
            name = ("alone", "beside")[turn % 2]
            async with AsyncExitStack() as turn_stack:
                shops = await open_shops(turn_stack, client, others if name == "beside" else {})
                await asyncio.sleep(PAUSE_SECONDS)
                await good.wait_for(lambda shop: len(shop.distinct) == traffic.count)
                before = len(good.accepted)
                await traffic.run(EVENTS_OF_A_TURN, pause=PAUSE_SECONDS)
                await good.wait_for(lambda shop: len(shop.distinct) == traffic.count)
                for item in (await client.get("/v1/webhooks")).json()["items"]:
                    if item["description"] in shops:
                        assert (await client.delete(f"/v1/webhooks/{item['id']}")).status_code == 204
            assert all(shop.requests for shop in shops.values())
            measured = seconds_until_arrival(good.accepted[before:], offset)
            seconds[name] += measured
            print(f"{name}: {figures(measured)}")
    print("\n".join(f"all turns, {name}: {figures(measured)}" for name, measured in seconds.items()))
    assert len(seconds["alone"]) == len(seconds["beside"]) == turns * EVENTS_OF_A_TURN
