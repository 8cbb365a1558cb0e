"""From the POST of a purchase to the score that knows it, in the running product, one after the other."""

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import httpx

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus, Message, TopicSettings
from heed_common.broker.topics import topic_settings
from heed_common.database import Database

WARM_UP = 20
STEPS = 300
PARTITIONS = 12
TOPIC = "bench.round-trip"


def measure(cluster: Cluster, *, kafka: str | None) -> None:
    """On the embedded log, and on a Kafka if there is one."""
    cluster.create_database("bench_log")
    raw = asyncio.run(_round_trips(PostgresBus(Database(cluster.url("bench_log")))))
    report.latency(
        "POST to visible score, embedded", _steps("embedded"), raw, reference_is="produce → consume, PostgreSQL log"
    )
    if kafka is not None:
        raw = asyncio.run(_round_trips(KafkaBus(KafkaConnection(kafka))))
        report.latency(
            "POST to visible score, Kafka", _steps(f"kafka://{kafka}"), raw, reference_is="produce → consume, Kafka"
        )


def _steps(bus: str) -> list[float]:
    folder, port = Path(tempfile.mkdtemp(prefix="heed-bench-")), fixtures.free_port()
    folder.chmod(0o755)
    try:
        with fixtures.process(
            *("-m", "heed", "up"),
            ready=f"http://127.0.0.1:{port}/readyz",
            HEED_DATA_DIR=str(folder / ".heed"),
            HEED_PORT=str(port),
            HEED_BUS=bus,
        ):
            token = (folder / ".heed" / "admin.token").read_text().strip()
            headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=30"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
                customer = client.post("/v1/customers", json={"kind": "individual", "name": "Bench"})
                customer_id = customer.raise_for_status().json()["id"]
                return [_step(client, customer_id) for _ in range(WARM_UP + STEPS)][WARM_UP:]
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
