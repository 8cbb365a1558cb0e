"""Samples of a million customers. Alone: `python -m benchmarks.samples [n]`."""

import asyncio
import resource
import sys
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_survey.app import create_app
from heed_survey.settings import Settings
from tests.common.sample_app import make_client, make_token

CUSTOMERS, SIZE = fixtures.scaled(1_000_000, at_least=10_000), fixtures.scaled(100_000, at_least=1000)
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (id, version, kind, region, registered_at, purchases, last_purchase_at, service_point_id,
        score_version, tier, churn_risk, churn_band, loyalty_class)
    SELECT CAST(md5(CAST(i AS text)) AS uuid), 1, 'individual', 'region ' || i % 31,
        now() - interval '1 day' * (i % 900),
        i % 40, now() - interval '1 day' * (i % 700), 'shop ' || i % 500, 1, (ARRAY['A', 'B', 'C', 'D'])[1 + i % 4],
        CAST(i AS numeric) / :count, (ARRAY['low', 'elevated', 'high', 'critical'])[1 + i % 4], 'latent'
    FROM generate_series(1, CAST(:count AS integer)) AS i
""")
STUDY = {
    **dict.fromkeys(("purpose", "population", "method", "responsible"), "Benchmark"),
    "nature": "conclusive",
    "report_due": "2030-01-01",
}
RECENT = {"field": "customer.days_since_purchase", "op": "lt", "value": 650}
SAMPLES: dict[str, dict[str, Any]] = {
    "simple": {"method": "simple", "size": SIZE, "seed": 1},
    "stratified by region and tier, with a condition": {
        "method": "stratified",
        "strata": ["region", "tier"],
        "size": SIZE,
        "seed": 1,
        "frame": RECENT,
    },
    "optimal by purchases": {
        "method": "stratified",
        "strata": ["region"],
        "allocation": "optimal",
        "spread_of": "purchases",
        "size": SIZE,
        "seed": 1,
    },
    "clusters in two stages": {
        "method": "cluster",
        "cluster": "service_point_id",
        "clusters": 100,
        "per_cluster": 1000,
        "seed": 1,
    },
    "a condition on the risk, which every customer has another of": {
        "method": "simple",
        "size": SIZE,
        "seed": 1,
        "frame": {"field": "customer.churn_risk", "op": "ge", "value": "0.2"},
    },
}


def measure(cluster: Cluster, *, customers: int = CUSTOMERS) -> None:
    cluster.create_database("bench_samples")
    asyncio.run(_measure(cluster.url("bench_samples"), customers))


async def _measure(url: str, customers: int) -> None:
    await migrations.upgrade(url, "heed_survey")
    database = Database(url)
    settings = Settings.load(database_url=url, contact_keys=new_key())
    app = create_app(settings, Resources(database, SystemClock(), Metrics("survey")))
    token = await make_token(database, now=datetime.now(UTC))
    async with database.transaction() as session:
        await session.execute(INSERT_CUSTOMERS, {"count": customers})
    async with database.autocommit() as connection:
        await connection.execute(text("VACUUM ANALYZE customer"))
    raw = await _raw_seconds(url)
    async with make_client(app, token) as client:
        client.timeout = httpx.Timeout(timedelta(minutes=5).total_seconds())
        survey = await client.post("/v1/surveys", json={"template": "satisfaction", "study": STUDY})
        path = f"{survey.raise_for_status().headers['Location']}/samples"
        for name, body in SAMPLES.items():
            await _measure_sample(client, path, name, body, raw=raw, customers=customers)
    await database.close()


async def _measure_sample(
    client: httpx.AsyncClient, path: str, name: str, body: dict[str, Any], *, raw: float, customers: int
) -> None:
    size = min(body.get("size", SIZE), customers // 10)
    request = body | ({"size": size} if "size" in body else {})
    began = perf_counter()
    dry = await client.post(path, params={"dry_run": "true"}, json=request)
    counted = perf_counter() - began
    began = perf_counter()
    sample = (await client.post(path, json=request)).raise_for_status().json()
    drawn = perf_counter() - began
    assert dry.json()["frame_hash"] == sample["frame_hash"]
    line = {
        "claim": f"sample of {customers:,} customers, {name}",
        "members": sample["size"],
        "dry_run_seconds": round(counted, 2),
        "seconds": round(drawn, 2),
        "reference_seconds": round(raw, 2),
        "reference_is": "SELECT of ids and two columns by asyncpg",
        "ratio": round(drawn / raw, 2),
        "better": "lower",
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    report.line(line)


async def _raw_seconds(url: str) -> float:
    """Return how long asyncpg takes to read the ids and two columns alone."""
    connection = await asyncpg.connect(url)
    began = perf_counter()
    await connection.fetch("SELECT id, region, tier FROM customer")
    seconds = perf_counter() - began
    await connection.close()
    return seconds


if __name__ == "__main__":
    with fixtures.cluster() as own:
        measure(own, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
