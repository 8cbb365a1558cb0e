"""Every report on 100,000 complaints, over HTTP. Alone: `python -m benchmarks.reports`."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import asyncpg
import httpx
from sqlalchemy import text

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.auth.api_keys import Token, add_key
from heed_common.auth.scopes import SCOPES
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.settings import Settings

COMPLAINTS = fixtures.scaled(100_000, at_least=1000)
ROUNDS = 3
MAX_SECONDS = 2.0
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REPORTS = (
    "pareto?by=cause&measure=cost",
    "value-saved?by=month",
    "sla-attainment?by=tier",
    "resolution-rates?by=category",
    "times?by=category",
    "remedies",
    "fairness",
    "repurchase-ladder",
    "trends",
)
FILL: Sequence[str] = (
    "SELECT setseed(.7)",
    """
    INSERT INTO customer (id, kind, region, tier)
    SELECT gen_random_uuid(), CASE WHEN random() < .3 THEN 'organization' ELSE 'individual' END,
        (ARRAY['north', 'south', 'east', 'west'])[1 + floor(random() * 4)::int],
        (ARRAY['A', 'B', 'B', 'C', 'C', 'C', 'C', 'D'])[1 + floor(random() * 8)::int]
    FROM generate_series(1, :complaints / 2)
    """,
    """
    CREATE TEMPORARY TABLE made AS SELECT gen_random_uuid() AS id, customer.id AS customer_id, tier,
        (ARRAY['product', 'product', 'service', 'delivery', 'delivery', 'delivery', 'billing', 'staff', 'other'])
            [1 + floor(random() * 9)::int] AS category,
        (ARRAY['minor', 'minor', 'minor', 'major', 'major', 'critical'])[1 + floor(random() * 6)::int] AS severity,
        timestamptz '2026-11-01 12:00Z' - random() * interval '360 days' AS received_at,
        -ln(1 - random()) * CASE tier WHEN 'A' THEN 26 WHEN 'B' THEN 34 ELSE 40 END * interval '1 hour' AS takes,
        -ln(1 - random()) * interval '45 minutes' AS contact, random() AS luck, random() AS other, random() AS third
    FROM (SELECT *, row_number() OVER () AS place FROM customer) AS customer, generate_series(1, 8)
    WHERE random() < CASE WHEN place % 3 = 0 THEN .8 ELSE 0 END LIMIT :complaints
    """,
    """
    INSERT INTO complaint (id, fingerprint, opening_event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, opened_at, currency, state, completed_at, ended_at, cause,
        responsibility, solved, pleasant)
    SELECT id, '', id, customer_id, 'phone', category, severity, '', received_at, received_at, received_at, 'USD',
        CASE WHEN luck < .06 THEN 'declined' WHEN received_at + takes > $1 THEN 'accepted' ELSE 'called_back' END,
        CASE WHEN luck >= .06 AND received_at + takes <= $1 THEN received_at + takes END,
        CASE WHEN luck < .06 THEN received_at + contact END,
        (ARRAY['product_not_understood', 'product_not_understood', 'distrust_of_seller', 'misuse', 'beyond_scope',
            'poor_performance_or_fault', NULL])[1 + floor(other * 7)::int],
        (ARRAY['product', 'service', 'sales', 'supplier', NULL])[1 + floor(luck * 5)::int], luck < .9, other < .8
    FROM made
    """,
    """
    INSERT INTO milestone (complaint_id, milestone, target, breach_announced, state, started_at, reached_at,
        first_reached_at, due_at, consumed)
    SELECT id, name, target, reached > target, CASE WHEN luck < .06 THEN 'cancelled'
        WHEN received_at + reached > $1 THEN 'running' WHEN reached > target THEN 'missed' ELSE 'met' END, received_at,
        done, done, received_at + target, CASE WHEN done IS NOT NULL THEN reached * .4 END
    FROM made, LATERAL (VALUES ('first_contact', interval '1 hour', contact), ('commitment', '4 hours', contact * 3),
        ('resolution', '2 days', takes), ('call_back', '3 days', takes * 1.3)) AS clock (name, target, reached),
        LATERAL (SELECT CASE WHEN luck >= .06 AND received_at + reached <= $1 THEN received_at + reached END)
            AS d (done)
    """,
    """
    INSERT INTO completion (complaint_id, by, at, reopened_at)
    SELECT id, 'agent', received_at + takes, CASE WHEN third < .08 THEN received_at + takes + interval '1 day' END
    FROM made WHERE luck >= .06 AND received_at + takes <= $1
    """,
    """
    INSERT INTO remedy (id, complaint_id, kind, amount, currency, state, requested_at)
    SELECT gen_random_uuid(), id, (ARRAY['apology', 'refund', 'replacement', 'goodwill', 'compensation'])
        [1 + floor(third * 5)::int], (10 + 90 * other)::numeric(13, 4), 'USD', 'granted', received_at FROM made
    WHERE luck > .6
    """,
    """
    INSERT INTO promise (id, complaint_id, kind, description, promised_by, made_at, made_by, state)
    SELECT gen_random_uuid(), id, 'other', '', received_at, received_at, 'agent',
        CASE WHEN other < .85 THEN 'kept' ELSE 'broken' END FROM made WHERE luck > .3
    """,
    """
    INSERT INTO saved_value_forecast (complaint_id, customer_id, risk_if_resolved_quickly, risk_if_unresolved,
        expected_value_saved, currency, forecast_at, score_version)
    SELECT id, customer_id, .2, .5, (20 + 200 * other)::numeric(13, 4), 'USD', received_at, 1 FROM made WHERE third > .2
    """,
    """
    INSERT INTO purchase (purchase_id, customer_id, occurred_at, units)
    SELECT gen_random_uuid(), id, $1::timestamptz - random() * interval '700 days', 1
    FROM customer, generate_series(1, 8)
    """,
    "ANALYZE",
)


def measure(cluster: Cluster, *, complaints: int = COMPLAINTS) -> None:
    cluster.create_database("bench_reports")
    asyncio.run(_measure(cluster.url("bench_reports"), complaints))


async def _measure(url: str, complaints: int) -> None:
    await fill(url, complaints)
    database, clock = Database(url), FakeClock(NOW)
    settings = Settings.load(database_url=url, contact_keys=new_key())
    app = create_app(settings, Resources(database, clock, Metrics("complaint")))
    try:
        token = Token.new()
        async with database.transaction() as session:
            await add_key(session, token, name="benchmark", scopes=SCOPES, now=NOW)
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
            for name in REPORTS:
                await _print(client, database, name, complaints)
    finally:
        await database.close()


async def _print(client: httpx.AsyncClient, database: Database, name: str, complaints: int) -> None:
    """Return processor time, which is more reliable than wall-clock time on a shared machine."""
    walls, processors = [], []
    for _ in range(ROUNDS):
        began, spent = perf_counter(), await processor_seconds(database)
        answer = await client.get(f"/v1/complaints/reports/{name}")
        walls.append(perf_counter() - began)
        processors.append(await processor_seconds(database) - spent)
        assert answer.status_code == 200, answer.text
    assert answer.json()["complaints"] > complaints * 0.99
    line: dict[str, Any] = {
        "claim": f"report {name}",
        "unit": "s",
        "complaints": complaints,
        "at_most": MAX_SECONDS,
    }
    for clock, rounds in (("processor", processors), ("wall", walls)):
        line[clock] = {"heed": round(median(rounds), 2), "rounds": [round(one, 2) for one in rounds]}
    report.line(line)


async def processor_seconds(database: Database) -> float:
    """Seconds that this process and the database's have worked for us so far."""
    async with database.transaction() as session:
        pids = await session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))
        return process_time() + sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def fill(url: str, complaints: int) -> None:
    """Complaints of a year, with everything that reports read."""
    await migrations.upgrade(url, "heed_complaint")
    connection = await asyncpg.connect(url)
    for statement in FILL:
        await connection.execute(statement.replace(":complaints", str(complaints)), *([NOW] * ("$1" in statement)))
    await connection.close()


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, complaints=int(sys.argv[1]) if len(sys.argv) > 1 else COMPLAINTS)
