"""From the POST of a purchase to the score that knows it, in the running product, one after the other."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import httpx

from benchmarks import fixtures, processor, report
from heed.postgres_server import Cluster
from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus, Message, TopicSettings
from heed_common.broker.topics import topic_settings
from heed_common.database import Database

WARM_UP = 20
STEPS = fixtures.scaled(300)
PARTITIONS = 12
TOPIC = "bench.round-trip"


def measure(cluster: Cluster, *, kafka: str | None) -> None:
    """On the embedded log, and on a Kafka if there is one."""
    cluster.create_database("bench_log")
    raw = asyncio.run(_round_trips(PostgresBus(Database(cluster.url("bench_log")))))
    seconds, spent = _steps("embedded")
    reference_is = "produce → consume, PostgreSQL log"
    report.latency("POST to visible score, embedded", seconds, raw, reference_is=reference_is, processor=spent)
    if kafka is not None:
        raw = asyncio.run(_round_trips(KafkaBus(KafkaConnection(kafka))))
        seconds, spent = _steps(f"kafka://{kafka}")
        reference_is = "produce → consume, Kafka"
        report.latency("POST to visible score, Kafka", seconds, raw, reference_is=reference_is, processor=spent)


def _steps(bus: str) -> tuple[list[float], dict[str, float]]:
    """Return the seconds of each step, and the milliseconds of the processor that one takes."""
    with running(bus) as (product, address, token):
        headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=30"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            customer = client.post("/v1/customers", json={"kind": "individual", "name": "Bench"})
            customer_id = customer.raise_for_status().json()["id"]
            for _ in range(WARM_UP):
                _step(client, customer_id)
            before = product.used()
            seconds = [_step(client, customer_id) for _ in range(STEPS)]
            spent = processor.microseconds(before, product.used(), per=STEPS)
            return seconds, {name: round(value / 1000, 1) for name, value in spent.items()}


@dataclass(frozen=True, slots=True)
class Product:
    """A running product: its process, and the folder of its cluster."""

    pid: int
    folder: Path

    def used(self) -> dict[str, float]:
        """Return the seconds of the processor that it has used so far."""
        (file,) = self.folder.rglob("postmaster.pid")
        server = int(file.read_text(encoding="utf-8").split()[0])
        return {"product": processor.seconds(self.pid), "postgresql": processor.seconds(server)}


@contextmanager
def running(bus: str) -> Iterator[tuple[Product, str, str]]:
    """Run the product. Yields it, its address and the owner's key."""
    folder, port = Path(tempfile.mkdtemp(prefix="heed-bench-")), fixtures.free_port()
    folder.chmod(0o755)
    try:
        with fixtures.process(
            *("-m", "heed", "up"),
            ready=f"http://127.0.0.1:{port}/readyz",
            HEED_DATA_DIR=str(folder / ".heed"),
            HEED_PORT=str(port),
            HEED_BUS=bus,
        ) as pid:
            token = (folder / ".heed" / "admin.token").read_text().strip()
            yield Product(pid, folder), f"http://127.0.0.1:{port}", token
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _step(client: httpx.Client, customer_id: str) -> float:
    body = {
        "customer_id": customer_id,
        "external_id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "USD",
        "lines": [{"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "79.90"}],
    }
    began = perf_counter()
    posted = client.post("/v1/purchases", json=body).raise_for_status()
    client.get(f"/v1/scores/{customer_id}", params={"after": posted.headers["Heed-Event"]}).raise_for_status()
    return perf_counter() - began


async def _round_trips(bus: Bus) -> list[float]:
    await bus.apply_topics({TOPIC: TopicSettings(partitions=1, retention_ms=-1)} | topic_settings(PARTITIONS))
    publisher, subscriber = bus.publisher(), bus.subscriber(group="bench", topics=[TOPIC])
    await publisher.start()
    await subscriber.start()
    seconds = []
    for _ in range(WARM_UP + STEPS):
        began = perf_counter()
        await publisher.publish([Message(TOPIC, b"key", b"x" * 600)])
        while not await subscriber.poll(max_records=1, wait=1):
            continue
        seconds.append(perf_counter() - began)
    await subscriber.stop()
    await publisher.stop()
    await bus.close()
    return seconds[WARM_UP:]


if __name__ == "__main__":
    with fixtures.cluster() as cluster:
        measure(cluster, kafka=None)
