"""Ten million purchases of a million customers: import on top, look-up, lists, timeline.

Alone: `python -m benchmarks.purchases [share]`; a share of 0.02 takes a minute, all of it about 20 GB and half an hour.
"""

import asyncio
import json
import random
import resource
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from time import perf_counter, process_time
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import customers, fixtures, lookup, report
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

PURCHASES, CUSTOMERS = fixtures.scaled(10_000_000), fixtures.scaled(1_000_000)
IMPORTED, CHUNK = fixtures.scaled(100_000), 50_000
FIRST_DAY = datetime(2023, 3, 2, tzinfo=UTC)
PURCHASE_COLUMNS = (
    *("id", "external_id", "customer_id", "kind", "occurred_at", "currency", "lines", "units", "gross", "margin"),
    *("margin_estimated", "fingerprint", "event_id", "version", "recorded_at"),
)
ENTRY_COLUMNS = ("event_id", "customer_id", "at", "type", "service", "subject", "version", "data")
LINES = json.dumps(
    [
        {
            "sku": "kettle",
            "category": "kitchen",
            "quantity": "1",
            "unit_price": "12.5",
            "unit_cost": None,
            "gross": "12.5",
            "margin": "3.75",
        }
    ]
)
RAW_PURCHASES = "SELECT * FROM purchase WHERE customer_id = $1 ORDER BY occurred_at DESC LIMIT 51"
RAW_ENTRIES = "SELECT * FROM timeline_entry WHERE customer_id = $1 ORDER BY at DESC, event_id DESC LIMIT 51"
RAW_CONTACT = "SELECT * FROM contact WHERE blind_index = $1"
Row = tuple[object, ...]


def measure(cluster: Cluster, *, share: float = 1.0) -> None:
    """Print the claims."""
    cluster.create_database("bench_purchases")
    asyncio.run(_measure(cluster.url("bench_purchases"), share))


async def _measure(url: str, share: float) -> None:
    await migrations.upgrade(url, "heed_customer")
    number, buyers = round(PURCHASES * share), round(CUSTOMERS * share)
    database, keys = Database(url), new_key()
    cipher = FieldCipher(parse_keys(keys))
    await customers._load(database, buyers)
    raw = await asyncpg.connect(url.replace("+asyncpg", ""))
    await _copy(raw, "contact", lookup.COLUMNS, partial(lookup._rows, cipher), buyers)
    copied = await _copy(raw, "purchase", PURCHASE_COLUMNS, partial(_purchases, buyers), number)
    await _copy(raw, "timeline_entry", ENTRY_COLUMNS, partial(_entries, buyers), number)
    async with database.autocommit() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    app = create_app(
        Settings.load(database_url=url, contact_keys=keys), Resources(database, SystemClock(), Metrics("customer"))
    )
    token = await make_token(database, now=datetime.now(UTC))
    async with make_client(app, token) as client:
        await _measure_import(client, database, cipher, number, buyers, round(IMPORTED * share), copied=copied)
        await _measure_latencies(client, raw, cipher, number, buyers)
    await raw.close()
    await database.close()


async def _copy(
    raw: asyncpg.Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Callable[[int, int], Iterator[Row]],
    number: int,
) -> float:
    """Store so many rows by COPY. Return the rate."""
    began = perf_counter()
    for first in range(1, number + 1, CHUNK):
        last = min(first + CHUNK, number + 1)
        await raw.copy_records_to_table(table, records=rows(first, last), columns=columns)
    rate = number / (perf_counter() - began)
    line = {
        "claim": f"{number:,} rows of {table} stored by COPY",
        "unit": "rows/s",
        "heed": None,
        "reference": round(rate),
    }
    report.line(line)
    return rate


def _purchases(buyers: int, first: int, end: int) -> Iterator[Row]:
    for number in range(first, end):
        key, at, buyer = UUID(int=number), _moment(number), _buyer(number, buyers)
        sums = (Decimal(1), Decimal("12.5"), Decimal("3.75"))
        yield (key, f"p-{number}", buyer, "goods", at, "USD", LINES, *sums, True, b"", key, 1, at)


def _entries(buyers: int, first: int, end: int) -> Iterator[Row]:
    for number in range(first, end):
        key = UUID(int=number)
        data = f'{{"purchase_id": "{key}", "gross": "12.5", "currency": "USD", "kind": "goods"}}'
        buyer, at = _buyer(number, buyers), _moment(number)
        yield (key, buyer, at, "heed.purchase.recorded.v1", "customer", key, 1, data)


def _buyer(number: int, buyers: int) -> UUID:
    """Return the customer of a purchase: consecutive ones are of different customers."""
    return UUID(int=1 + number * 7919 % buyers)


def _moment(number: int) -> datetime:
    return FIRST_DAY + timedelta(minutes=number * 104729 % (3 * 365 * 1440))


async def _measure_import(
    client: httpx.AsyncClient,
    database: Database,
    cipher: FieldCipher,
    purchases: int,
    buyers: int,
    lines: int,
    *,
    copied: float,
) -> None:
    """Import purchases of the customers that are there, each with one line."""
    processing = ProcessingSettings(Decimal("0.30"), DEFAULT_EARLIEST, "CN", cipher)
    job = ImportJob(database, clock=SystemClock(), metrics=Metrics("customer"), settings=processing)
    began, processor, memory = perf_counter(), process_time(), _peak_memory()
    headers = {"Content-Type": "application/x-ndjson"}
    response = await client.post("/v1/imports/purchases", content=_pieces(buyers, lines), headers=headers)
    location = response.raise_for_status().headers["location"]
    while await job.process_next_chunk():
        async with database.transaction() as session:
            await session.execute(text("DELETE FROM outbox"))
    progress = (await client.get(location)).json()
    assert progress["results"]["created"] == lines, progress
    seconds = perf_counter() - began
    report.rate(
        f"import of {lines:,} purchases beside {purchases:,}",
        [lines / seconds],
        [copied],
        unit="purchases/s",
        reference_is="COPY of purchases without validation, events and report, in the same run",
    )
    line = {
        "claim": "what that import took",
        "microseconds of the processor a line": round((process_time() - processor) / lines * 1e6),
        "growth of peak memory in MiB": round(_peak_memory() - memory),
    }
    report.line(line)


async def _pieces(buyers: int, lines: int) -> AsyncIterator[bytes]:
    for first in range(0, lines, 1000):
        rows = (_line(number, buyers) for number in range(first, min(first + 1000, lines)))
        yield "".join(json.dumps(row) + "\n" for row in rows).encode()


def _line(number: int, buyers: int) -> dict[str, object]:
    return {
        "external_id": f"imported-{number}",
        "customer_external_id": f"c-{1 + number * 104729 % buyers}",
        "occurred_at": "2026-03-02T10:00:00Z",
        "currency": "USD",
        "lines": [{"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "9.99"}],
    }


async def _measure_latencies(
    client: httpx.AsyncClient, raw: asyncpg.Connection, cipher: FieldCipher, purchases: int, buyers: int
) -> None:
    def pick() -> UUID:
        return UUID(int=random.randrange(1, buyers + 1))

    def number() -> str:
        return lookup._number(random.randrange(1, buyers + 1))

    calls = {
        "look-up of a caller": (
            lambda: client.post("/v1/customers:lookup", json={"phone": number()}),
            lambda: raw.fetch(RAW_CONTACT, cipher.blind_index(f"phone:{number()}")),
            "SELECT by the blind index by asyncpg",
        ),
        "purchases of a customer": (
            lambda: client.get("/v1/purchases", params={"customer_id": str(pick())}),
            lambda: raw.fetch(RAW_PURCHASES, pick()),
            "SELECT of the first page by asyncpg",
        ),
        "a purchase by its external_id": (
            lambda: client.get("/v1/purchases", params={"external_id": f"p-{random.randrange(1, purchases + 1)}"}),
            lambda: raw.fetch(RAW_PURCHASES, pick()),
            "SELECT of a customer's first page by asyncpg",
        ),
        "the list of customers": (
            lambda: client.get("/v1/customers"),
            lambda: raw.fetch(customers.RAW_PAGE),
            "SELECT of the first page by asyncpg",
        ),
        "timeline of a customer": (
            lambda: client.get(f"/v1/customers/{pick()}/timeline"),
            lambda: raw.fetch(RAW_ENTRIES, pick()),
            "SELECT of the first page by asyncpg",
        ),
    }
    for name, (ours, bare, reference_is) in calls.items():
        reference = await customers._durations(bare)
        heed = await customers._durations(partial(_succeed, ours))
        report.latency(f"{name}, beside {purchases:,} purchases", heed, reference, reference_is=reference_is)


async def _succeed(call: Callable[[], object]) -> None:
    response = await call()  # type: ignore[misc]
    response.raise_for_status()


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, share=float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
