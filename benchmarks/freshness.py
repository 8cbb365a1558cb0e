"""From the POST of a purchase to the score that knows it, in the running product, one after the other."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
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
from heed_common.broker.postgres import log as postgres_log
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Message, TopicSettings
from heed_common.broker.topics import topic_settings
from heed_common.database import Database

WARM_UP = 20
STEPS = fixtures.scaled(300)
PARTITIONS = 12
TOPIC = "bench.round-trip"
TOPICS = {TOPIC: TopicSettings(partitions=1, retention_ms=-1)}
MESSAGE = Message(TOPIC, b"key", b"x" * 600)
RoundTrip = Callable[[], Awaitable[None]]


def measure(cluster: Cluster, *, kafka: str | None) -> None:
    """On the embedded log, and on a Kafka if there is one."""
    cluster.create_database("bench_log")
    asyncio.run(_measure("embedded", _log_round_trips(cluster.url("bench_log")), "PostgreSQL: append, look, read"))
    if kafka is not None:
        asyncio.run(_measure(f"kafka://{kafka}", _kafka_round_trips(kafka), "Kafka, idempotent, acks of all"))


async def _measure(bus: str, round_trips: AbstractAsyncContextManager[RoundTrip], reference: str) -> None:
    """Measure steps, each followed by a round trip of the reference: load by others changes both alike."""
    async with round_trips as round_trip:
        with running(bus) as (product, address, token):
            headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=30"}
            with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                customer_id = _new_customer(client)
                for _ in range(WARM_UP):
                    _step(client, customer_id)
                    await _timed(round_trip)
                before = product.used()
                steps = [(_step(client, customer_id), await _timed(round_trip)) for _ in range(STEPS)]
                spent = processor.microseconds(before, product.used(), per=STEPS)
    report.latency(
        f"POST to visible score, {'embedded' if bus == 'embedded' else 'Kafka'}",
        *zip(*steps, strict=True),
        reference_is=f"produce → consume, {reference}",
        processor={name: round(value / 1000, 1) for name, value in spent.items()},
    )


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


def _new_customer(client: httpx.Client) -> str:
    registered = client.post("/v1/customers", json={"kind": "individual", "name": "Bench"})
    return str(registered.raise_for_status().json()["id"])


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


async def _timed(round_trip: RoundTrip) -> float:
    began = perf_counter()
    await round_trip()
    return perf_counter() - began


@asynccontextmanager
async def _log_round_trips(url: str) -> AsyncIterator[RoundTrip]:
    """Yield the statements of the log as the driver runs them, on two open connections."""
    database, at = Database(url), (TOPIC, 0)
    await PostgresBus(database).apply_topics(TOPICS)
    async with database.autocommit() as writer, database.autocommit() as reader:
        position = (await postgres_log.end_offsets(reader, [TOPIC]))[at]

        async def round_trip() -> None:
            nonlocal position
            await postgres_log.append(writer, {at: [MESSAGE]})
            assert (await postgres_log.end_offsets(reader, [TOPIC]))[at] == position + 1
            assert await postgres_log.read(reader, {at: position}, {at: 1})
            position += 1

        yield round_trip
    await database.close()


@asynccontextmanager
async def _kafka_round_trips(address: str) -> AsyncIterator[RoundTrip]:
    bus = KafkaBus(KafkaConnection(address))
    await bus.apply_topics(TOPICS | topic_settings(PARTITIONS))
    publisher, subscriber = bus.publisher(), bus.subscriber(group="bench", topics=[TOPIC])
    await publisher.start()
    await subscriber.start()

    async def round_trip() -> None:
        await publisher.publish([MESSAGE])
        while not await subscriber.poll(max_records=1, wait=1):
            continue

    yield round_trip
    await subscriber.stop()
    await publisher.stop()
    await bus.close()


if __name__ == "__main__":
    with fixtures.cluster() as cluster:
        measure(cluster, kafka=None)
