"""A permit among a hundred thousand customers. Alone: `python -m benchmarks.permits [customers]`."""

import asyncio
import random
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from benchmarks import fixtures, processor, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.database import Database
from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.identifiers import new_id
from heed_customer.reach.contacts import content
from heed_customer.reach.contacts.rules import ContactContent
from heed_customer.reach.permits import service
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.quiet_hours import QuietHours
from heed_customer.reach.permits.rules import Budget, PermitRequest

CUSTOMERS, ROUNDS = fixtures.scaled(100_000), fixtures.scaled(2000)
TURNS, WARM_UP, CHUNK = 10, 200, 5000
Ask = Callable[[], Awaitable[None]]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = ContactPolicy(
    {ContactPurpose.MARKETING: Budget(400, 30), ContactPurpose.SURVEY: Budget(200, 30)},
    QuietHours.parse("21:00-08:00"),
    ZoneInfo("UTC"),
    "https://heed.example",
)
RAW = "a transaction of two statements with asyncpg: SELECT … FOR NO KEY UPDATE of the customer, INSERT of a row"

INSERT_CUSTOMERS = text("""
    INSERT INTO customer (id, kind, name, language, time_zone, fingerprint, event_id, version, revision,
        registered_at, changed_at, search_text, sort_name, search_version)
    SELECT id, 'individual', 'Li Wei', 'zh-CN', 'Asia/Shanghai', '', id, 1, 1, now(), now(), 'li wei', 'li wei', 1
    FROM unnest(CAST(:ids AS uuid[])) AS made(id)
""")
INSERT_CONTACTS = text("""
    INSERT INTO contact (id, customer_id, kind, content, preferred, state, event_id, version, revision, created_at,
        changed_at)
    SELECT id, customer_id, 'mail', content, false, 'unverified', id, 1, 1, now(), now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:customer_ids AS uuid[]), CAST(:contents AS bytea[]))
        AS made(id, customer_id, content)
""")
INSERT_DECISIONS = text("""
    INSERT INTO consent_decision (id, customer_id, event_id, version, purpose, channel, granted, by_guardian,
        valid_from, replaces_of, recorded_at, recorded_by)
    SELECT gen_random_uuid(), id, gen_random_uuid(), decided.version, decided.purpose, 'mail', true, false,
        timestamptz '2026-01-01', CAST('{}' AS uuid[]), timestamptz '2026-01-01', 'benchmark'
    FROM customer, (VALUES (2, 'marketing'), (3, 'survey')) AS decided(version, purpose)
""")
INSERT_LOG = text("""
    INSERT INTO contact_log (id, customer_id, state, purpose, promotional, channel, budget, requested_at, changed_at,
        version)
    SELECT gen_random_uuid(), id, 'sent', purpose, false, 'mail', nullif(purpose, 'service'),
        CAST(:now AS timestamptz) - days * interval '1 day', CAST(:now AS timestamptz), 1
    FROM customer, (VALUES ('marketing', 5), ('marketing', 40), ('survey', 9), ('service', 3), ('service', 60))
        AS made(purpose, days)
""")
CREATE_BARE = "CREATE TABLE bare_record (id uuid PRIMARY KEY, customer_id uuid, state text, requested_at timestamptz)"


def measure(cluster: Cluster, *, customers: int = CUSTOMERS) -> None:
    cluster.create_database("bench_permits")
    asyncio.run(_measure(cluster.url("bench_permits"), cluster.data, customers))


async def _measure(url: str, data: Path, customers: int) -> None:
    await migrations.upgrade(url, "heed_customer")
    database, cipher = Database(url), FieldCipher(parse_keys(new_key()))
    ids = await _fill(database, cipher, customers)
    picks = random.Random(7)

    async def ask_raw() -> None:
        await _raw(database, picks.choice(ids))

    for claim, request in _requests().items():

        async def ask(request: Callable[[UUID], PermitRequest] = request) -> None:
            async with database.transaction() as session:
                new = request(picks.choice(ids))
                await service.request_permit(session, request=new, policy=POLICY, cipher=cipher, now=NOW)

        await _compare(claim, ask, ask_raw, data, customers)
    await database.close()


async def _compare(claim: str, ask: Ask, ask_raw: Ask, data: Path, customers: int) -> None:
    """Print latencies and time of the processor, both measured in turns with the reference."""
    seconds: dict[str, list[float]] = {"heed": [], "reference": []}
    spent: dict[str, list[float]] = {"heed": [], "reference": []}
    await _latencies(ask, WARM_UP)
    await _latencies(ask_raw, WARM_UP)
    for _ in range(TURNS):
        for name, work in (("heed", ask), ("reference", ask_raw)):
            before = processor.used(data)
            seconds[name] += await _latencies(work, ROUNDS // TURNS)
            spent[name].append(sum(processor.microseconds(before, processor.used(data), per=ROUNDS // TURNS).values()))
    _print(claim, seconds["heed"], seconds["reference"], customers)
    report.rate(
        f"{claim}: time of the processor, with PostgreSQL",
        spent["heed"],
        spent["reference"],
        unit="microseconds",
        reference_is=RAW,
        better="lower",
    )


def _requests() -> dict[str, Callable[[UUID], PermitRequest]]:
    mail = (ContactChannel.MAIL,)
    return {
        "a permit for service": lambda id_: PermitRequest(id_, ContactPurpose.SERVICE, mail, message_id=new_id()),
        "a permit for marketing: complaints, material, budget, links": lambda id_: PermitRequest(
            id_, ContactPurpose.MARKETING, mail, message_id=new_id(), dedupe_key="spring"
        ),
    }


async def _fill(database: Database, cipher: FieldCipher, customers: int) -> list[UUID]:
    ids = [new_id() for _ in range(customers)]
    async with database.transaction() as session:
        for start in range(0, customers, CHUNK):
            chunk = ids[start : start + CHUNK]
            await session.execute(INSERT_CUSTOMERS, {"ids": chunk})
            contacts = [new_id() for _ in chunk]
            mail = ContactContent(raw="li.wei@example.com", value="li.wei@example.com")
            contents = [content.encrypt(mail, contact_id=contact_id, cipher=cipher) for contact_id in contacts]
            rows = {"ids": contacts, "customer_ids": chunk, "contents": contents}
            await session.execute(INSERT_CONTACTS, rows)
        await session.execute(INSERT_DECISIONS)
        await session.execute(INSERT_LOG, {"now": NOW})
    async with database.autocommit() as connection:
        await connection.exec_driver_sql(CREATE_BARE)
        await connection.execute(text("VACUUM ANALYZE"))
    return ids


async def _raw(database: Database, customer_id: UUID) -> None:
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        async with raw.transaction():
            await raw.fetchrow("SELECT * FROM customer WHERE id = $1 FOR NO KEY UPDATE", customer_id)
            insert = "INSERT INTO bare_record VALUES ($1, $2, 'queued', $3)"
            await raw.execute(insert, new_id(), customer_id, NOW)


async def _latencies(ask: Ask, count: int) -> list[float]:
    found = []
    for _ in range(count):
        began = perf_counter()
        await ask()
        found.append(perf_counter() - began)
    return found


def _print(claim: str, heed: Sequence[float], raw: Sequence[float], customers: int) -> None:
    figures = {"heed": _percentiles(heed), "reference": _percentiles(raw)}
    ratio = round(statistics.median(heed) / statistics.median(raw), 1)
    line = {
        "claim": claim,
        "unit": "ms",
        "customers": customers,
        **figures,
        "reference_is": RAW,
        "ratio": ratio,
        "better": "lower",
    }
    report.line(line)


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": round(1000 * cuts[49], 2), "p95": round(1000 * cuts[94], 2), "n": len(seconds)}


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, customers=int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
