"""Import of customers with contacts, and the list of a million. Alone: `python -m benchmarks.customers [n]`."""

import asyncio
import json
import random
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from time import perf_counter, process_time

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.metrics import Metrics
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.imports.processing.job import ImportJob
from heed_customer.imports.rules import ProcessingSettings
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token

CUSTOMERS, IMPORTED = fixtures.scaled(1_000_000), fixtures.scaled(20_000)
ROUNDS, WARM_UP = fixtures.scaled(200), 20
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (id, external_id, kind, name, region, owner, fingerprint, event_id, version, revision,
        registered_at, changed_at, search_text, sort_name, search_version)
    SELECT CAST('00000000-0000-0000-0000-' || lpad(to_hex(i), 12, '0') AS uuid), 'c-' || i, 'individual', name, 'CN',
        'owner-' || i % 500, '', gen_random_uuid(), 1, 1, now(), now(), lower(name) || E'\\nc-' || i, lower(name), 1
    FROM (
        SELECT i, 'Name' || lpad(to_hex(hashint4(i)), 8, '0') || ' Fam' || lpad(to_hex(hashint4(-i)), 8, '0') AS name
        FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS i
    ) AS row
""")
INSERT_SCORES = text("""
    INSERT INTO customer_score (customer_id, version, tier, value, currency, churn_probability, churn_band,
        value_at_risk, scored_at)
    SELECT id, 1, 'A', 100, 'USD', .2, 'low', hashtext(external_id) & 65535, now() FROM customer
""")
RAW_PAGE = "SELECT * FROM customer ORDER BY id LIMIT 51"
CHUNK = 100_000


def measure(cluster: Cluster, *, customers: int = CUSTOMERS) -> None:
    cluster.create_database("bench_customers")
    asyncio.run(_measure(cluster.url("bench_customers"), customers))


async def _measure(url: str, customers: int) -> None:
    await migrations.upgrade(url, "heed_customer")
    database, keys = Database(url), new_key()
    settings = Settings.load(database_url=url, contact_keys=keys)
    app = create_app(settings, Resources(database, SystemClock(), Metrics("customer")))
    token = await make_token(database, now=datetime.now(UTC))
    async with make_client(app, token) as client:
        await _measure_import(client, database, FieldCipher(parse_keys(keys)))
        await _load(database, customers)
        await _measure_list(client, url, customers)
    await database.close()


async def _measure_import(client: httpx.AsyncClient, database: Database, cipher: FieldCipher) -> None:
    """Measure upload and processing of lines with two contacts and a consent, and of lines without."""
    processing = ProcessingSettings(Decimal("0.30"), DEFAULT_EARLIEST, "CN", cipher)
    job = ImportJob(database, clock=SystemClock(), metrics=Metrics("customer"), settings=processing)
    for has_reach in (False, True):
        began, processor, memory = perf_counter(), process_time(), _peak_memory()
        response = await client.post(
            "/v1/imports/customers",
            content=_pieces(has_reach=has_reach),
            headers={"Content-Type": "application/x-ndjson"},
        )
        response.raise_for_status()
        while await job.process_next_chunk():
            await _drain(database)
        progress = (await client.get(response.headers["location"])).json()
        assert progress["results"]["created"] == IMPORTED, progress
        seconds = perf_counter() - began
        line = {
            "claim": f"import of customers {'with two contacts and a consent' if has_reach else 'alone'}",
            "unit": "lines/s",
            "heed": round(IMPORTED / seconds),
            "microseconds of the processor a line": round((process_time() - processor) / IMPORTED * 1e6),
            "growth of peak memory in MiB": round(_peak_memory() - memory),
        }
        report.line(line)


async def _pieces(*, has_reach: bool) -> AsyncIterator[bytes]:
    """Yield the lines of a file, a thousand at a time."""
    kind = "reach" if has_reach else "plain"
    for first in range(0, IMPORTED, 1000):
        numbers = range(first, min(first + 1000, IMPORTED))
        lines = (_line(f"{kind}-{number}", number, has_reach=has_reach) for number in numbers)
        yield "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _line(external_id: str, number: int, *, has_reach: bool) -> dict[str, str]:
    name = random.choice(SURNAMES) + random.choice(GIVEN) + random.choice(GIVEN)
    line = {"external_id": external_id, "kind": "individual", "name": name, "language": "zh", "region": "CN-SH"}
    if has_reach:
        reach = {"phone": f"138{number:08d}", "mail": f"c{number}@example.com", "consent_marketing_mail": "yes"}
        return line | reach
    return line


async def _drain(database: Database) -> None:
    """Delete the events, as the relay does after it has published them: imports wait while too many are left."""
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _load(database: Database, customers: int) -> None:
    for first in range(1, customers + 1, CHUNK):
        async with database.transaction() as session:
            await session.execute(INSERT_CUSTOMERS, {"first": first, "last": min(first + CHUNK - 1, customers)})
    async with database.transaction() as session:
        await session.execute(INSERT_SCORES)
    async with database.autocommit() as connection:
        await connection.execute(text("VACUUM ANALYZE"))


async def _measure_list(client: httpx.AsyncClient, url: str, customers: int) -> None:
    raw = await asyncpg.connect(url.replace("+asyncpg", ""))
    reference = await _durations(lambda: raw.fetch(RAW_PAGE))
    names = [row["name"] for row in await raw.fetch("SELECT name FROM customer WHERE external_id LIKE 'c-%' LIMIT 500")]
    await raw.close()
    queries: dict[str, dict[str, Sequence[str]]] = {
        "first page": {},
        "sorted by name": {"sort": ["name"]},
        "sorted by value at risk": {"sort": ["-value_at_risk"]},
        "of an owner": {"owner": [f"owner-{number}" for number in range(500)], "sort": ["-value_at_risk"]},
        "searched by a name": {"q": names},
    }
    for name, query in queries.items():
        heed = await _durations(partial(_page, client, query))
        claim = f"list of {customers:,} customers, {name}"
        report.latency(claim, heed, reference, reference_is="SELECT of a first page by asyncpg")


async def _page(client: httpx.AsyncClient, query: Mapping[str, Sequence[str]]) -> None:
    params = {name: random.choice(values) for name, values in query.items()}
    (await client.get("/v1/customers", params=params)).raise_for_status()


async def _durations(call: Callable[[], Awaitable[object]]) -> list[float]:
    found = []
    for number in range(WARM_UP + ROUNDS):
        began = perf_counter()
        await call()
        if number >= WARM_UP:
            found.append(perf_counter() - began)
    return found


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
