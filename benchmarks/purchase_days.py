"""An event of a customer with few purchase days and with many: what one more purchase costs their score.

Beside the reading and writing of one row, in a transaction of its own as the event is.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from benchmarks import fixtures, processor, report
from benchmarks.scoring import consumer_of, purchase_record
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.broker.protocols import Record
from heed_common.consumer import Consumer
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import fold, to_json

DAYS = (10, 2_000, 10_000)
"""The last one is 27 years of a purchase a day."""
CATEGORIES = ("bread", "cheese", "coffee", "fish", "fruit", "juice", "milk", "pasta", "rice", "tea")
EVENTS = fixtures.scaled(300)
BATCH = 100
ROUNDS = 3
LEDGER = (
    *("event_id", "part", "type", "kind", "customer_id", "recorded_at"),
    *("day", "currency", "units", "gross", "margin", "payload"),
)
INSERT_FACTS = """
    INSERT INTO customer_facts (customer_id, facts, facts_version, recorded_at, version) VALUES ($1, $2, $3, $4, 0)
"""
READ_ROW = "SELECT facts FROM raw_facts WHERE customer_id = $1 FOR UPDATE"
WRITE_ROW = "UPDATE raw_facts SET facts = $2, version = version + 1 WHERE customer_id = $1"


class Spent(NamedTuple):
    """Microseconds of the processor for an event, alone in its batch and with 99 others of the same customer."""

    alone: dict[str, float]
    in_batch: dict[str, float]


def measure(cluster: Cluster) -> None:
    freeze_startup_objects()  # As the worker's process does when it starts.
    asyncio.run(_measure(cluster))


async def _measure(cluster: Cluster) -> None:
    cluster.create_database("bench_days")
    url = cluster.url("bench_days")
    await migrations.upgrade(url, "heed_scoring")
    customers = {days: UUID(int=days) for days in DAYS}
    connection = await asyncpg.connect(url)
    for days, customer_id in customers.items():
        await _fill(connection, customer_id, days)
    raw = await _rewrite(cluster, connection)
    found: dict[int, list[Spent]] = {days: [] for days in DAYS}
    for _ in range(ROUNDS):
        for days, customer_id in customers.items():
            found[days].append(await _consume(cluster, url, customer_id))
    await connection.close()
    for days, rounds in found.items():
        _report(days, rounds, raw)


def _report(days: int, rounds: Sequence[Spent], raw: dict[str, float]) -> None:
    for claim, spent in (
        (f"event of a customer with {days:,} purchase days", [one.alone for one in rounds]),
        (f"the same, {BATCH} events of the customer at a time", [one.in_batch for one in rounds]),
    ):
        middle = sorted(spent, key=lambda one: sum(one.values()))[len(spent) // 2]
        report.rate(
            claim,
            [sum(one.values()) for one in spent],
            [sum(raw.values())],
            unit="microseconds of the processor",
            reference_is="one row read and written in a transaction, asyncpg",
            processor=middle,
            better="lower",
        )


async def _consume(cluster: Cluster, url: str, customer_id: UUID) -> Spent:
    database = Database(url)
    consumer = await consumer_of(database)
    records = [purchase_record(offset, customer_id, days_ago=0) for offset in range(2 * EVENTS + 1)]
    await consumer.process_batch(records[:1])  # Connects, and brings the customer into the new day.
    alone = await _spent(cluster, consumer, [[record] for record in records[1 : EVENTS + 1]])
    rest = records[EVENTS + 1 :]
    batches = [rest[start : start + BATCH] for start in range(0, len(rest), BATCH)]
    in_batch = await _spent(cluster, consumer, batches)
    await database.close()
    return Spent(alone, in_batch)


async def _spent(cluster: Cluster, consumer: Consumer, batches: Sequence[Sequence[Record]]) -> dict[str, float]:
    before = processor.used(cluster.data)
    for batch in batches:
        await consumer.process_batch(batch)
    return processor.microseconds(before, processor.used(cluster.data), per=sum(map(len, batches)))


async def _rewrite(cluster: Cluster, connection: asyncpg.Connection) -> dict[str, float]:
    await connection.execute("CREATE TABLE raw_facts (customer_id uuid PRIMARY KEY, facts text, version bigint)")
    customer_id, facts = UUID(int=1), "x" * 1000
    await connection.execute("INSERT INTO raw_facts VALUES ($1, $2, 0)", customer_id, facts)
    before = processor.used(cluster.data)
    for _ in range(EVENTS):
        async with connection.transaction():
            stored = await connection.fetchval(READ_ROW, customer_id)
            await connection.execute(WRITE_ROW, customer_id, stored)
    return processor.microseconds(before, processor.used(cluster.data), per=EVENTS)


async def _fill(connection: asyncpg.Connection, customer_id: UUID, days: int) -> None:
    """Store the customer as an event has left it: the rows of the ledger, their facts, and no score yet."""
    rows, now = list(_ledger(customer_id, days, datetime.now(UTC).date())), datetime.now(UTC)
    await connection.copy_records_to_table(
        "ledger",
        columns=LEDGER,
        records=[
            (row.event_id, 0, row.type, row.kind.value, customer_id, now - timedelta(seconds=days - place),
             row.day, row.currency, row.units, row.gross, row.margin, None)
            for place, row in enumerate(rows)
        ],
    )  # fmt: skip
    await connection.execute("INSERT INTO customer (customer_id) VALUES ($1)", customer_id)
    await connection.execute(INSERT_FACTS, customer_id, to_json(fold(rows)), len(rows), now)


def _ledger(customer_id: UUID, days: int, today: date) -> Sequence[LedgerRow]:
    choose = random.Random(days)
    return [
        LedgerRow(
            str(UUID(int=choose.getrandbits(128))),
            "heed.purchase.recorded.v1",
            LedgerKind.PURCHASE,
            customer_id,
            0,
            today - timedelta(days=ago),
            "USD",
            10_000,
            gross := choose.randrange(10_000, 3_000_000),
            gross * 4 // 10,
            {"categories": choose.sample(CATEGORIES, 2)},
        )
        for ago in range(days, 0, -1)
    ]


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running)
