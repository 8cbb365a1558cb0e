"""Files of complaints: invalid lines reject themselves only, nothing is stored twice, nothing of the past is sent."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.content_hash import hash_external_id
from heed_complaint.correspondence.timers import service as message_timers
from heed_complaint.intake.imports import service
from heed_complaint.reactions import REACTIONS
from heed_complaint.resolution.callback_answers.service import close_or_reopen_unanswered
from heed_complaint.sla.promises.service import mark_overdue_broken
from heed_complaint.sla.service import fire_due_alerts
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.factories.events import make_registration, take_in
from tests.complaint.factories.remedies import make_guarantee
from tests.complaint.intake.imports.test_lived_and_imported import EARLIEST, NDJSON, as_lines, import_lines
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
DOCS = Path(__file__).parents[4] / "docs" / "imports.md"

CUSTOMER = "0190f3a0-0000-7000-8000-000000000001"
DAY = timedelta(days=1)
SELECT_CONSEQUENCES = text("""
    SELECT (SELECT count(*) FROM outgoing_message), (SELECT count(*) FROM message), (SELECT count(*) FROM remedy),
        (SELECT count(*) FROM guarantee_claim)
""")


def at(days, hour=12):
    return (NOON - days * DAY).replace(hour=hour).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_line(**overrides):
    return {
        "external_id": f"t-{uuid4()}",
        "channel": "mail",
        "category": "product",
        "severity": "minor",
        "description": "It does not start",
        "occurred_at": at(20),
        "received_at": at(20),
        "transitions": [],
    } | overrides


def make_move(action, days, **fields):
    return {"action": action, "at": at(days), **fields}


async def problems(client, report):
    found = (await client.get(f"/v1/imports/complaints/{report['id']}/errors")).json()["items"]
    return [(error["line"], error["column"], error["code"]) for error in found]


async def register(database):
    async with database.transaction() as session:
        await take_in(session, make_registration(CUSTOMER, external_id_hash=hash_external_id("shop-1")))


async def events(database):
    async with database.transaction() as session:
        return await staged_events(session)


INVALID = [
    ({"category": "no_such"}, "category", "unknown_category"),
    ({"received_at": None}, "received_at", "validation_failed"),
    ({"received_at": at(-3)}, "received_at", "in_the_future"),
    ({"occurred_at": at(10)}, "received_at", "out_of_order"),
    ({"customer_external_id": "nobody"}, "customer_external_id", "customer_unknown"),
    ({"customer_id": str(uuid4())}, "customer_id", "customer_unknown"),
    ({"customer_id": CUSTOMER, "customer_external_id": "shop-1"}, "customer_external_id", "validation_failed"),
    ({"owner": "nobody"}, "owner", "unknown_agent"),
    ({"transitions": [make_move("complete", 19, resolution="Done")]}, "transitions.0.action", "move_not_allowed"),
    ({"transitions": [make_move("accept", 21)]}, "transitions.0.at", "move_before_receipt"),
    ({"transitions": [make_move("accept", 10), make_move("contact", 11)]}, "transitions.1.at", "out_of_order"),
    ({"transitions": [make_move("accept", -1)]}, "transitions.0.at", "in_the_future"),
    ({"transitions": [make_move("accept", 19), make_move("complete", 18)]}, "transitions.1.resolution",
     "validation_failed"),
    ({"transitions": [{"action": "accept"}]}, "transitions.0.at", "validation_failed"),
    ({"transitions": [make_move("accept", 19), make_move("complete", 18, resolution="Done", cause="none_such")]},
     "transitions.1.cause", "unknown_cause"),
    ({"transitions": [make_move("accept", 19), make_move("contact", 18),
                      make_move("commit", 17, promise="Soon", promised_by=at(18))]},
     "transitions.2.promised_by", "promised_for_the_past"),
]  # fmt: skip


async def test_an_invalid_history_rejects_its_line_with_code_and_column(client, complaint_database, clock):
    await register(complaint_database)
    lines = [make_line(**overrides) for overrides, _, _ in INVALID] + [make_line()]
    report = await import_lines(client, complaint_database, clock, as_lines(lines))
    assert report["state"] == "waiting"  # Two lines name customers whose events may still be on the way.
    clock.advance(service.CUSTOMER_GRACE)
    async with complaint_database.transaction() as session:
        await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=clock.now())
    report = (await client.get(f"/v1/imports/complaints/{report['id']}")).json()
    assert report["results"] == {"created": 1, "unchanged": 0, "kept": 0, "rejected": len(INVALID)}
    expected = [(line, column, code) for line, (_, column, code) in enumerate(INVALID, 1)]
    assert await problems(client, report) == expected
    file = (await client.get(f"/v1/imports/complaints/{report['id']}/errors.csv")).text
    assert len(list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))) == len(INVALID)
    assert (await client.get("/v1/complaints")).json()["items"][0]["state"] == "received"


async def test_customers_who_arrive_meanwhile_are_known(client, complaint_database, clock):
    lines = as_lines([make_line(customer_external_id="shop-1")])
    report = await import_lines(client, complaint_database, clock, lines)
    assert (report["state"], report["results"]["created"]) == ("waiting", 0)
    await register(complaint_database)
    clock.advance(service.CUSTOMER_RETRY)
    async with complaint_database.transaction() as session:
        await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=clock.now())
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert complaint["customer_id"] == CUSTOMER


async def test_a_complaint_publishes_one_event_and_nothing_of_the_past_is_done_now(client, complaint_database, clock):
    await register(complaint_database)
    assert (await client.put("/v1/guarantees/in_time", json=make_guarantee())).status_code == 201
    late = [make_move("accept", 15), make_move("contact", 14), make_move("commit", 13, promise="x", promised_by=at(12))]
    done = [make_move("accept", 15), make_move("complete", 14, resolution="Replaced")]
    lines = [make_line(customer_id=CUSTOMER, transitions=moves) for moves in (late, done, [])]
    complaint_database.reactions = REACTIONS
    async with complaint_database.transaction() as session:
        await session.execute(text("UPDATE message_policy SET transports = '{mail}', reaches_customers = true"))
    await import_lines(client, complaint_database, clock, as_lines(lines))
    published = await events(complaint_database)
    assert names(published) == ["complaint.imported"] * 3
    assert [move["action"] for move in published[0].data["moves"]] == ["accept", "contact", "commit"]
    assert published[0].data["breached"] == ["first_contact", "commitment", "resolution"]
    assert published[0].data["occurred_at"] == published[0].data["opened_at"] == at(20)
    async with complaint_database.transaction() as session:
        assert await fire_due_alerts(session, now=clock.now()) == 0
        assert await mark_overdue_broken(session, now=clock.now()) == 0
        assert await message_timers.send_due(session, now=clock.now()) == 0
        assert (await session.execute(SELECT_CONSEQUENCES)).one() == (0, 0, 0, 0)
        await close_or_reopen_unanswered(session, now=clock.now())
    assert len(await events(complaint_database)) == 3


async def test_clocks_that_are_open_run_on(client, complaint_database, clock):
    line = make_line(received_at=at(1), occurred_at=at(1), transitions=[make_move("accept", 0.5)])
    await import_lines(client, complaint_database, clock, as_lines([line]))
    clock.advance(10 * DAY)
    async with complaint_database.transaction() as session:
        await fire_due_alerts(session, now=clock.now())
    fired = [event for event in await events(complaint_database) if event.type == "heed.sla.breached.v1"]
    assert [event.data["milestone"] for event in fired] == ["resolution"]  # The others were late before the import.


async def test_a_file_that_is_sent_again_changes_nothing(client, complaint_database, clock):
    first = make_line(transitions=[make_move("accept", 10)])
    changed = first | {"transitions": [make_move("accept", 9)]}
    await import_lines(client, complaint_database, clock, as_lines([first]))
    again = await import_lines(client, complaint_database, clock, as_lines([first, first, changed]))
    assert again["results"] == {"created": 0, "unchanged": 2, "kept": 0, "rejected": 1}
    assert await problems(client, again) == [(3, "external_id", "external_id_conflict")]
    skipped = await import_lines(client, complaint_database, clock, as_lines([changed]), on_conflict="keep")
    assert skipped["results"]["kept"] == 1
    assert len(await events(complaint_database)) == 1


async def test_a_dry_run_reports_and_changes_nothing(client, complaint_database, clock):
    lines = as_lines([make_line(), make_line(severity="odd")])
    report = await import_lines(client, complaint_database, clock, lines, dry_run=True)
    assert report["results"] == {"created": 1, "unchanged": 0, "kept": 0, "rejected": 1}
    assert (await client.get("/v1/complaints")).json()["items"] == []
    assert await events(complaint_database) == []


CSV_COLUMNS = (
    *("Ticket", "Channel", "Category", "Severity", "Text", "occurred_at", "received_at", "accepted_at", "contacted_at"),
    *("completed_at", "resolution", "closed_at", "solved", "called_back_at"),
)
CSV_ROWS = """
a-1;phone;product;minor;Défaut;{0};{0};{1};;{2};Remplacé;{4};yes;{3}
a-2;phone;product;minor;Panne;{0};{0};;;{2};Remplacé;;;
a-3;phone;product;minor;Panne;{0};{0};{2};{1};;;;;
a-4;phone;product;minor;Panne;{0};{0};{1};{2};{3};;;;
"""


async def test_a_spreadsheet_has_columns_for_the_usual_moments(client, complaint_database, clock):
    moments = [at(days) for days in (20, 19, 18, 17, 16)]
    content = (";".join(CSV_COLUMNS) + CSV_ROWS.format(*moments)).encode("windows-1252")
    options = {"mapping": {"Ticket": "external_id", "Text": "description"}}
    headers = {"Content-Type": "text/csv; charset=windows-1252", "Heed-Import-Options": json.dumps(options)}
    accepted = await client.post("/v1/imports/complaints", content=content, headers=headers)
    assert accepted.status_code == 202, accepted.text
    async with complaint_database.transaction() as session:
        await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=clock.now())
    report = (await client.get(accepted.headers["location"])).json()
    assert await problems(client, report) == [
        (3, "completed_at", "move_not_allowed"),
        (4, "contacted_at", "move_not_allowed"),
        (5, "resolution", "validation_failed"),
    ]
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert (complaint["state"], complaint["description"], complaint["solved"]) == ("closed", "Défaut", True)
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    moves = [entry["action"] for entry in history if entry["by"] is not None]
    assert moves == ["open", "accept", "complete", "call_back", "close", "import"]


async def test_an_unanswered_complaint_was_closed_after_the_time_of_the_policy(client, complaint_database, clock):
    assert (await client.get("/v1/complaints/callback-policy")).json()["unanswered"] == "close"
    done = [make_move("accept", 89), make_move("complete", 88, resolution="Replaced")]
    lines = [make_line(received_at=at(90), occurred_at=at(90), transitions=done)]
    await import_lines(client, complaint_database, clock, as_lines(lines))
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert (complaint["state"], complaint["ended_at"][:10]) == ("closed", at(88 - 14)[:10])
    assert names(await events(complaint_database)) == ["complaint.imported"]


async def test_a_worker_that_dies_in_a_chunk_has_recorded_all_of_it_or_nothing(client, complaint_database, clock):
    lines = [make_line() for _ in range(1500)]
    accepted = await client.post("/v1/imports/complaints", content=as_lines(lines), headers=NDJSON)
    arguments = {"currency": "USD", "earliest": EARLIEST, "now": clock.now()}

    class Killed(Exception):
        pass

    async def process(*, dies=False):
        async with complaint_database.transaction() as session:
            await service.process_next_chunk(session, **arguments)
            if dies:
                raise Killed

    await process()
    with pytest.raises(Killed):
        await process(dies=True)
    halfway = (await client.get(accepted.headers["location"])).json()
    assert (halfway["state"], halfway["lines"]["done"]) == ("running", 1000)
    await process()
    done = (await client.get(accepted.headers["location"])).json()
    assert (done["state"], done["results"]["created"]) == ("done", 1500)
    assert len({event.subject for event in await events(complaint_database)}) == 1500


async def test_the_example_of_the_page_is_imported(client, complaint_database, clock):
    """The file of the page lies ahead of the clock of tests, so its moments are moved into the past."""
    (example,) = re.findall(r"```json\n(\{.*?\})\n```", DOCS.read_text(), re.DOTALL)
    line = json.loads(example.replace("2026-", "2025-").replace("crm-7", "shop-1"))
    await register(complaint_database)
    report = await import_lines(client, complaint_database, clock, as_lines([line]))
    assert report["results"]["created"] == 1, await problems(client, report)
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert (complaint["state"], complaint["customer_id"]) == ("closed", CUSTOMER)
