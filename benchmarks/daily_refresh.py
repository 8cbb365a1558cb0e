"""A daily refresh: every score is revalued for the next day. `python -m benchmarks.daily_refresh 1000000`."""

import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import fold, to_json
from heed_scoring.scores import score_document
from heed_scoring.scores.daily_refresh import DailyRefresh

CUSTOMERS = 100_000
MILLION = 1_000_000
CHUNK = 1000
DISTINCT_ROWS = 20_000
"""Customers are made one by one up to here; the others are copies of them under other ids."""
EVENING = datetime(2026, 3, 1, 23, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
COLUMNS = (
    *("customer_id", "facts", "facts_version", "recorded_at", "version", "scored_on", "model_version"),
    *("value_amount", "potential", "loyalty", "probability", "value_at_risk", "published_numbers"),
)

COPY = """
    INSERT INTO customer ({columns})
    SELECT gen_random_uuid(), {rest} FROM (SELECT * FROM customer LIMIT $1) AS made, generate_series(1, $2)
"""
SELECT_BATCH = """
    SELECT customer_id, facts, published_numbers, value_at_risk FROM customer WHERE customer_id > $1
    ORDER BY customer_id LIMIT $2 FOR UPDATE
"""
UPDATE_BATCH = """
    UPDATE customer SET scored_on = $3, value_at_risk = row.value_at_risk
    FROM unnest($1::uuid[], $2::numeric[]) AS row(id, value_at_risk) WHERE customer_id = row.id
"""
DELETE_OUTBOX = text("DELETE FROM outbox")
"""The refresh waits while the outbox is full, and no relay runs in this benchmark."""


def measure(cluster: Cluster, *, customers: int = CUSTOMERS) -> None:
    for name in ("bench_refresh", "bench_rewrite"):
        cluster.create_database(name)
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            pool.submit(_fill, cluster.url(name), customers).result()
    freeze_startup_objects()  # As the worker's process does when it starts.
    seconds = asyncio.run(_refresh(cluster.url("bench_refresh"), customers))
    raw = asyncio.run(_rewrite(cluster.url("bench_rewrite"), customers))
    report.rate(
        "refresh",
        [customers / seconds],
        [customers / raw],
        unit="customers/s",
        reference_is=f"raw read and rewrite of the same rows, asyncpg, {CHUNK} at a time",
    )
    line = {
        "claim": "daily refresh of a million customers",
        "unit": "s",
        "measured": customers,
        "seconds": round(seconds, 1),
        "seconds_for_a_million": round(seconds * MILLION / customers, 1),
        "extrapolated": customers != MILLION,
        "peak_memory_mib": round(_peak_memory_mib()),
    }
    report.line(line)


async def _refresh(url: str, customers: int) -> float:
    """Page after page, two at a time as the worker does it, without pauses; events are relayed at once."""
    database, clock, refresh = Database(url), FakeClock(MORNING), DailyRefresh()

    async def walk() -> None:
        more = True
        while more:
            async with database.transaction() as session:
                more = await refresh(session, clock)
            async with database.transaction() as session:
                await session.execute(DELETE_OUTBOX)

    began = perf_counter()
    await asyncio.gather(walk(), walk())
    seconds = perf_counter() - began
    raw = await asyncpg.connect(url)
    done = await raw.fetchval("SELECT count(*) FROM customer WHERE scored_on = $1", MORNING.date())
    published = await raw.fetchval("SELECT count(*) FROM history")
    await raw.close()
    assert done == customers
    report.line({"swept": done, "published": published})
    await database.close()
    return seconds


async def _rewrite(url: str, customers: int) -> float:
    connection = await asyncpg.connect(url)
    after, began = UUID(int=0), perf_counter()
    for _ in range(0, customers, CHUNK):
        async with connection.transaction():
            rows = await connection.fetch(SELECT_BATCH, after, CHUNK)
            after = rows[-1]["customer_id"]
            await connection.execute(
                UPDATE_BATCH,
                [row["customer_id"] for row in rows],
                [row["value_at_risk"] for row in rows],
                MORNING.date(),
            )
    seconds = perf_counter() - began
    await connection.close()
    return seconds


def _peak_memory_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _fill(url: str, customers: int) -> None:
    asyncio.run(fill(url, customers))


async def fill(url: str, customers: int) -> None:
    """Create customers as of the evening, scored and published."""
    await migrations.upgrade(url, "heed_scoring")
    connection = await asyncpg.connect(url)
    choose = random.Random(7)
    different = min(customers, DISTINCT_ROWS)
    for start in range(0, different, CHUNK):
        size = min(CHUNK, different - start)
        await connection.copy_records_to_table("customer", columns=COLUMNS, records=_rows(choose, size))
    copies = COPY.format(columns=", ".join(COLUMNS), rest=", ".join(COLUMNS[1:]))
    await connection.execute(copies, different, customers // different - 1)
    await connection.execute("VACUUM ANALYZE customer")
    await connection.close()


def _rows(choose: random.Random, size: int) -> Iterator[Sequence[object]]:
    day, model = EVENING.date(), prior(Money())
    folded = [fold(_ledger(choose, day)) for _ in range(size)]
    scores = score([features(facts, day=day, money=model.money) for facts in folded], model)
    for facts, result in zip(folded, scores, strict=True):
        value, risk = result.value, result.risk
        yield (
            UUID(int=choose.getrandbits(128)), to_json(facts), facts.rows, EVENING, 1, day, model.version,
            value.amount, value.potential, result.loyalty.points, risk.probability, value.at_risk,
            score_document.serialize_numbers(result),
        )  # fmt: skip


def _ledger(choose: random.Random, day: date) -> list[LedgerRow]:
    """One to nine purchases over two years, a complaint with three in ten."""
    customer_id, rows = UUID(int=choose.getrandbits(128)), []
    for _ in range(choose.randrange(1, 10)):
        bought, gross = day - timedelta(days=choose.randrange(700)), choose.randrange(10_000, 3_000_000)
        event_id = UUID(int=choose.getrandbits(128))
        rows.append(
            LedgerRow(event_id, "", LedgerKind.PURCHASE, customer_id, 0, bought, "USD", 10_000, gross, gross * 4 // 10)
        )
    if choose.random() < 0.3:
        opened = day - timedelta(days=choose.randrange(200))
        detail = {
            "complaint_id": str(UUID(int=choose.getrandbits(128))), "version": 1, "severity": "major",
            "state": "received", "category": "product", "opened": opened.isoformat(), "completed": None, "ended": None,
            "within_target": None, "solved": None, "breached": False,
        }  # fmt: skip
        rows.append(
            LedgerRow(
                UUID(int=choose.getrandbits(128)), "", LedgerKind.COMPLAINT, customer_id, 0, opened, detail=detail
            )
        )
    return rows


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
