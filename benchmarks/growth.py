"""What a hundred times as many customers change: rates, latencies and sizes, in turns, against the smallest.

Ten purchases a customer. Alone: `python -m benchmarks.growth [largest]`; a million take 20 GB. Needs PostgreSQL 18.
"""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from benchmarks import customers, daily_refresh, fixtures, report, scoring
from benchmarks.usage import MEBIBYTE
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer import app as customer_app
from heed_customer.settings import Settings as CustomerSettings
from heed_scoring import app as scoring_app
from heed_scoring.settings import Settings as ScoringSettings
from tests.common.sample_app import make_client, make_token

LARGEST = fixtures.scaled(100_000, at_least=2000)
PURCHASES_EACH, CHUNK = 10, 50_000
ROUNDS, READS, POSTS = 3, fixtures.scaled(100), fixtures.scaled(1000)
CONNECTIONS = 16
LEAST_BYTES = 16
"""Tables with fewer bytes a customer do not grow with the customers here, and are left out."""
INSERT_PURCHASES = """
    WITH made AS (
        INSERT INTO purchase (id, external_id, customer_id, kind, occurred_at, currency, lines, units, gross, margin,
            margin_estimated, fingerprint, event_id, version, recorded_at)
        SELECT uuidv7(), 'p-' || i, CAST('00000000-0000-0000-0000-' || lpad(to_hex(1 + i * 7919 % $3), 12, '0')
            AS uuid), 'goods', now() - make_interval(mins => CAST(i * 104729 % 1576800 AS integer)), 'USD',
            '[{"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "12.5", "unit_cost": null,
              "gross": "12.5", "margin": "3.75"}]', 1, 12.5, 3.75, true, '', uuidv7(), 1, now()
        FROM generate_series($1::bigint, $2::bigint) AS i
        RETURNING id, event_id, customer_id, occurred_at
    )
    INSERT INTO timeline_entry (event_id, customer_id, at, type, service, subject, version, data)
    SELECT event_id, customer_id, occurred_at, 'heed.purchase.recorded.v1', 'customer', id, 1,
        jsonb_build_object('purchase_id', id, 'gross', '12.5', 'currency', 'USD', 'kind', 'goods') FROM made
"""
INSERT_LEDGER = """
    INSERT INTO ledger (event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin)
    SELECT uuidv7(), 0, 'heed.purchase.recorded.v1', 'purchase', customer_id,
        now() - make_interval(days => i * 30), CURRENT_DATE - i * 30, 'USD', 10000, 125000, 37500
    FROM customer, generate_series(1, $1) AS i
"""
INSERT_HISTORY = """
    INSERT INTO history (customer_id, recorded_at, document)
    SELECT customer_id, recorded_at, (SELECT document FROM history LIMIT 1) FROM customer_facts
    ON CONFLICT DO NOTHING
"""
SELECT_SIZES = "SELECT relname, pg_total_relation_size(relid) AS bytes FROM pg_stat_user_tables"
PURCHASE = {
    "occurred_at": "2026-03-02T10:00:00Z",
    "currency": "USD",
    "lines": [{"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "9.99"}],
}
Durations = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Installation:
    """Both services with so many customers, and what was measured of them."""

    customers: int
    scoring_url: str
    customer: httpx.AsyncClient
    scoring: httpx.AsyncClient
    customer_ids: Sequence[UUID]
    """Some of the customers of scoring, from everywhere."""
    latencies: Durations = field(default_factory=dict)
    rates: Durations = field(default_factory=dict)


def measure(cluster: Cluster, *, largest: int = LARGEST) -> None:
    """Print the claims."""
    freeze_startup_objects()
    asyncio.run(_measure(cluster, [largest // 100, largest // 10, largest]))


async def _measure(cluster: Cluster, sizes: Sequence[int]) -> None:
    async with AsyncExitStack() as stack:
        installations = [await _install(stack, cluster, size) for size in sizes]
        for _ in range(ROUNDS + 1):
            for installation in installations:
                await _round(installation)
        smallest, *others = installations
        for other in others:
            _compare(other, smallest)


async def _install(stack: AsyncExitStack, cluster: Cluster, size: int) -> Installation:
    urls = []
    for service in ("customer", "scoring"):
        cluster.create_database(f"growth_{service}_{size}")
        urls.append(cluster.url(f"growth_{service}_{size}"))
    await _fill_customer(urls[0], size)
    customer_ids = await _fill_scoring(urls[1], size)
    for service, url in zip(("customer", "scoring"), urls, strict=True):
        await _print_sizes(service, url, size)
    customer_settings = CustomerSettings.load(database_url=urls[0], contact_keys=new_key())
    scoring_settings = ScoringSettings.load(database_url=urls[1])
    return Installation(
        size,
        urls[1],
        await _client(stack, urls[0], lambda resources: customer_app.create_app(customer_settings, resources)),
        await _client(stack, urls[1], lambda resources: scoring_app.create_app(scoring_settings, resources)),
        customer_ids,
    )


async def _client(stack: AsyncExitStack, url: str, create_app: Callable[[Resources], FastAPI]) -> httpx.AsyncClient:
    database = Database(url)
    stack.push_async_callback(database.close)
    app = create_app(Resources(database, SystemClock(), Metrics("growth")))
    token = await make_token(database, now=datetime.now(UTC))
    return await stack.enter_async_context(make_client(app, token))


async def _fill_scoring(url: str, size: int) -> Sequence[UUID]:
    """Create customers with facts, a ledger and one published score each. Return some of them, from everywhere."""
    await daily_refresh.fill(url, size)
    connection = await asyncpg.connect(url)
    await connection.execute(INSERT_LEDGER, PURCHASES_EACH)
    rows = await connection.fetch("SELECT customer_id FROM customer ORDER BY random() LIMIT $1", READS)
    customer_ids = [row["customer_id"] for row in rows]
    await scoring._consume(url, scoring._records(customer_ids))
    await connection.execute(INSERT_HISTORY)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return customer_ids


async def _fill_customer(url: str, size: int) -> None:
    await migrations.upgrade(url, "heed_customer")
    database = Database(url)
    await customers._load(database, size)
    await database.close()
    connection = await asyncpg.connect(url)
    number = size * PURCHASES_EACH
    for first in range(1, number + 1, CHUNK):
        await connection.execute(INSERT_PURCHASES, first, min(first + CHUNK - 1, number), size)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _print_sizes(service: str, url: str, size: int) -> None:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(SELECT_SIZES)
    await connection.close()
    tables = {row["relname"]: row["bytes"] for row in rows}
    line = {
        "claim": f"size of {service} with {size:,} customers and {size * PURCHASES_EACH:,} purchases",
        "unit": "bytes a customer, indexes included",
        "heed": {name: round(count / size) for name, count in sorted(tables.items()) if count >= LEAST_BYTES * size},
        "all_tables_mib": round(sum(tables.values()) / MEBIBYTE),
    }
    report.line(line)


async def _round(installation: Installation) -> None:
    """Measure each path once."""
    scores, customer = installation.scoring, installation.customer
    reads: dict[str, Callable[[UUID], Awaitable[httpx.Response]]] = {
        "score of a customer": lambda key: scores.get(f"/v1/scores/{key}"),
        "first page of scores": lambda _: scores.get("/v1/scores"),
        "list of customers": lambda _: customer.get("/v1/customers"),
        "purchases of a customer": lambda _: customer.get("/v1/purchases", params=_buyer(installation)),
        "timeline of a customer": lambda _: customer.get(
            f"/v1/customers/{_buyer(installation)['customer_id']}/timeline"
        ),
    }
    for name, read in reads.items():
        seconds = installation.latencies.setdefault(name, [])
        for key in installation.customer_ids:
            began = perf_counter()
            (await read(key)).raise_for_status()
            seconds.append(perf_counter() - began)
    await _post_purchases(installation)
    records = scoring._records(installation.customer_ids)
    rates = installation.rates.setdefault("scoring worker", [])
    rates.append(await scoring._consume(installation.scoring_url, records))


async def _post_purchases(installation: Installation) -> None:
    async def post_some() -> None:
        for _ in range(POSTS // CONNECTIONS + 1):
            body = PURCHASE | _buyer(installation) | {"external_id": uuid4().hex}
            response = await installation.customer.post("/v1/purchases", json=body)
            response.raise_for_status()

    began = perf_counter()
    await asyncio.gather(*(post_some() for _ in range(CONNECTIONS)))
    done = CONNECTIONS * (POSTS // CONNECTIONS + 1)
    installation.rates.setdefault("purchase POSTs", []).append(done / (perf_counter() - began))


def _buyer(installation: Installation) -> dict[str, str]:
    return {"customer_id": str(UUID(int=random.randrange(1, installation.customers + 1)))}


def _compare(installation: Installation, smallest: Installation) -> None:
    """Print each path beside the same with the fewest customers, without the first round."""
    among, reference_is = f"among {installation.customers:,} customers", f"the same among {smallest.customers:,}"
    for name, seconds in installation.latencies.items():
        base = smallest.latencies[name][READS:]
        report.latency(f"{name}, {among}", seconds[READS:], base, reference_is=reference_is)
    for name, rates in installation.rates.items():
        unit = "events/s" if name == "scoring worker" else "requests/s"
        report.rate(f"{name}, {among}", rates[1:], smallest.rates[name][1:], unit=unit, reference_is=reference_is)


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, largest=int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST)
