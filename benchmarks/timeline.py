"""The timeline of a customer with 10,000 entries among a million. Alone: `python -m benchmarks.timeline [others]`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.auth.scopes import SCOPES
from heed_common.broker.protocols import Record
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.decoding import decode
from heed_common.encryption import new_key
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.handlers import process_batch
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.faults.histories import make_history

ENTRIES, ROUNDS, BATCH = fixtures.scaled(10_000, at_least=1000), fixtures.scaled(200), 500
OTHERS, EVENTS = fixtures.scaled(1_000_000), fixtures.scaled(20_000, at_least=500)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INSERT_COMPLAINTS = text("""
    INSERT INTO complaint (id, version, customer_id, kind, severity, category, state, opened_at, confidential)
    SELECT CAST('00000000-0000-0000-0001-' || lpad(to_hex(i), 12, '0') AS uuid), 1, :customer_id, 'complaint', 'minor',
        'service', 'closed', now(), i % 10 = 0
    FROM generate_series(1, 1000) AS i
""")
INSERT_ENTRIES = text("""
    INSERT INTO timeline_entry (event_id, customer_id, complaint_id, at, type, service, subject, version, data)
    SELECT gen_random_uuid(), CASE WHEN :entries > 0 THEN CAST(:customer_id AS uuid) ELSE gen_random_uuid() END,
        CASE WHEN i % 3 = 0 AND :entries > 0
            THEN CAST('00000000-0000-0000-0001-' || lpad(to_hex(1 + i % 1000), 12, '0') AS uuid) END,
        timestamptz '2026-03-02 12:00Z' - i * interval '1 hour',
        (ARRAY['heed.complaint.opened.v1', 'heed.purchase.recorded.v1', 'heed.score.changed.v1'])[1 + i % 3],
        (ARRAY['complaint', 'customer', 'scoring'])[1 + i % 3], gen_random_uuid(), 1,
        CAST('{"category": "service", "severity": "minor", "purchase_id": "' || gen_random_uuid() || '",
            "gross": "12.5", "currency": "USD", "kind": "goods", "value": {"tier": "A"},
            "churn_risk": {"band": "low"}}' AS jsonb)
    FROM generate_series(1, :number) AS i
""")
RAW_PAGE = "SELECT * FROM timeline_entry WHERE customer_id = $1 ORDER BY at DESC, event_id DESC LIMIT 51"
RAW_PAGE_IS = "SELECT of the first page of the timeline by asyncpg"


def measure(cluster: Cluster, *, others: int = OTHERS) -> None:
    cluster.create_database("bench_timeline")
    asyncio.run(_measure(cluster.url("bench_timeline"), others))


async def _measure(url: str, others: int) -> None:
    await migrations.upgrade(url, "heed_customer")
    database = Database(url)
    settings = Settings.load(database_url=url, contact_keys=new_key())
    app = create_app(settings, Resources(database, FakeClock(NOON), Metrics("customer")))
    every = await make_token(database, now=NOON, scopes=SCOPES)
    some = await make_token(database, now=NOON, scopes=frozenset({"customers:read"}))
    async with make_client(app, every) as client, make_client(app, some) as limited:
        response = await client.post("/v1/customers", json={"kind": "individual", "name": "Ann"})
        customer_id = UUID(response.raise_for_status().json()["id"])
        await _insert_entries(database, customer_id, others)
        await _measure_pages(client, limited, customer_id, url)
    await _measure_recording(database)
    await database.close()


async def _insert_entries(database: Database, customer_id: UUID, others: int) -> None:
    async with database.transaction() as session:
        await session.execute(INSERT_COMPLAINTS, {"customer_id": customer_id})
        await session.execute(INSERT_ENTRIES, {"customer_id": customer_id, "entries": ENTRIES, "number": ENTRIES})
        await session.execute(INSERT_ENTRIES, {"customer_id": customer_id, "entries": 0, "number": others})
    async with database.autocommit() as connection:
        await connection.execute(text("VACUUM ANALYZE"))


async def _measure_pages(client: httpx.AsyncClient, limited: httpx.AsyncClient, customer_id: UUID, url: str) -> None:
    raw = await asyncpg.connect(url.replace("+asyncpg", ""))
    reference = await _durations(lambda: raw.fetch(RAW_PAGE, customer_id))
    await raw.close()
    path = f"/v1/customers/{customer_id}"
    customer = await _durations(lambda: _get(client, path, {}))
    report.latency("the customer itself over HTTP", customer, reference, reference_is=RAW_PAGE_IS)
    path += "/timeline"
    cursor = (await client.get(path, params={"limit": 200})).json()["next_cursor"]
    for name, caller, params in (
        ("first page", client, {}),
        ("a later page", client, {"cursor": cursor}),
        ("one type, in the past", client, {"type": "complaint.opened", "to": "2025-06-01T00:00:00Z"}),
        ("a type that there is none of", client, {"type": "message"}),
        ("without confidential complaints", limited, {}),
    ):
        durations = await _durations(partial(_get, caller, path, params))
        report.latency(f"timeline of 10,000 entries: {name}", durations, reference, reference_is=RAW_PAGE_IS)


async def _measure_recording(database: Database) -> None:
    history = make_history(events=EVENTS, seed=1)
    events = [decode(Record(message.topic, 0, 0, message.key, message.value)) for message in history]
    began = perf_counter()
    for start in range(0, EVENTS, BATCH):
        async with database.transaction() as session:
            await process_batch(session, events[start : start + BATCH], NOON)
    took = perf_counter() - began
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE raw (LIKE timeline_entry INCLUDING ALL)"))
        began = perf_counter()
        await session.execute(
            text("INSERT INTO raw SELECT * FROM timeline_entry ORDER BY event_id LIMIT :n"), {"n": EVENTS}
        )
        raw = perf_counter() - began
    report.rate(
        "events recorded by the customer service",
        [EVENTS / took],
        [EVENTS / raw],
        unit="events/s",
        reference_is="INSERT … SELECT of as many entries within PostgreSQL",
    )


async def _get(client: httpx.AsyncClient, path: str, params: dict[str, str]) -> None:
    (await client.get(path, params=params)).raise_for_status()


async def _durations(call: Callable[[], Awaitable[Any]]) -> list[float]:
    durations = []
    for _ in range(ROUNDS):
        began = perf_counter()
        await call()
        durations.append(perf_counter() - began)
    return durations


if __name__ == "__main__":
    with fixtures.cluster() as own:
        measure(own, others=int(sys.argv[1]) if len(sys.argv) > 1 else OTHERS)
