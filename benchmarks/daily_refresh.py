"""A daily refresh: every score is revalued for the next day. `python -m benchmarks.daily_refresh 1000000`."""

import asyncio
import json
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from uuid import UUID

import asyncpg
from sqlalchemy import text

from benchmarks import fixtures, report
from benchmarks.usage import Usage, peak_memory_mib
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_scoring.engine import rhythms
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import fold, to_json
from heed_scoring.scores import score_document
from heed_scoring.scores.daily_refresh import DailyRefresh

CUSTOMERS = fixtures.scaled(100_000, at_least=2000)
MILLION = 1_000_000
CHUNK = 1000
DISTINCT_ROWS = 20_000
"""Customers are made one by one up to here; the others are copies of them under other ids."""
EVENING = datetime(2026, 3, 1, 23, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
SCORES = (
    *("scored_on", "model_version", "value_amount", "potential", "loyalty", "probability", "value_at_risk"),
    "published_value_at_risk",
)
FACTS = ("facts", "facts_version", "recorded_at", "version", "published_numbers", "announced_breaks")

COPY = f"""
    WITH copy AS MATERIALIZED (
        SELECT gen_random_uuid() AS customer_id, {", ".join((*SCORES, *FACTS))}
        FROM (SELECT * FROM customer JOIN customer_facts USING (customer_id) LIMIT $1) AS made, generate_series(1, $2)
    ), facts AS (
        INSERT INTO customer_facts (customer_id, {", ".join(FACTS)}) SELECT customer_id, {", ".join(FACTS)} FROM copy
    )
    INSERT INTO customer (customer_id, {", ".join(SCORES)}) SELECT customer_id, {", ".join(SCORES)} FROM copy
"""  # noqa: S608 - names of this file
SELECT_BATCH = "SELECT * FROM customer WHERE customer_id > $1 ORDER BY customer_id LIMIT $2 FOR UPDATE"
SELECT_FACTS = """
    SELECT facts, published_numbers FROM customer_facts WHERE customer_id = ANY($1::uuid[]) ORDER BY customer_id
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
    used = asyncio.run(_refresh(cluster, "bench_refresh", customers))
    raw = asyncio.run(_rewrite(cluster, "bench_rewrite", customers))
    report.rate(
        "refresh",
        [customers / used.wall],
        [customers / raw.wall],
        unit="customers/s",
        reference_is=f"raw read and rewrite of the same rows, asyncpg, {CHUNK} at a time",
    )
    line = {
        "claim": "daily refresh of a million customers",
        "measured": customers,
        "heed": used.figures(),
        "reference": raw.figures(),
        "seconds_for_a_million": round(used.wall * MILLION / customers, 1),
        "extrapolated": customers != MILLION,
        "peak_memory_mib": round(peak_memory_mib()),
    }
    report.line(line)


async def _refresh(cluster: Cluster, name: str, customers: int) -> Usage:
    """Page after page, two at a time as the worker does it, without pauses; events are relayed at once."""
    url = cluster.url(name)
    database, clock, refresh = Database(url), FakeClock(MORNING), DailyRefresh()

    async def walk() -> None:
        more = True
        while more:
            async with database.transaction() as session:
                more = await refresh(session, clock)
            async with database.transaction() as session:
                await session.execute(DELETE_OUTBOX)

    before = await Usage.read(cluster, url)
    await asyncio.gather(walk(), walk())
    used = (await Usage.read(cluster, url)).since(before)
    raw = await asyncpg.connect(url)
    done = await raw.fetchval("SELECT count(*) FROM customer WHERE scored_on = $1", MORNING.date())
    published = await raw.fetchval("SELECT count(*) FROM history")
    await raw.close()
    assert done == customers
    report.line({"swept": done, "published": published})
    await database.close()
    return used


async def _rewrite(cluster: Cluster, name: str, customers: int) -> Usage:
    url = cluster.url(name)
    connection = await asyncpg.connect(url)
    after, before = UUID(int=0), await Usage.read(cluster, url)
    for _ in range(0, customers, CHUNK):
        async with connection.transaction():
            rows = await connection.fetch(SELECT_BATCH, after, CHUNK)
            after = rows[-1]["customer_id"]
            ids = [row["customer_id"] for row in rows]
            await connection.fetch(SELECT_FACTS, ids)
            await connection.execute(
                UPDATE_BATCH,
                ids,
                [row["value_at_risk"] for row in rows],
                MORNING.date(),
            )
    used = (await Usage.read(cluster, url)).since(before)
    await connection.close()
    return used


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
        scores, facts = zip(*_rows(choose, size), strict=True)
        for table, columns, records in (("customer", SCORES, scores), ("customer_facts", FACTS, facts)):
            await connection.copy_records_to_table(table, columns=("customer_id", *columns), records=records)
    await connection.execute(COPY, different, customers // different - 1)
    await connection.execute("VACUUM ANALYZE customer, customer_facts")
    await connection.close()


def _rows(choose: random.Random, size: int) -> Iterator[tuple[Sequence[object], Sequence[object]]]:
    """Yield the rows of both tables of each customer; the breaks of their rhythms are announced."""
    day, model = EVENING.date(), prior(Money())
    folded = [fold(_ledger(choose, day)) for _ in range(size)]
    scores = score([features(facts, day=day, money=model.money) for facts in folded], model)
    breaks = rhythms.broken_from_features([result.seen for result in scores], day=day)
    for facts, result, broken in zip(folded, scores, breaks, strict=True):
        value, risk, customer_id = result.value, result.risk, UUID(int=choose.getrandbits(128))
        announced = json.dumps({series.category or "": series.last for series, _ in broken}) if broken else None
        yield (
            (customer_id, day, model.version, value.amount, value.potential, result.loyalty.points, risk.probability,
             value.at_risk, value.at_risk),
            (customer_id, to_json(facts), facts.rows, EVENING, 1, score_document.serialize_numbers(result), announced),
        )  # fmt: skip


def _ledger(choose: random.Random, day: date) -> list[LedgerRow]:
    """One to nine purchases over two years, a complaint with three in ten."""
    customer_id, rows = UUID(int=choose.getrandbits(128)), []
    for _ in range(choose.randrange(1, 10)):
        bought, gross = day - timedelta(days=choose.randrange(700)), choose.randrange(10_000, 3_000_000)
        event_id = str(UUID(int=choose.getrandbits(128)))
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
                str(UUID(int=choose.getrandbits(128))), "", LedgerKind.COMPLAINT, customer_id, 0, opened, detail=detail
            )
        )
    return rows


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
