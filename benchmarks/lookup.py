"""Look-up of callers among a million customers. Alone: `python -m benchmarks.lookup [customers]`."""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter, process_time
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.reach.contacts import content
from heed_customer.reach.contacts.rules import ContactContent
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token

CUSTOMERS, ROUNDS = fixtures.scaled(1_000_000), fixtures.scaled(500)
CHUNK, WARM_UP = 20_000, 50
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INSERT_CUSTOMERS = text("""
    INSERT INTO customer (id, external_id, kind, name, region, fingerprint, event_id, version, revision, registered_at,
        changed_at, search_text, sort_name, search_version)
    SELECT CAST('00000000-0000-0000-0000-' || lpad(to_hex(i), 12, '0') AS uuid), 'c-' || i, 'individual', 'Li Wei',
        'CN', '', gen_random_uuid(), 1, 1, now(), now(), 'li wei', 'li wei', 1
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS i
""")
INSERT_OPEN_COMPLAINTS = text("""
    INSERT INTO complaint (id, version, customer_id, kind, severity, category, state, opened_at, is_open)
    SELECT gen_random_uuid(), 1, id, 'complaint', 'minor', 'service', 'accepted', now(), true FROM customer
    WHERE right(external_id, 1) = '7'
""")
INSERT_SCORES = text("""
    INSERT INTO customer_score (customer_id, version, tier, value, currency, churn_probability, churn_band,
        value_at_risk, scored_at)
    SELECT id, 1, 'A', 100, 'USD', .2, 'low', 20, now() FROM customer
""")
COLUMNS = (
    *("id", "customer_id", "kind", "content", "blind_index", "preferred", "state", "event_id", "version", "revision"),
    *("created_at", "changed_at"),
)
RAW_LOOK_UP = "SELECT customer.* FROM contact JOIN customer ON customer.id = customer_id WHERE blind_index = $1"
Row = tuple[object, ...]


def measure(cluster: Cluster, *, customers: int = CUSTOMERS) -> None:
    cluster.create_database("bench_lookup")
    asyncio.run(_measure(cluster.url("bench_lookup"), customers))


async def _measure(url: str, customers: int) -> None:
    await migrations.upgrade(url, "heed_customer")
    keys = new_key()
    cipher, database = FieldCipher(parse_keys(keys)), Database(url)
    await _load(database, url, cipher, customers)
    settings = Settings(database_url=url, contact_keys=keys)
    app = create_app(settings, Resources(database, FakeClock(NOON), Metrics("customer")))
    token = await make_token(database, now=NOON)
    numbers = [_number(random.randrange(1, customers + 1)) for _ in range(ROUNDS + WARM_UP)]
    async with make_client(app, token) as client:
        began = process_time()
        heed = await _durations(numbers, lambda number: _look_up(client, number))
        spent = process_time() - began
        get = await _durations(numbers, lambda number: _get(client, number))
    raw = await asyncpg.connect(url)
    began = process_time()
    reference = await _durations(
        numbers, lambda number: raw.fetchrow(RAW_LOOK_UP, cipher.blind_index(f"phone:{number}"))
    )
    bare = process_time() - began
    await raw.close()
    report.rate(
        "look-ups a second of processor time, PostgreSQL's left out",
        [len(numbers) / spent],
        [len(numbers) / bare],
        unit="look-ups/s",
        reference_is="SELECT by the blind index by asyncpg",
    )
    report.latency(
        f"look-up of a caller among {customers:,} over HTTP, p95 at most 20 ms",
        heed,
        reference,
        reference_is="SELECT by the blind index by asyncpg",
    )
    report.latency(
        "the same look-up beside the simplest call",
        heed,
        get,
        reference_is="GET of the customer over HTTP, with one statement",
    )
    await database.close()


async def _load(database: Database, url: str, cipher: FieldCipher, customers: int) -> None:
    async with database.transaction() as session:
        await session.execute(text("DROP INDEX ix_customer_search_pairs"))
        for first in range(1, customers + 1, CHUNK):
            await session.execute(INSERT_CUSTOMERS, {"first": first, "last": min(first + CHUNK - 1, customers)})
        await session.execute(INSERT_OPEN_COMPLAINTS)
        await session.execute(INSERT_SCORES)
    connection, began, spent = await asyncpg.connect(url), perf_counter(), 0.0
    for first in range(1, customers + 1, CHUNK):
        encrypting = perf_counter()
        rows = list(_rows(cipher, first, min(first + CHUNK, customers + 1)))
        spent += perf_counter() - encrypting
        await connection.copy_records_to_table("contact", records=rows, columns=COLUMNS)
    took = perf_counter() - began
    await connection.close()
    report.rate(
        "contacts encrypted and stored by COPY",
        [customers / took],
        [customers / (took - spent)],
        unit="contacts/s",
        reference_is="COPY of the same rows, encrypted before",
    )
    async with database.autocommit() as analyzing:
        await analyzing.execute(text("VACUUM ANALYZE"))


def _rows(cipher: FieldCipher, first: int, end: int) -> Iterator[Row]:
    for number in range(first, end):
        contact_id, customer_id, value = UUID(int=number), UUID(int=number), _number(number)
        text_ = ContactContent(raw=value, value=value)
        encrypted = content.encrypt(text_, contact_id=contact_id, cipher=cipher)
        index = content.blind_index("phone", text_, cipher=cipher)
        yield (
            *(contact_id, customer_id, "phone", encrypted, index, False, "unverified", contact_id, 1, 1, NOON, NOON),
        )


def _number(number: int) -> str:
    return f"+86138{number:08}"


async def _look_up(client: httpx.AsyncClient, number: str) -> None:
    response = await client.post("/v1/customers:lookup", json={"phone": number})
    assert len(response.json()["items"]) == 1, response.text


async def _get(client: httpx.AsyncClient, number: str) -> None:
    response = await client.get(f"/v1/customers/{UUID(int=int(number[-8:]))}")
    assert response.status_code == 200, response.text


async def _durations(numbers: list[str], call: Callable[[str], Awaitable[object]]) -> list[float]:
    """Return the seconds of each call after the warm-up."""
    durations = []
    for number in numbers:
        began = perf_counter()
        await call(number)
        durations.append(perf_counter() - began)
    return durations[WARM_UP:]


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
