"""Purchases a second over HTTP, one by one and in batches of a thousand, in one API process.

Beside the rates: microseconds of the processor that the API and PostgreSQL take for one purchase.
Alone: `python -m benchmarks.writes`.
"""

import asyncio
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import perf_counter, process_time
from uuid import UUID, uuid4

import asyncpg
import httpx

from benchmarks import customers, fixtures, load, processor, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.auth.api_keys import Token, add_key
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database
from heed_common.encryption import new_key

ROUNDS = 5
POSTS = fixtures.scaled(3000)
BATCHES = 10
BATCH = fixtures.scaled(1000)
BATCH_CONNECTIONS = 2

INSERT_PURCHASES = """
    INSERT INTO purchase (id, event_id, external_id, customer_id, kind, occurred_at, currency, lines, units, gross,
        margin, margin_estimated, fingerprint, version, recorded_at)
    SELECT id, event_id, external_id, customer_id, 'goods', at, 'USD', CAST(lines AS jsonb), 1, 79.9, 38.9, false,
        fingerprint, 1, at
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::bytea[])
        AS row(id, event_id, external_id, customer_id, at, lines, fingerprint)
    ON CONFLICT (external_id) DO NOTHING
"""
INSERT_EVENTS = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT id, 'customer', subject, 'heed.purchase.recorded.v1', key, 1, convert_to(payload, 'UTF8'), now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS row(id, subject, key, payload)
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is measured: our API or the bare one."""

    port: int
    pid: int
    token: str
    customer_id: str
    cluster: Cluster


@dataclass(slots=True)
class Rounds:
    """Rows a second in each round, and the seconds of the processor for one row."""

    rates: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)

    def add(self, rows: int, work: Callable[[], float], *, pid: int | None, cluster: Cluster) -> None:
        """Do the work, which returns its rate, and record what it took."""
        python, postgres = _used(pid), _postgres_seconds(cluster)
        self.rates.append(work())
        self.python.append((_used(pid) - python) / rows)
        self.postgres.append((_postgres_seconds(cluster) - postgres) / rows)


def measure(cluster: Cluster) -> None:
    """Print the claims."""
    for name in ("bench_customer", "bench_raw"):
        cluster.create_database(name)
    token = asyncio.run(_prepare(cluster.url("bench_customer")))
    asyncio.run(_prepare_raw(cluster.url("bench_raw")))
    ours, bare = fixtures.free_port(), fixtures.free_port()
    with (
        fixtures.process(
            *("-m", "heed_customer", "api"),
            ready=f"http://127.0.0.1:{ours}/readyz",
            HEED_CUSTOMER_DATABASE_URL=cluster.url("bench_customer"),
            HEED_CONTACT_KEYS=new_key(),
            HEED_PORT=str(ours),
            HEED_DRAIN_SECONDS="0",
        ) as our_pid,
        fixtures.process(
            *("-m", "benchmarks.baseline", str(bare)),
            ready=f"http://127.0.0.1:{bare}/readyz",
            BARE_DATABASE_URL=cluster.url("bench_raw"),
        ) as bare_pid,
    ):
        customer_id = _register(ours, token)
        heed = Served(ours, our_pid, token, customer_id, cluster)
        _measure_posts(heed, Served(bare, bare_pid, token, customer_id, cluster))
        _measure_batches(heed)


async def _prepare(url: str) -> str:
    await migrations.upgrade(url, "heed_customer")
    database, token = Database(url), Token.new()
    async with database.transaction() as session:
        await add_key(session, token, name="bench", scopes=SCOPES, now=datetime.now(UTC))
    await database.close()
    return str(token)


async def _prepare_raw(url: str) -> None:
    await migrations.upgrade(url, "heed_customer")
    database = Database(url)
    await customers._load(database, 1)
    await database.close()


def _register(port: int, token: str) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/v1/customers",
        json={"kind": "individual", "name": "Bench"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return str(answer.raise_for_status().json()["id"])


def _measure_posts(heed: Served, bare: Served) -> None:
    """Measure POSTs without and with a key against the bare server, in turns."""
    plain, keyed, reference = Rounds(), Rounds(), Rounds()
    for _ in range(ROUNDS + 1):
        _post(heed, plain)
        _post(bare, reference)
        _post(heed, keyed, with_key=True)
    reference_is = "bare FastAPI + two asyncpg inserts"
    print_rate("purchase POSTs", plain, reference, unit="requests/s", reference_is=reference_is)
    print_rate("purchase POSTs with an Idempotency-Key", keyed, reference, unit="requests/s", reference_is=reference_is)


def _post(server: Served, rounds: Rounds, *, with_key: bool = False) -> None:
    bodies = [json.dumps(_purchase(server.customer_id)).encode() for _ in range(POSTS)]
    requests = [
        load.request("/v1/purchases", body, token=server.token, port=server.port, key=str(uuid4()) if with_key else "")
        for body in bodies
    ]
    rounds.add(POSTS, lambda: asyncio.run(load.run(server.port, requests)), pid=server.pid, cluster=server.cluster)


def _measure_batches(heed: Served) -> None:
    ours, raw = Rounds(), Rounds()
    for _ in range(ROUNDS + 1):
        requests = _batches(heed)
        ours.add(
            BATCH * BATCHES,
            partial(_send_batches, heed.port, requests),
            pid=heed.pid,
            cluster=heed.cluster,
        )
        raw.add(
            BATCH * BATCHES,
            partial(_insert_raw_batches, heed.cluster.url("bench_raw")),
            pid=None,
            cluster=heed.cluster,
        )
    print_rate(
        "batch ingest",
        ours,
        raw,
        unit="rows/s",
        reference_is="asyncpg: purchase and outbox by unnest in one transaction, 1000 rows, the same tables",
    )


def _batches(heed: Served) -> list[bytes]:
    bodies = [
        json.dumps({"items": [_purchase(heed.customer_id) for _ in range(BATCH)]}).encode() for _ in range(BATCHES)
    ]
    return [load.request("/v1/purchases:batch", body, token=heed.token, port=heed.port) for body in bodies]


def _send_batches(port: int, requests: Sequence[bytes]) -> float:
    return BATCH * asyncio.run(load.run(port, requests, connections=BATCH_CONNECTIONS))


def _insert_raw_batches(url: str) -> float:
    return asyncio.run(_insert_raw(url))


async def _insert_raw(url: str) -> float:
    """Insert the same number of purchases with their events by as many connections. Return the rate."""
    connections = [await asyncpg.connect(url) for _ in range(BATCH_CONNECTIONS)]
    customer_id = UUID(int=1)  # As `customers._load` numbers them.
    body, event = (
        json.dumps(_purchase(str(customer_id))["lines"]),
        json.dumps(_purchase(str(customer_id)) | {"e": "x" * 300}),
    )
    began = perf_counter()
    await asyncio.gather(*(_insert_batches(connection, customer_id, body, event) for connection in connections))
    seconds = perf_counter() - began
    for connection in connections:
        await connection.close()
    return BATCH * BATCHES / seconds


async def _insert_batches(connection: asyncpg.Connection, customer_id: UUID, lines: str, event: str) -> None:
    now = datetime.now(UTC)
    for _ in range(BATCHES // BATCH_CONNECTIONS):
        ids, event_ids = ([uuid4() for _ in range(BATCH)] for _ in range(2))
        names = [str(key) for key in ids]
        async with connection.transaction():
            await connection.execute(
                INSERT_PURCHASES,
                *(ids, event_ids, names, [customer_id] * BATCH, [now] * BATCH, [lines] * BATCH, [bytes(32)] * BATCH),
            )
            await connection.execute(INSERT_EVENTS, event_ids, names, [str(customer_id)] * BATCH, [event] * BATCH)


def _purchase(customer_id: str) -> dict[str, object]:
    line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "79.90", "unit_cost": "41.00"}
    return {
        "customer_id": customer_id,
        "external_id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "USD",
        "lines": [line],
    }


def _used(pid: int | None) -> float:
    """Return the seconds of that process, or of this one."""
    return process_time() if pid is None else processor.seconds(pid)


def _postgres_seconds(cluster: Cluster) -> float:
    return processor.seconds(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]))


def print_rate(claim: str, ours: Rounds, reference: Rounds, *, unit: str, reference_is: str) -> None:
    """Print a rate and what one row takes; the first round warms up."""
    report.rate(
        claim,
        ours.rates[1:],
        reference.rates[1:],
        unit=unit,
        reference_is=reference_is,
        processor={
            "API": _median_microseconds(ours.python),
            "PostgreSQL": _median_microseconds(ours.postgres),
            "reference": _median_microseconds(reference.python),
            "PostgreSQL for the reference": _median_microseconds(reference.postgres),
        },
    )


def _median_microseconds(rounds: Sequence[float]) -> float:
    return 1e6 * statistics.median(rounds[1:])


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running)
