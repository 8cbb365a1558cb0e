"""Events a second through a scoring worker's consumer: decode, ledger, facts, scores, history, events out.

Whether many customers slow it down: `python -m benchmarks.scoring 1000000` against 10,000.
"""

import asyncio
import random
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg

from benchmarks import daily_refresh, fixtures, report
from benchmarks.usage import Usage
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import Record
from heed_common.clock import SystemClock
from heed_common.consumer import MAX_RECORDS, Consumer
from heed_common.contracts.customer import PurchaseKind, PurchaseRecorded
from heed_common.contracts.event import Envelope
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.metrics import Metrics
from heed_scoring.worker import GROUP, batch_handler

EVENTS = fixtures.scaled(10_000)
CUSTOMERS = 5_000
ROUNDS = 2
SEED = 7
FEW = 10_000

INBOX = "INSERT INTO raw_inbox SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id"
AGGREGATE = """
    INSERT INTO raw_total (customer_id, purchases, gross)
    SELECT id, count(*), sum(gross) FROM unnest($1::uuid[], $2::bigint[]) AS row(id, gross) GROUP BY id ORDER BY id
    ON CONFLICT (customer_id) DO UPDATE
    SET purchases = raw_total.purchases + EXCLUDED.purchases, gross = raw_total.gross + EXCLUDED.gross
"""


def measure(cluster: Cluster) -> None:
    freeze_startup_objects()  # As the worker's process does when it starts.
    asyncio.run(_measure(cluster))


async def _measure(cluster: Cluster) -> None:
    for name in ("bench_scoring", "bench_loop"):
        cluster.create_database(name)
    await migrations.upgrade(cluster.url("bench_scoring"), "heed_scoring")
    heed, raw = [], []
    for _ in range(ROUNDS + 1):
        records = _records()
        heed.append(await _consume(cluster, "bench_scoring", records))
        raw.append(await _loop(cluster, "bench_loop", records))
    _report(
        "scoring worker", heed[1:], raw[1:], reference_is=f"raw inbox + aggregate, asyncpg, batches of {MAX_RECORDS}"
    )


def _report(claim: str, heed: Sequence[Usage], raw: Sequence[Usage], *, reference_is: str) -> None:
    report.rate(
        claim,
        [EVENTS / used.wall for used in heed],
        [EVENTS / used.wall for used in raw],
        unit="events/s",
        reference_is=reference_is,
        processor=_microseconds("heed", heed) | _microseconds("reference", raw),
    )


def _microseconds(name: str, rounds: Sequence[Usage]) -> dict[str, float]:
    """Return the processor time of an event, by process."""
    return {
        f"{name}_python": statistics.median(used.python for used in rounds) / EVENTS * 1e6,
        f"{name}_postgresql": statistics.median(used.postgres for used in rounds) / EVENTS * 1e6,
    }


def compare(cluster: Cluster, *, customers: int) -> None:
    """The worker among so many customers, against the same among few; both know all whom the events concern."""
    freeze_startup_objects()
    asyncio.run(_compare(cluster, customers))


async def _compare(cluster: Cluster, customers: int) -> None:
    known: dict[str, Sequence[UUID]] = {}
    for name, size in (("bench_few", FEW), ("bench_many", customers)):
        cluster.create_database(name)
        await daily_refresh.fill(cluster.url(name), size)
        known[name] = await _customer_ids(cluster.url(name))
    rounds: dict[str, list[Usage]] = {name: [] for name in known}
    for _ in range(ROUNDS + 1):  # The first one, which is not counted, also brings them into the new day.
        for name, ids in known.items():
            rounds[name].append(await _consume(cluster, name, _records(ids)))
    _report(
        f"scoring worker among {customers:,} customers",
        rounds["bench_many"][1:],
        rounds["bench_few"][1:],
        reference_is=f"the same worker among {FEW:,}",
    )


async def _customer_ids(url: str) -> Sequence[UUID]:
    """As many of the customers as have events, from everywhere."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT customer_id FROM customer ORDER BY random() LIMIT $1", CUSTOMERS)
    await connection.close()
    return [row["customer_id"] for row in rows]


async def _consume(cluster: Cluster, name: str, records: list[Record]) -> Usage:
    url = cluster.url(name)
    database, bus = Database(url), MemoryBus()
    await bus.apply_topics({})
    consumer = Consumer(
        database,
        bus.subscriber(group=GROUP, topics=[]),
        bus.publisher(),
        batch_handler=batch_handler(SystemClock()),
        group=GROUP,
        clock=SystemClock(),
        metrics=Metrics("scoring"),
    )
    async with database.engine.connect():
        pass  # The reference, too, is connected before its time begins.
    before = await Usage.read(cluster, url)
    for start in range(0, EVENTS, MAX_RECORDS):
        await consumer.process_batch(records[start : start + MAX_RECORDS])
    used = (await Usage.read(cluster, url)).since(before)
    await database.close()
    return used


async def _loop(cluster: Cluster, name: str, records: list[Record]) -> Usage:
    url = cluster.url(name)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS raw_inbox (id uuid PRIMARY KEY)")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS raw_total (customer_id uuid PRIMARY KEY, purchases bigint, gross numeric)"
    )
    before = await Usage.read(cluster, url)
    for start in range(0, EVENTS, MAX_RECORDS):
        batch = records[start : start + MAX_RECORDS]
        async with connection.transaction():
            await connection.fetch(INBOX, [uuid4() for _ in batch])
            keys = [UUID((record.key or b"").decode()) for record in batch]
            await connection.execute(AGGREGATE, keys, [7990] * len(batch))
    used = (await Usage.read(cluster, url)).since(before)
    await connection.close()
    return used


def _records(customers: Sequence[UUID] | None = None) -> list[Record]:
    """Purchases of many customers over two years, as Kafka hands them over."""
    choose = random.Random(SEED)
    customers = customers or [UUID(int=choose.getrandbits(128)) for _ in range(CUSTOMERS)]
    return [_record(offset, choose.choice(customers), choose.randrange(700)) for offset in range(EVENTS)]


def _record(offset: int, customer_id: UUID, days_ago: int) -> Record:
    now = datetime.now(UTC)
    event = PurchaseRecorded(
        occurred_at=now - timedelta(days=days_ago),
        customer_id=customer_id,
        purchase_id=uuid4(),
        kind=PurchaseKind.GOODS,
        currency="USD",
        units=Decimal(1),
        gross=Decimal("79.90"),
        margin=Decimal("38.90"),
        margin_estimated=False,
        categories=("kitchen",),
    )
    envelope = Envelope(
        id=uuid4(),
        source="/heed/customer",
        type=event.full_type(),
        subject=str(event.subject),
        time=now,
        dataschema=f"/schemas/{event.full_type()}",
        partitionkey=str(event.key),
        aggversion=1,
        data=event.model_dump(mode="json"),
    )
    return Record(event.topic, 0, offset, str(event.key).encode(), envelope.model_dump_json().encode())


if __name__ == "__main__":
    with fixtures.cluster() as running:
        if len(sys.argv) > 1:
            compare(running, customers=int(sys.argv[1]))
        else:
            measure(running)
