"""A calendar changes under a hundred thousand open complaints. Alone: `python -m benchmarks.replanning [how many]`."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from benchmarks import fixtures, report
from heed.postgres_server import Cluster
from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.contracts.complaint import Milestone
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.identifiers import new_id
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.core.tables import Complaint
from heed_complaint.sla.clock import milestones, rows
from heed_complaint.sla.clock.plan import Plan
from heed_complaint.sla.replanning.service import replan_page
from heed_complaint.sla.tables import Milestone as Row
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars import service as calendars

COMPLAINTS, CHUNK, SAMPLE = fixtures.scaled(100_000), 1000, 500
DISTINCT_HISTORIES = 2000
"""The others are copies of them under other ids."""
MAX_RATIO = 15.0
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGO, HOUR = timedelta(days=4), timedelta(hours=1)
DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {"time_zone": "UTC", "hours": {day: [["09:00", "18:00"]] for day in DAYS}}
WITH_LUNCH = {"time_zone": "UTC", "hours": {day: [["08:30", "12:00"], ["13:00", "18:30"]] for day in DAYS}}
WAITING_SHARE = 0.1
JSON_COLUMNS = ("escalation", "previous_runs")
SEED = 7

SELECT_BATCH = """
    SELECT complaint_id, milestone, due_at FROM milestone WHERE calendar = 'office' AND complaint_id > $1
    ORDER BY complaint_id LIMIT $2
"""
UPDATE_BATCH = """
    UPDATE milestone SET due_at = planned.due_at, next_alert_at = planned.due_at, calendar_version = 9
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS planned(id, name, due_at)
    WHERE complaint_id = planned.id AND milestone = planned.name
"""
MARK_REPLANNED = "UPDATE complaint_plan_state SET revision = revision + 1 WHERE complaint_id = ANY($1::uuid[])"
COUNT_BEHIND = "SELECT count(*) FROM complaint_plan_state WHERE revision < (SELECT max(revision) FROM terms_revision)"


def measure(cluster: Cluster, *, complaints: int = COMPLAINTS) -> None:
    cluster.create_database("bench_replanning")
    asyncio.run(_measure(cluster.url("bench_replanning"), complaints))


async def _measure(url: str, complaints: int) -> None:
    await migrations.upgrade(url, "heed_complaint")
    freeze_startup_objects()
    database, raw = Database(url), await asyncpg.connect(url)
    await _fill(database, raw, complaints)
    ours = await _replanned(database, raw)
    await _check(database)
    await raw.execute("VACUUM ANALYZE")
    theirs = await _rewritten(raw)
    line = {
        "claim": "open complaints replanned after a change of the calendar",
        "unit": "s",
        "complaints": complaints,
        "heed": round(ours.wall, 1),
        "processor": round(ours.processor, 1),
        "at_most": MAX_RATIO,
        "complaints_a_second": round(complaints / ours.wall),
        "reference": round(theirs, 1),
        "reference_is": "the same clocks read and written as they are by raw asyncpg, a thousand complaints a page",
        "ratio": round(ours.wall / theirs, 1),
        "better": "lower",
    }
    report.line(line)
    await raw.close()
    await database.close()


async def _fill(database: Database, raw: asyncpg.Connection, complaints: int) -> None:
    """Minor complaints of the last four days, all counted by the office; of every tenth we wait for the customer."""
    random = Random(SEED)
    async with database.transaction() as session:
        await calendars.put(session, name="office", document=OFFICE, by="bench", if_match=-1, now=NOON)
        book = await resolver.current_terms(session)
    plan = book.plan(dict.fromkeys(("complaint.severity", "complaint.dispatched")))
    kinds = [_case_history(plan, random) for _ in range(DISTINCT_HISTORIES)]
    for start in range(0, complaints, CHUNK):
        made = [(new_id(), random.choice(kinds)) for _ in range(min(CHUNK, complaints - start))]
        await _copy(raw, "complaint", [_complaint(key, life) for key, life in made])
        await _copy(raw, "complaint_plan_state", [{"complaint_id": key, "revision": book.revision} for key, _ in made])
        await _copy(raw, "milestone", [row | {"complaint_id": key} for key, life in made for row in life.rows])
        await _copy(raw, "pause", [row | {"complaint_id": key} for key, life in made for row in life.pauses])
        async with database.transaction() as session:
            await refresh.refresh_ranks(session, [key for key, _ in made])
    await raw.execute("VACUUM ANALYZE")


@dataclass(frozen=True)
class CaseHistory:
    """One of the complaints that the others are copies of."""

    received_at: datetime
    rows: list[dict[str, Any]]
    pauses: list[dict[str, Any]]


def _case_history(plan: Plan, random: Random) -> CaseHistory:
    received_at = NOON - random.random() * AGO
    clocks = milestones.opened(plan, received_at=received_at, dispatch_received_at=None)
    clocks = milestones.committed(milestones.contacted(clocks, received_at + HOUR / 2), received_at + HOUR)
    if random.random() < WAITING_SHARE:
        clocks = milestones.paused(clocks, received_at + random.random() * (NOON - received_at))
    clocks = milestones.evaluate(milestones.suppress_past_warnings(clocks, now=NOON), now=NOON)
    pauses = [
        {"started_at": pause.start, "ended_at": pause.end, "reason": pause.reason.value}
        for pause in rows.ledger_of(clocks)
    ]
    return CaseHistory(received_at, list(rows.clock_rows(clocks, now=NOON)), pauses)


def _complaint(key: UUID, life: CaseHistory) -> dict[str, Any]:
    return {
        "id": key,
        "fingerprint": b"",
        "opening_event_id": key,
        "customer_id": new_id(),
        "former_customer_ids": [],
        "channel": "phone",
        "category": "product",
        "severity": "minor",
        "description": "It does not start " * 10,
        "occurred_at": life.received_at,
        "received_at": life.received_at,
        "currency": "USD",
        "state": "committed",
        "opened_at": life.received_at,
    }


async def _copy(raw: asyncpg.Connection, table: str, records: list[dict[str, Any]]) -> None:
    if records:
        values = [[_encode(name, value) for name, value in record.items()] for record in records]
        await raw.copy_records_to_table(table, records=values, columns=list(records[0]))


def _encode(column: str, value: object) -> object:
    return json.dumps(value) if column in JSON_COLUMNS else value


async def _replanned(database: Database, raw: asyncpg.Connection) -> report.Spent:
    """The two loops of a worker, as it runs them; the time of the processor is ours without PostgreSQL's."""
    began, processor = perf_counter(), process_time()
    async with database.transaction() as session:
        await calendars.put(session, name="office", document=WITH_LUNCH, by="bench", if_match=-1, now=NOON)
    clock = FakeClock(NOON)
    timers = [
        PeriodicJob("bench", replan_page, database=database, clock=clock, metrics=Metrics("complaint"), lock=lock)
        for lock in (1, 2)
    ]
    await asyncio.gather(*map(_until_done, timers))
    spent = report.Spent(process_time() - processor, perf_counter() - began)
    assert await raw.fetchval(COUNT_BEHIND) == 0
    return spent


async def _until_done(timer: PeriodicJob) -> None:
    while await timer.run_once():
        pass


async def _check(database: Database) -> None:
    """What is fast and wrong is worth nothing: some are calculated again from the receipt on."""
    async with database.transaction() as session:
        book = await resolver.current_terms(session)
        plan = book.plan(dict.fromkeys(("complaint.severity", "complaint.dispatched")))
        stored = select(Row.due_at, Row.calendar_version, Complaint.received_at).join(
            Complaint, Complaint.id == Row.complaint_id
        )
        running = stored.where(Row.milestone == Milestone.RESOLUTION, Row.state == "running").limit(SAMPLE)
        for row in (await session.execute(running)).all():
            granted = plan.terms[Milestone.RESOLUTION]
            assert row.due_at == granted.calendar.add(row.received_at, granted.target)
            assert row.calendar_version == granted.calendar.key.version


async def _rewritten(raw: asyncpg.Connection) -> float:
    began, after, page = perf_counter(), UUID(int=0), 2 * CHUNK
    while found := await raw.fetch(SELECT_BATCH, after, page):
        ids, names, due = (list(column) for column in zip(*found, strict=True))
        async with raw.transaction():
            await raw.execute(UPDATE_BATCH, ids, names, due)
            await raw.execute(MARK_REPLANNED, ids)
        after = ids[-1]
    return perf_counter() - began


if __name__ == "__main__":
    with fixtures.cluster() as running:
        measure(running, complaints=int(sys.argv[1]) if len(sys.argv) > 1 else COMPLAINTS)
