"""While all connections of the pool are in use, callers get 503 `database_busy` and lose nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.customer.conftest import CONTACT_KEY
from tests.customer.factories import make_purchase, register, staged

pytestmark = pytest.mark.asyncio

POOL_SIZE = 2
JSON = {"Content-Type": "application/json"}
WRITTEN = text("SELECT (SELECT count(*) FROM purchase) + (SELECT count(*) FROM idempotency)")
WAYS = {
    "single": ("/v1/purchases", JSON, False),
    "keyed": ("/v1/purchases", JSON, True),
    "ordinary route": ("/v1/purchases", {"Content-Type": "application/vnd.shop+json"}, False),
    "batch": ("/v1/purchases:batch", JSON, False),
    "keyed batch": ("/v1/purchases:batch", JSON, True),
}


@pytest_asyncio.fixture
async def small_database(customer_database: Database) -> AsyncIterator[Database]:
    """The same database by a small pool, in which requests do not wait for long."""
    address = customer_database.url.render_as_string(hide_password=False)
    database = Database(address, pool_size=POOL_SIZE, pool_timeout=0.05)
    database.cipher = customer_database.cipher
    yield database
    await database.close()


@pytest_asyncio.fixture
async def small_client(
    small_database: Database, customer_database: Database, clock: FakeClock
) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", contact_keys=CONTACT_KEY)
    app = create_app(settings, Resources(small_database, clock, Metrics("customer")))
    async with make_client(app, await make_token(customer_database, now=clock.now())) as client:
        yield client


async def take_all_connections(database: Database) -> AsyncExitStack:
    """Take the connections of the pool until the stack is closed."""
    stack = AsyncExitStack()
    for _ in range(POOL_SIZE):
        session = await stack.enter_async_context(database.transaction())
        await session.connection()
    return stack


async def send(client: httpx.AsyncClient, purchase: dict[str, object], way: str) -> httpx.Response:
    path, headers, keyed = WAYS[way]
    key = {"Idempotency-Key": str(purchase["external_id"])} if keyed else {}
    body = {"items": [purchase]} if path.endswith("batch") else purchase
    return await client.post(path, content=json.dumps(body), headers=headers | key)


@pytest.mark.parametrize("way", WAYS)
async def test_a_busy_database_is_a_problem_to_retry_and_the_repeated_requests_are_recorded_once(
    small_client, small_database, customer_database, way
):
    customer_id = str(await register(small_client))
    purchases = [make_purchase(customer_id=customer_id) for _ in range(10)]
    async with await take_all_connections(small_database):
        refused = await asyncio.gather(*(send(small_client, purchase, way) for purchase in purchases))
    for response in refused:
        assert (response.status_code, response.json()["code"]) == (503, "database_busy")
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "1"
        assert response.json()["instance"] == f"urn:heed:request:{response.headers['x-request-id']}"
    async with customer_database.transaction() as session:
        assert (await session.execute(WRITTEN)).scalar_one() == 0
    assert await staged(customer_database, "heed.purchase") == []

    for _ in range(2):
        responses = [await send(small_client, purchase, way) for purchase in purchases]
        assert {response.status_code for response in responses} <= {200, 201}
    events = await staged(customer_database, "heed.purchase")
    assert sorted(event.data["external_id"] for event in events) == sorted(p["external_id"] for p in purchases)
