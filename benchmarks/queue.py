"""The first page of the queue of a hundred thousand complaints. Alone: `python -m benchmarks.queue [complaints]`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.database import Database
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.workforce.priority_queue import repository
from heed_complaint.workforce.priority_queue.rules import QueueFilter

COMPLAINTS, CHUNK, PAGE, ROUNDS = fixtures.scaled(100_000), 1000, 51, 20
QUERIES = {
    "all": QueueFilter(confidential=True),
    "a queue": QueueFilter(confidential=True, queues=["repairs"]),
    "an agent's": QueueFilter(confidential=True, owners=["agent-7"]),
    "unassigned, not confidential": QueueFilter(confidential=False, unassigned=True),
}

INSERT_COMPLAINTS = text("""
    INSERT INTO complaint (id, fingerprint, opening_event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, opened_at, currency, state, owner, queue, regulator)
    SELECT gen_random_uuid(), '', gen_random_uuid(), gen_random_uuid(), 'phone', 'product',
        (ARRAY['minor', 'major', 'critical'])[1 + i % 3], repeat('It does not start. ', 20), at, at, at, 'USD',
        'accepted', CASE WHEN i % 3 > 0 THEN 'agent-' || i % 200 END,
        (ARRAY['general', 'repairs', 'billing'])[1 + i % 3], i % 50 = 0
    FROM (SELECT i, now() - i * interval '5 seconds' AS at FROM generate_series(1, :complaints) AS i) AS made
""")
INSERT_MILESTONES = text("""
    INSERT INTO milestone (complaint_id, milestone, target, started_at, breach_announced, state, due_at)
    SELECT id, name, interval '1 day', received_at, false, 'running', received_at + days * interval '1 day'
    FROM complaint, (VALUES ('first_contact', 1), ('resolution', 5)) AS clock(name, days)
""")
INSERT_FORECASTS = text("""
    INSERT INTO saved_value_forecast (complaint_id, customer_id, risk_if_resolved_quickly, risk_if_unresolved,
        expected_value_saved, currency, forecast_at, score_version)
    SELECT id, customer_id, .1, .5, random() * 500, 'USD', now(), 1 FROM complaint WHERE random() < .8
""")
SELECT_IDS = text("SELECT id FROM complaint ORDER BY id")
DELAY_DEADLINES = text("UPDATE milestone SET due_at = due_at + CAST(:by AS interval)")
# The same order worked out at each look, without places: what the index saves.
COUNT_UNRANKED = text("""
    SELECT c.id, log(2, ((COALESCE(o.expected_value_saved, 50) + 1) * CASE c.severity WHEN 'minor' THEN 1
            WHEN 'major' THEN 2 ELSE 4 END * CASE WHEN c.regulator THEN 3 ELSE 1 END)::numeric)
        - extract(epoch FROM due.at) / 86400 AS key
    FROM complaint AS c LEFT JOIN saved_value_forecast AS o ON o.complaint_id = c.id
    LEFT JOIN (
        SELECT complaint_id, min(due_at) AS at FROM milestone
        WHERE reached_at IS NULL AND cancelled_at IS NULL GROUP BY complaint_id
    ) AS due ON due.complaint_id = c.id
    WHERE c.ended_at IS NULL ORDER BY key DESC, c.id DESC LIMIT 51
""")


def measure(cluster: Cluster, *, complaints: int = COMPLAINTS) -> None:
    cluster.create_database("bench_queue")
    asyncio.run(_measure(cluster.url("bench_queue"), complaints))


async def _measure(url: str, complaints: int) -> None:
    await migrations.upgrade(url, "heed_complaint")
    database = Database(url)
    async with database.transaction() as session:
        await session.execute(INSERT_COMPLAINTS, {"complaints": complaints})
        await session.execute(INSERT_MILESTONES)
        await session.execute(INSERT_FORECASTS)
        await session.execute(text("ANALYZE"))
        _print("complaints placed for the first time", "s", await _measure_ranking(session), complaints)
    async with database.transaction() as session:
        await session.execute(DELAY_DEADLINES, {"by": timedelta(hours=1)})
        _print("complaints ranked again after their deadlines moved", "s", await _measure_ranking(session), complaints)
    async with database.autocommit() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await _measure_queries(database, complaints)
    await database.close()


async def _measure_queries(database: Database, complaints: int) -> None:
    async with database.transaction() as session:
        for name, filters in QUERIES.items():

            async def look(filters: QueueFilter = filters) -> object:
                return await repository.list_ranks(session, filters, after=None, limit=PAGE)

            _print(f"first page of the queue: {name}", "ms", await _median(look), complaints)
        worked_out = await _median(lambda: session.execute(COUNT_UNRANKED))
        _print("the same order worked out from complaints, clocks and outlooks", "ms", worked_out, complaints)


async def _measure_ranking(session: AsyncSession) -> float:
    ids = list(await session.scalars(SELECT_IDS))
    began = perf_counter()
    for start in range(0, len(ids), CHUNK):
        await refresh.refresh_ranks(session, ids[start : start + CHUNK])
    return perf_counter() - began


async def _median(look: Callable[[], Awaitable[Any]]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = perf_counter()
        await look()
        took.append(perf_counter() - began)
    return 1000 * sorted(took)[ROUNDS // 2]


def _print(claim: str, unit: str, took: float, complaints: int) -> None:
    report.line({"claim": claim, "unit": unit, "complaints": complaints, "heed": round(took, 2)})


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, complaints=int(sys.argv[1]) if len(sys.argv) > 1 else COMPLAINTS)
