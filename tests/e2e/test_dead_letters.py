"""Rubbish in a topic of the running product: consumers stop, the rest works, and commands put it right."""

import asyncio
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from heed.postgres_server import Cluster
from heed.services import LOG_DATABASE
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Message
from heed_common.database import Database
from tests.common.broker.brokers import publish
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

READERS = ("customer", "complaint", "survey", "scoring")
PATIENCE = 60.0


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct()
    try:
        product.start()
        yield product
    finally:
        product.remove()


def put_rubbish(product: EmbeddedProduct, count: int) -> None:
    """Into one partition of the topic that all services read."""
    cluster = Cluster(product.data_dir / "postgres")
    assert cluster.attach()

    async def append() -> None:
        bus = PostgresBus(Database(cluster.url(LOG_DATABASE), pool_size=2))
        await publish(bus, [Message("heed.customer", b"one key", b"rubbish")] * count)
        await bus.close()

    asyncio.run(append())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def dead(client: httpx.Client, service: str) -> list[dict[str, object]]:
    answer = client.get("/v1/admin/dead-letters", params={"service": service})
    found: list[dict[str, object]] = answer.raise_for_status().json()["items"]
    return found


def test_consumers_that_stopped_stay_stopped_over_a_restart_until_a_command_resumes_them(
    product: EmbeddedProduct,
) -> None:
    put_rubbish(product, 30)
    client = httpx.Client(base_url=product.base_url, headers={"Authorization": f"Bearer {product.token}"}, timeout=30)

    def stopped() -> set[str]:
        checks = client.get("/readyz").raise_for_status().json()["checks"]
        return {service for service in READERS if "heed dlq resume" in checks[f"{service}.consumer"]}

    until(lambda: stopped() == set(READERS))
    assert client.get("/readyz").json()["status"] == "degraded"
    assert [len(dead(client, service)) for service in READERS] == [20, 20, 20, 20]
    assert client.post("/v1/customers", json={"kind": "individual", "name": "Li Wei"}).status_code == 201

    assert product.stop() == 0
    product.start()
    until(lambda: stopped() == set(READERS))
    assert [len(dead(client, service)) for service in READERS] == [20, 20, 20, 20]

    assert "heed dlq resume --service scoring" in product.command("dlq", "list", "--service", "scoring")
    for service in READERS:
        assert product.command("dlq", "resume", "--service", service) == f"heed-{service} resumed."
    until(lambda: [len(dead(client, service)) for service in READERS] == [30, 30, 30, 30])
    assert stopped() == set()
    assert len(client.get("/v1/scores").json()["items"]) == 1

    product.command("dlq", "retry", "--all", "--service", "survey")
    until(lambda: {letter["attempts"] for letter in dead(client, "survey")} == {2})
    assert product.command("dlq", "drop", "--all", "--service", "survey") == "30 of survey dropped."
    assert dead(client, "survey") == []
    assert client.get("/v1/admin/dead-letters").status_code == 422
    client.close()
    assert product.stop() == 0
    assert len(product.command("dlq", "list").splitlines()) == 90
