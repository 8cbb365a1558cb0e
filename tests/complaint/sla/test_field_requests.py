"""What users of similar systems requested and got late, in the running service: each test is named after a request."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from heed_common.fields import format_moment
from heed_common.metrics import Metrics
from heed_complaint.sla.jobs import DeadlineScheduler
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.factories.terms import (
    AGREEMENTS,
    CALENDARS,
    POLICIES,
    due,
    due_now,
    make_agreement,
    make_calendar,
    make_policy,
    make_target,
    open_one,
    put,
    replan,
)
from tests.complaint.intake.email.mail_gateway import make_mail_app
from tests.complaint.test_api import body
from tests.conftest import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TO_COMMITTED = ({"action": "accept"}, {"action": "contact"}, {"action": "commit", "promise": "A new one"})
WAIT = {"action": "wait_for_customer", "reason": "Serial number"}
RESUME = {"action": "resume"}
COMPLETE = {"action": "complete", "resolution": "Replaced"}
REOPEN = {"action": "reopen", "reason": "It broke again"}
pytestmark = pytest.mark.asyncio


async def write(client, path, body):
    answer = await put(client, path, body)
    assert answer.status_code in {200, 201}, answer.text


async def grant(client, within="PT8H", calendar="office", **overrides):
    """So much time to resolve anything."""
    target = make_target(within, calendar, **({"warn_at": overrides.pop("warn_at")} if "warn_at" in overrides else {}))
    await write(client, f"{POLICIES}/all", make_policy(targets={"resolution": target}, **overrides))


async def move(client, clock, complaint, *moves):
    for step in moves:
        if step["action"] == "commit":
            step = step | {"promised_by": format_moment(clock.now() + DAY)}
        answer = await client.post(f"/v1/complaints/{complaint['id']}/transitions", json=step)
        assert answer.status_code == 200, answer.text
        complaint = answer.json()
    return complaint


async def resolution(client, complaint, place="items"):
    """The explained clocks of the resolution, the last one first."""
    explained = (await client.get(f"/v1/complaints/{complaint['id']}/sla")).json()[place]
    return [clock for clock in reversed(explained) if clock["milestone"] == "resolution"]


async def fire_due_alerts(database, clock):
    timers = DeadlineScheduler(database, clock=clock, metrics=Metrics("complaint"))
    while await timers.fire_batch() == 0.0:
        pass


async def events_of(database, complaint, milestone="resolution"):
    """Return the events of a deadline, with the moments of publication and of occurrence."""
    async with database.transaction() as session:
        events = await staged_events(session)
    return [
        (names([event])[0], event.time, datetime.fromisoformat(event.data["occurred_at"]))
        for event in events
        if event.subject == complaint["id"] and event.data.get("milestone") == milestone
    ]


# chatwoot#14009
async def test_i_want_several_working_intervals_a_day_so_that_the_lunch_break_does_not_count(client, clock):
    await write(client, f"{CALENDARS}/lunch", make_calendar(("09:00", "12:00"), ("13:30", "18:00")))
    await grant(client, "PT4H", "lunch")
    clock.advance(-2 * HOUR)
    complaint = await open_one(client, now=clock.now())
    assert due(complaint) == NOON + 3.5 * HOUR
    (shown,) = await resolution(client, complaint)
    assert [interval["seconds"] for interval in shown["runs"][0]["intervals"]] == [2 * 3600, 2 * 3600]


# zammad#1002
async def test_i_want_a_calendar_of_its_own_for_a_customer_on_the_other_side_of_the_world(client, clock):
    await write(client, f"{CALENDARS}/shanghai", make_calendar(time_zone="Asia/Shanghai"))
    await grant(client, "PT2H")
    signed = make_agreement(now=NOON, calendar="shanghai", policy={"targets": {}})
    assert (await client.post(AGREEMENTS, json=signed)).status_code == 201
    ours = await open_one(client, now=NOON)
    theirs = await open_one(client, now=NOON, customer_id=signed["customer_id"])
    assert (due(ours), due(theirs)) == (NOON + 2 * HOUR, NOON + 15 * HOUR)


# frappe/helpdesk#3776
async def test_i_want_the_time_on_hold_to_count_when_i_resolve_a_case_that_is_paused(client, clock):
    await grant(client)
    complaint = await move(client, clock, await open_one(client, now=NOON), *TO_COMMITTED)
    clock.advance(HOUR)
    complaint = await move(client, clock, complaint, WAIT)
    clock.advance(5 * DAY)
    complaint = await move(client, clock, complaint, COMPLETE)
    assert (complaint["paused"], complaint["within_target"]) == (False, True)
    (shown,) = await resolution(client, complaint)
    assert (shown["state"], shown["consumed_seconds"], shown["waited_seconds"]) == ("met", 3600, 5 * 86400)
    assert [pause["until"] for pause in shown["runs"][0]["pauses"]] == [complaint["completed_at"]]


# glpi#15605
@pytest.mark.parametrize("running", ["paused", "resumed"])
async def test_i_want_a_pause_to_survive_a_change_of_the_priority(client, clock, running):
    complaint = await move(client, clock, await open_one(client, now=NOON, severity="major"), *TO_COMMITTED, WAIT)
    clock.advance(10 * HOUR)
    if running == "resumed":
        complaint = await move(client, clock, complaint, RESUME)
    tag = {"If-Match": (await client.get(f"/v1/complaints/{complaint['id']}")).headers["ETag"]}
    amended = await client.patch(f"/v1/complaints/{complaint['id']}", json={"severity": "critical"}, headers=tag)
    complaint = amended.json()
    assert complaint["paused"] is (running == "paused")
    if running == "paused":
        complaint = await move(client, clock, complaint, RESUME)
    assert due(complaint) == NOON + 34 * HOUR


# glpi#15605
async def test_i_want_a_pause_to_survive_a_change_of_the_policy(client, clock, complaint_database):
    await grant(client, "PT20H", "always")
    complaint = await move(client, clock, await open_one(client, now=NOON), *TO_COMMITTED, WAIT)
    clock.advance(10 * HOUR)
    await grant(client, "PT30H", "always")
    await replan(complaint_database, clock)
    complaint = await move(client, clock, complaint, RESUME)
    assert due(complaint) == NOON + 40 * HOUR


async def reopened(client, clock, how):
    """Resolved after six of eight hours, and back a week later."""
    await grant(client, "PT8H", "always", on_reopen=how)
    complaint = await move(client, clock, await open_one(client, now=NOON), *TO_COMMITTED)
    clock.advance(6 * HOUR)
    complaint = await move(client, clock, complaint, COMPLETE)
    clock.advance(7 * DAY)
    return await move(client, clock, complaint, REOPEN)


# Znuny#369
async def test_i_want_a_reopened_case_to_go_on_with_the_time_that_was_left(client, clock):
    complaint = await reopened(client, clock, "continue")
    (shown,) = await resolution(client, complaint)
    assert datetime.fromisoformat(shown["due_at"]) == clock.now() + 2 * HOUR
    assert (shown["state"], shown["consumed_seconds"]) == ("running", 6 * 3600)


# osTicket#5206
async def test_i_want_a_reopened_case_to_get_the_whole_time_again(client, clock):
    complaint = await reopened(client, clock, "reset")
    (shown,) = await resolution(client, complaint)
    assert datetime.fromisoformat(shown["due_at"]) == clock.now() + 8 * HOUR
    assert (shown["consumed_seconds"], len(shown["runs"])) == (0, 2)


# osTicket#5206
async def test_i_want_a_reopened_case_to_start_another_clock_and_the_old_verdict_to_remain(client, clock):
    complaint = await reopened(client, clock, "new")
    new, old = await resolution(client, complaint)
    assert (old["number"], old["state"]) == (1, "met")
    assert (new["number"], new["state"], new["consumed_seconds"]) == (2, "running", 0)
    clock.advance(9 * HOUR)
    complaint = await move(client, clock, complaint, *TO_COMMITTED[1:], COMPLETE)
    assert [clock["state"] for clock in await resolution(client, complaint)] == ["missed", "met"]


async def test_i_want_to_see_how_long_it_took_at_first_and_how_long_in_all(client, clock):
    complaint = await reopened(client, clock, "new")
    clock.advance(HOUR)
    complaint = await move(client, clock, complaint, COMPLETE)
    explained = (await client.get(f"/v1/complaints/{complaint['id']}/sla")).json()
    assert (explained["first_resolution_seconds"], explained["total_resolution_seconds"]) == (6 * 3600, 7 * 3600)


# zammad#4432
async def test_i_want_no_warning_at_midnight(client, clock, complaint_database):
    await grant(client, "PT24H", "always", warn_at=0.5, warn_during="office")
    complaint = await open_one(client, now=NOON)
    clock.advance(15 * HOUR)
    await fire_due_alerts(complaint_database, clock)
    assert await events_of(complaint_database, complaint) == []
    clock.advance(6 * HOUR + timedelta(seconds=1))
    await fire_due_alerts(complaint_database, clock)
    assert await events_of(complaint_database, complaint) == [("sla.warned", clock.now(), NOON + 21 * HOUR)]


# zammad#4432
async def test_i_want_to_be_warned_at_night_where_i_ask_for_it(client, clock, complaint_database):
    await grant(client, "PT24H", "always", warn_at=0.5, warn_during="always")
    complaint = await open_one(client, now=NOON)
    clock.advance(12 * HOUR + timedelta(seconds=1))
    await fire_due_alerts(complaint_database, clock)
    assert [name for name, *_ in await events_of(complaint_database, complaint)] == ["sla.warned"]


# frappe: the status was set by an hourly job
async def test_i_want_to_hear_of_a_breach_at_once_and_not_by_an_hourly_job(
    client, clock, complaint_database, repetitions
):
    await grant(client, "PT1H", "always", warn_during="always")
    complaint = await open_one(client, now=NOON)
    await fire_due_alerts(complaint_database, clock)
    timers = DeadlineScheduler(complaint_database, clock=clock, metrics=Metrics("complaint"))
    clock.advance(HOUR - timedelta(seconds=repetitions(quick=120, full=3600)))
    while clock.now() <= NOON + HOUR + timedelta(seconds=2):
        clock.advance(timedelta(seconds=await timers.fire_batch()))
    (breach,) = [item for item in await events_of(complaint_database, complaint) if item[0] == "sla.breached"]
    assert breach[2] == NOON + HOUR
    assert NOON + HOUR < breach[1] <= NOON + HOUR + timedelta(seconds=1)


# chatwoot
async def test_i_want_a_late_resolution_to_count_as_missed_even_if_no_job_had_looked(client, clock, complaint_database):
    await grant(client, "PT8H", "always")
    complaint = await move(client, clock, await open_one(client, now=NOON), *TO_COMMITTED)
    clock.advance(8 * HOUR + timedelta(microseconds=1))
    read = (await client.get(f"/v1/complaints/{complaint['id']}")).json()
    assert (read["within_target"], read["breached"]) == (False, ["resolution"])
    complaint = await move(client, clock, complaint, COMPLETE)
    (shown,) = await resolution(client, complaint)
    assert (shown["state"], complaint["within_target"]) == ("missed", False)
    assert datetime.fromisoformat(shown["late_since"]) == NOON + 8 * HOUR
    await fire_due_alerts(complaint_database, clock)
    assert [name for name, *_ in await events_of(complaint_database, complaint)].count("sla.breached") == 1


async def test_i_want_to_record_a_pause_afterwards(client, clock, complaint_database):
    await grant(client, "PT8H", "always", warn_during="always")
    complaint = await open_one(client, now=NOON)
    clock.advance(9 * HOUR)
    await fire_due_alerts(complaint_database, clock)
    pause = {"since": format_moment(NOON + HOUR), "until": format_moment(NOON + 4 * HOUR), "reason": "No answer"}
    answer = await client.post(f"/v1/complaints/{complaint['id']}/pauses", json=pause)
    assert (answer.status_code, due(answer.json())) == (201, NOON + 11 * HOUR)
    assert "resolution" not in answer.json()["breached"]
    event_names = [name for name, *_ in await events_of(complaint_database, complaint)]
    assert event_names == ["sla.warned", "sla.breached", "sla.breach_withdrawn"]
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    (recorded,) = [entry for entry in history if entry["action"] == "record_pause"]
    assert (recorded["reason"], recorded["after"]["since"]) == ("No answer", "2026-03-02T13:00:00Z")
    clock.advance(3 * HOUR)
    await fire_due_alerts(complaint_database, clock)
    assert [name for name, *_ in await events_of(complaint_database, complaint)][3:] == ["sla.breached"]


@pytest.mark.parametrize(
    ("since", "until", "problem"),
    [
        (1, 10, (422, "in_the_future", "/until")),
        (2, 2, (422, "out_of_order", "/until")),
        (-1, 1, (422, "out_of_order", "/since")),
        (3, 5, (409, "pause_overlaps", None)),
        (1, 9, (409, "pause_overlaps", None)),
    ],
)
async def test_i_want_a_pause_that_cannot_have_been_to_be_refused(client, clock, since, until, problem):
    complaint = await open_one(client, now=NOON)
    path = f"/v1/complaints/{complaint['id']}/pauses"
    clock.advance(9 * HOUR)

    async def note(first, last):
        since, until = format_moment(NOON + first * HOUR), format_moment(NOON + last * HOUR)
        return await client.post(path, json={"since": since, "until": until, "reason": "So"})

    assert (await note(4, 6)).status_code == 201
    answer = await note(since, until)
    pointer = answer.json().get("errors", [{"pointer": None}])[0]["pointer"]
    assert (answer.status_code, answer.json()["code"], pointer) == problem
    if pointer is None:
        assert [known["since"] for known in answer.json()["pauses"]] == ["2026-03-02T16:00:00.000000Z"]


async def test_i_want_no_pause_after_the_case_was_resolved(client, clock):
    complaint = await move(client, clock, await open_one(client, now=NOON), *TO_COMMITTED, COMPLETE)
    clock.advance(HOUR)
    pause = {"since": format_moment(NOON), "until": format_moment(NOON + HOUR), "reason": "So"}
    answer = await client.post(f"/v1/complaints/{complaint['id']}/pauses", json=pause)
    assert (answer.status_code, answer.json()["code"]) == (422, "out_of_order")


async def test_i_want_others_to_be_called_step_by_step_when_no_one_helps(client, clock, complaint_database):
    chain = [{"at": 0.5, "to": "team lead"}, {"after": "PT2H", "to": "head of service"}]
    await grant(client, "PT8H", "always", warn_during="always", escalate=chain)
    complaint = await open_one(client, now=NOON)
    for hours in (4.5, 4, 2):
        clock.advance(hours * HOUR)
        await fire_due_alerts(complaint_database, clock)
    assert [(name, at) for name, _, at in await events_of(complaint_database, complaint)] == [
        ("sla.escalated", NOON + 4 * HOUR),
        ("sla.warned", NOON + 6 * HOUR),
        ("sla.breached", NOON + 8 * HOUR),
        ("sla.escalated", NOON + 10 * HOUR),
    ]
    read = (await client.get(f"/v1/complaints/{complaint['id']}")).json()
    assert read["escalation"] == 2
    (shown,) = await resolution(client, complaint)
    assert [(step["to"], step["taken"]) for step in shown["escalation"]] == [
        ("team lead", True),
        ("head of service", True),
    ]


@pytest.mark.parametrize(("retroactive", "expected"), [(True, 4), (False, 7)])
async def test_i_want_to_choose_whether_a_new_policy_counts_from_the_start(
    client, clock, complaint_database, retroactive, expected
):
    await grant(client, "PT8H", "always")
    complaint = await open_one(client, now=NOON)
    clock.advance(3 * HOUR)
    await grant(client, "PT4H", "always", retroactive=retroactive)
    await replan(complaint_database, clock)
    assert await due_now(client, complaint) == NOON + expected * HOUR


async def test_i_want_to_see_why_a_deadline_is_where_it_is(client, clock):
    holidays = {"country": "DE", "off": ["2026-03-03"], "working": []}
    await write(client, f"{CALENDARS}/berlin", make_calendar(time_zone="Europe/Berlin", holidays=holidays))
    await grant(client, "PT10H", "berlin")
    complaint = await open_one(client, now=NOON, customer_id=str(uuid4()))
    clock.advance(2 * HOUR)
    (shown,) = await resolution(client, complaint)
    (run,) = shown["runs"]
    assert shown["due_at"] == "2026-03-04T13:00:00.000000Z"
    assert (run["calendar"]["name"], run["calendar"]["version"], run["policy"]["name"]) == ("berlin", 1, "all")
    assert [(special["day"], special["working"]) for special in run["special_days"]] == [("2026-03-03", False)]
    assert sum(interval["seconds"] for interval in run["intervals"] if interval["passed"]) == shown["consumed_seconds"]
    assert sum(interval["seconds"] for interval in run["intervals"] if not interval["late"]) == shown["target_seconds"]
    assert (shown["consumed_seconds"], shown["target_seconds"]) == (2 * 3600, 10 * 3600)


LONG_AGO = body(occurred_at="1950-01-01T00:00:00Z", received_at="1950-01-01T00:00:00Z")


async def test_i_want_a_mistyped_year_to_be_refused(client):
    answer = await client.post("/v1/complaints", json=LONG_AGO)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_early")
    assert answer.json()["errors"][0]["pointer"] == "/occurred_at"


async def test_i_want_years_that_no_calendar_knows_to_be_refused_whatever_the_operator_allows(
    complaint_database, clock
):
    app = make_mail_app(complaint_database, clock, earliest=date(1900, 1, 1))
    async with make_client(app, await make_token(complaint_database, now=clock.now())) as client:
        answer = await client.post("/v1/complaints", json=LONG_AGO)
    assert (answer.status_code, answer.json()["code"]) == (422, "beyond_calendar")
    assert answer.json()["errors"][0]["pointer"] == "/received_at"
