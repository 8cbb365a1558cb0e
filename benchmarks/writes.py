"""Purchases a second over HTTP, one by one and in batches of a thousand, in one API process."""

import asyncio
import json
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import httpx

from benchmarks import fixtures, load, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.auth.api_keys import Token, add_key
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database

ROUNDS = 3
POSTS = 3000
BATCHES = 10
BATCH = 1000

UPSERT = """
    INSERT INTO raw_purchase (id, customer_id, external_id, occurred_at, body)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (external_id) DO NOTHING
"""


def measure(cluster: Cluster) -> None:
    for name in ("bench_customer", "bench_raw"):
        cluster.create_database(name)
    token = asyncio.run(_prepare(cluster.url("bench_customer")))
    ours, bare = fixtures.free_port(), fixtures.free_port()
    with (
        fixtures.process(
            *("-m", "heed_customer", "api"),
            ready=f"http://127.0.0.1:{ours}/readyz",
            HEED_CUSTOMER_DATABASE_URL=cluster.url("bench_customer"),
            HEED_PORT=str(ours),
            HEED_DRAIN_SECONDS="0",
        ),
        fixtures.process(
            *("-m", "benchmarks.baseline", str(bare)),
            ready=f"http://127.0.0.1:{bare}/readyz",
            BARE_DATABASE_URL=cluster.url("bench_raw"),
        ),
    ):
        customer_id = _register(ours, token)
        _measure_posts(ours, bare, token, customer_id)
        _measure_batches(ours, token, customer_id, cluster.url("bench_raw"))


async def _prepare(url: str) -> str:
    await migrations.upgrade(url, "heed_customer")
    database, token = Database(url), Token.new()
    async with database.transaction() as session:
        await add_key(session, token, name="bench", scopes=SCOPES, now=datetime.now(UTC))
    await database.close()
    return str(token)


def _register(port: int, token: str) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/v1/customers",
        json={"kind": "individual", "name": "Bench"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return str(answer.raise_for_status().json()["id"])


def _measure_posts(ours: int, bare: int, token: str, customer_id: str) -> None:
    rates: dict[int, list[float]] = {ours: [], bare: []}
    for _ in range(ROUNDS + 1):
        for port, seen in rates.items():
            bodies = [json.dumps(_purchase(customer_id)).encode() for _ in range(POSTS)]
            requests = [load.request("/v1/purchases", body, token=token, port=port) for body in bodies]
            seen.append(asyncio.run(load.run(port, requests)))
    report.rate(
        "purchase POSTs",
        rates[ours][1:],
        rates[bare][1:],
        unit="requests/s",
        reference_is="bare FastAPI + two asyncpg inserts",
    )


def _measure_batches(port: int, token: str, customer_id: str, raw_url: str) -> None:
    heed, raw = [], []
    for _ in range(ROUNDS + 1):
        bodies = [
            json.dumps({"items": [_purchase(customer_id) for _ in range(BATCH)]}).encode() for _ in range(BATCHES)
        ]
        requests = [load.request("/v1/purchases:batch", body, token=token, port=port) for body in bodies]
        heed.append(BATCH * asyncio.run(load.run(port, requests, connections=2)))
        raw.append(asyncio.run(_upserts(raw_url, customer_id)))
    report.rate(
        "batch ingest", heed[1:], raw[1:], unit="rows/s", reference_is="raw unnest upsert, asyncpg, 1000 rows a call"
    )


async def _upserts(url: str, customer_id: str) -> float:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS raw_purchase (id uuid PRIMARY KEY, customer_id uuid, external_id text UNIQUE, "
        "occurred_at timestamptz, body text)"
    )
    body, now = json.dumps(_purchase(customer_id)["lines"]), datetime.now(UTC)
    began = perf_counter()
    for _ in range(BATCHES):
        ids = [uuid4() for _ in range(BATCH)]
        names = [str(key) for key in ids]
        await connection.execute(UPSERT, ids, [UUID(customer_id)] * BATCH, names, [now] * BATCH, [body] * BATCH)
    seconds = perf_counter() - began
    await connection.close()
    return BATCH * BATCHES / seconds


def _purchase(customer_id: str) -> dict[str, object]:
    line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "79.90", "unit_cost": "41.00"}
    return {
        "customer_id": customer_id,
        "external_id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "USD",
        "lines": [line],
    }
