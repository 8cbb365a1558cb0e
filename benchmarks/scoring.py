"""Events a second through a scoring worker's consumer: decode, ledger, facts, scores, history, events out.

With one stream, with the two of a process that reads from Kafka, and with two processes.

Whether many customers slow it down: `python -m benchmarks.scoring 1000000` against 10,000.
"""

import asyncio
import random
import statistics
import sys
from collections.abc import Awaitable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg

from benchmarks import daily_refresh, fixtures, processor, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.broker.memory import MemoryBus
from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import Record
from heed_common.clock import SystemClock
from heed_common.consumer import MAX_RECORDS, Consumer
from heed_common.contracts.customer import PurchaseKind, PurchaseRecorded
from heed_common.contracts.event import Envelope
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.metrics import Metrics
from heed_common.signals import Signal
from heed_scoring.worker import GROUP, batch_handler

EVENTS = fixtures.scaled(10_000)
CUSTOMERS = 5_000
ROUNDS = 2
SEED = 7
FEW = 10_000
SCORED = Signal("heed_scored")
"""As long-lived as a worker's: it remembers the latest events, and forgets older ones."""

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
    url, raw_url = cluster.url("bench_scoring"), cluster.url("bench_loop")
    await migrations.upgrade(url, "heed_scoring")
    rates: dict[str, list[float]] = {"": [], ", two streams": [], ", two processes": []}
    used: dict[str, list[dict[str, float]]] = {"heed": [], "reference": []}
    raw = []
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        for _ in range(ROUNDS + 1):
            rates[""].append(await _with_use(cluster, _consume(url, records := _records()), used["heed"]))
            raw.append(await _with_use(cluster, _loop(raw_url, records), used["reference"]))
            rates[", two streams"].append(await _in_two_streams(url, _records()))
            rates[", two processes"].append(await _in_two_processes(pool, url, _records()))
    for variant, found in rates.items():
        report.rate(
            f"scoring worker{variant}",
            found[1:],
            raw[1:],
            unit="events/s",
            reference_is=f"raw inbox + aggregate, asyncpg, batches of {MAX_RECORDS}",
            processor=None if variant else _median_use(used),
        )


async def _with_use(cluster: Cluster, work: Awaitable[float], used: list[dict[str, float]]) -> float:
    """Return the rate of the work, and add the microseconds of the processor that each event took."""
    before = processor.used(cluster.data)
    rate = await work
    used.append(processor.microseconds(before, processor.used(cluster.data), per=EVENTS))
    return rate


def _median_use(used: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    return {
        f"{side}_{process}": statistics.median(one[process] for one in rounds[1:])
        for side, rounds in used.items()
        for process in rounds[0]
    }


async def _in_two_streams(url: str, records: Sequence[Record]) -> float:
    """Each stream has the events of its own customers, as its partitions have."""
    database = Database(url)
    async with database.engine.connect(), database.engine.connect():
        pass
    began = perf_counter()
    await asyncio.gather(*(_read(database, half) for half in _halves(records)))
    seconds = perf_counter() - began
    await database.close()
    return len(records) / seconds


async def _in_two_processes(pool: ProcessPoolExecutor, url: str, records: Sequence[Record]) -> float:
    loop = asyncio.get_running_loop()
    spans = await asyncio.gather(*(loop.run_in_executor(pool, _span, url, half) for half in _halves(records)))
    return len(records) / (max(end for _, end in spans) - min(start for start, _ in spans))


def _span(url: str, records: Sequence[Record]) -> tuple[float, float]:
    """Process a share of the records in a process of its own. Return the moments of its beginning and its end."""
    freeze_startup_objects()
    rate = asyncio.run(_consume(url, records))
    ended = perf_counter()
    return ended - len(records) / rate, ended


def _halves(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    halves: tuple[list[Record], list[Record]] = ([], [])
    for record in records:
        halves[partition_of(record.key or b"", 2)].append(record)
    return halves


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
    rates: dict[str, list[float]] = {name: [] for name in known}
    for _ in range(ROUNDS + 1):  # The first one, which is not counted, also brings them into the new day.
        for name, ids in known.items():
            rates[name].append(await _consume(cluster.url(name), _records(ids)))
    report.rate(
        f"scoring worker among {customers:,} customers",
        rates["bench_many"][1:],
        rates["bench_few"][1:],
        unit="events/s",
        reference_is=f"the same worker among {FEW:,}",
    )


async def _customer_ids(url: str) -> Sequence[UUID]:
    """As many of the customers as have events, from everywhere."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT customer_id FROM customer ORDER BY random() LIMIT $1", CUSTOMERS)
    await connection.close()
    return [row["customer_id"] for row in rows]


async def _consume(url: str, records: Sequence[Record]) -> float:
    database = Database(url)
    async with database.engine.connect():
        pass  # The reference, too, is connected before its time begins.
    began = perf_counter()
    await _read(database, records)
    seconds = perf_counter() - began
    await database.close()
    return len(records) / seconds


async def _read(database: Database, records: Sequence[Record]) -> None:
    """Process the records as one stream does."""
    consumer = await consumer_of(database)
    for start in range(0, len(records), MAX_RECORDS):
        await consumer.process_batch(records[start : start + MAX_RECORDS])


async def consumer_of(database: Database) -> Consumer:
    """Return the consumer of a scoring worker on a bus without topics: its batches are handed to it."""
    bus = MemoryBus()
    await bus.apply_topics({})
    return Consumer(
        database,
        bus.subscriber(group=GROUP, topics=[]),
        bus.publisher(),
        batch_handler=batch_handler(SystemClock()),
        group=GROUP,
        clock=SystemClock(),
        metrics=Metrics("scoring"),
        on_committed=SCORED.notify_of,
    )


async def _loop(url: str, records: list[Record]) -> float:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS raw_inbox (id uuid PRIMARY KEY)")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS raw_total (customer_id uuid PRIMARY KEY, purchases bigint, gross numeric)"
    )
    began = perf_counter()
    for start in range(0, EVENTS, MAX_RECORDS):
        batch = records[start : start + MAX_RECORDS]
        async with connection.transaction():
            await connection.fetch(INBOX, [uuid4() for _ in batch])
            keys = [UUID((record.key or b"").decode()) for record in batch]
            await connection.execute(AGGREGATE, keys, [7990] * len(batch))
    seconds = perf_counter() - began
    await connection.close()
    return EVENTS / seconds


def _records(customers: Sequence[UUID] | None = None) -> list[Record]:
    """Purchases of many customers over two years, as Kafka hands them over."""
    choose = random.Random(SEED)
    customers = customers or [UUID(int=choose.getrandbits(128)) for _ in range(CUSTOMERS)]
    return [
        purchase_record(offset, choose.choice(customers), days_ago=choose.randrange(700)) for offset in range(EVENTS)
    ]


def purchase_record(offset: int, customer_id: UUID, *, days_ago: int) -> Record:
    """Return the record of a purchase."""
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
