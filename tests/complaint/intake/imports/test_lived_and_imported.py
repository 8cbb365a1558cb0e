"""Imported complaints are as if they had been handled here: rows, reports and queue are those of complaints lived."""

import json
import time
from datetime import date
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_complaint.intake.imports import service
from heed_complaint.resolution.callback_answers import service as callback_answers
from heed_complaint.sla.terms.policies import service as policies
from tests.complaint.factories.events import make_registration, take_in
from tests.complaint.factories.terms import make_policy, make_target
from tests.complaint.intake.imports.copies import COPIES, copies_of, copy_lived, customers_of_copies
from tests.complaint.intake.imports.histories import live_through, make_histories
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio

EARLIEST = date(2000, 1, 1)
NDJSON = {"Content-Type": "application/x-ndjson"}
LIVES = 100
LIVED, IMPORTED = "lived", "imported"
REPORTS = [
    *("pareto", "value-saved", "sla-attainment", "resolution-rates", "times", "remedies", "fairness"),
    *("repurchase-ladder", "trends", "sla-attainment?by=category", "times?by=severity", "pareto?by=cause"),
    *("resolution-rates?by=month", "trends?every=month"),
]
ROWS = {
    "complaint": """
        SELECT to_jsonb(complaint) - ARRAY['id', 'external_id', 'customer_id', 'fingerprint', 'opening_event_id',
            'service_point_id', 'version'] FROM complaint
    """,
    "milestone": "SELECT to_jsonb(clock) - 'complaint_id' FROM milestone AS clock JOIN complaint ON id = complaint_id",
    "pause": "SELECT to_jsonb(pause) - 'complaint_id' FROM pause JOIN complaint ON id = complaint_id",
    "promise": """
        SELECT to_jsonb(given) - ARRAY['id', 'complaint_id'] FROM promise AS given
        JOIN complaint ON complaint.id = complaint_id
    """,
    "completion": """
        SELECT to_jsonb(completion) - ARRAY['seq', 'complaint_id'] FROM completion
        JOIN complaint ON complaint.id = complaint_id
    """,
    "priority_rank": """
        SELECT to_jsonb(priority_rank) - 'complaint_id' FROM priority_rank JOIN complaint ON id = complaint_id
    """,
    "history_entry": """
        SELECT jsonb_build_object('at', recorded_at, 'action', action, 'before', before,
            'after', after - 'promise_id', 'note', note, 'reason', reason)
        FROM history_entry JOIN complaint ON complaint.id = complaint_id AND action <> 'import'
    """,
}


def customers_of(number):
    return [UUID(int=number << 64 | index) for index in range(1, 40)]


def as_lines(histories):
    return "".join(json.dumps(line) + "\n" for line in histories)


async def settings(session):
    """Terms under which everything can happen: pauses, escalations, new clocks, complaints that end by themselves."""
    targets = {"first_contact": make_target("PT3H", "office"), "resolution": make_target("P2D", "always")}
    escalation = [{"at": 1.0, "to": "lead"}, {"at": "PT20H", "to": "head"}]
    document = make_policy(targets=targets, on_reopen="new", escalation=escalation, order=5)
    await policies.put(session, name="any", document=document, by="boss", if_match=None, now=NOON)
    row = await callback_answers.get_policy(session)
    await callback_answers.put_policy(session, columns={"on_no_answer": "close"}, if_match=row.revision)


async def import_lines(client, database, clock, content, **params):
    response = await client.post("/v1/imports/complaints", params=params, content=content, headers=NDJSON)
    assert response.status_code == 202, response.text
    while True:
        async with database.transaction() as session:
            if not await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=clock.now()):
                return (await client.get(response.headers["location"])).json()
        if await is_long(database):  # Nothing is published here, and files wait for a long outbox.
            await clear_outbox(database)


async def is_long(database):
    async with database.transaction() as session:
        return await session.scalar(text("SELECT count(*) > 4000 FROM outbox"))


async def clear_outbox(database):
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))


async def rows(database, query, point):
    async with database.transaction() as session:
        found = await session.scalars(text(f"{query} WHERE service_point_id = :point"), {"point": point})
        return sorted(json.dumps(row, sort_keys=True) for row in found)


async def reports(client, point):
    found = {}
    for name in REPORTS:
        separator = "&" if "?" in name else "?"
        response = await client.get(f"/v1/complaints/reports/{name}{separator}service_point_id={point}")
        assert response.status_code == 200, response.text
        found[name] = response.json()
    return found


async def prepare(database, clock, count, *, seed):
    """Return the same histories for two service points."""
    async with database.transaction() as session:
        await settings(session)
        for number in (1, 2):
            await take_in(session, *(make_registration(one) for one in customers_of(number)))
    return [
        make_histories(Random(seed), count, prefix=prefix, customers=customers_of(number), now=clock.now())
        for number, prefix in ((1, LIVED), (2, IMPORTED))
    ]


async def test_reports_rows_and_queue_of_imported_complaints_are_those_of_lived_ones(client, complaint_database, clock):
    lived, imported = await prepare(complaint_database, clock, LIVES, seed=7)
    for line in lived:
        async with complaint_database.transaction() as session:
            await live_through(session, line, currency="USD", now=clock.now())
    report = await import_lines(client, complaint_database, clock, as_lines(imported))
    assert report["results"] == {"created": LIVES, "unchanged": 0, "kept": 0, "rejected": 0}
    for table, query in ROWS.items():
        expected = await rows(complaint_database, query, LIVED)
        assert expected, table
        assert await rows(complaint_database, query, IMPORTED) == expected, table
    assert await reports(client, IMPORTED) == await reports(client, LIVED)


@pytest.mark.repeated
@pytest.mark.timeout(3600)
async def test_many_complaints_have_the_reports_of_lived_ones(client, complaint_database, clock, capsys, repetitions):
    """In full they are 50,000."""
    lives = repetitions(quick=20, full=500)
    lived, imported = await prepare(complaint_database, clock, lives, seed=8)
    async with complaint_database.transaction() as session:
        for number in (1, 2):
            await take_in(session, *(make_registration(one) for one in customers_of_copies(number)))
    for line in lived:
        async with complaint_database.transaction() as session:
            await live_through(session, line, currency="USD", now=clock.now())
    async with complaint_database.transaction() as session:
        await copy_lived(session, service_point=LIVED)
    await clear_outbox(complaint_database)
    content = as_lines([*imported, *(copy for line in imported for copy in copies_of(line))])
    started, used = time.perf_counter(), time.process_time()
    report = await import_lines(client, complaint_database, clock, content)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    assert report["results"]["created"] == lives * COPIES
    for table, query in ROWS.items():
        if table != "priority_rank":
            assert await rows(complaint_database, query, IMPORTED) == await rows(complaint_database, query, LIVED), (
                table
            )
    assert await reports(client, IMPORTED) == await reports(client, LIVED)
    with capsys.disabled():
        print(f"\n{lives * COPIES:,} complaints imported in {seconds:.0f} s, {cpu:.0f} s of the processor")
