"""Who gets how much time: policies over HTTP, and what those that hold grant together."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.revisions import repository as changes
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import open_complaint, staged_events
from tests.complaint.factories.events import make_score, take_in
from tests.complaint.factories.terms import (
    CALENDARS,
    POLICIES,
    due,
    due_now,
    make_calendar,
    make_policy,
    make_target,
    open_one,
    put,
    replan,
)
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
MINE, HOUR = f"{POLICIES}/mine", timedelta(hours=1)


def at(day, time):
    return datetime.fromisoformat(f"2026-03-{day:02}T{time}").replace(tzinfo=UTC)


async def test_the_default_targets_are_there_from_the_start(client):
    listed = (await client.get(POLICIES)).json()["items"]
    assert [one["name"] for one in listed] == ["critical", "major", "default"]
    default = listed[-1]["targets"]
    assert {name: (target["within"], target["calendar"]) for name, target in default.items()} == {
        "first_contact": ("PT1H", "always"),
        "commitment": ("PT4H", "always"),
        "resolution": ("P5D", "office"),
        "call_back": ("P3D", "office"),
    }


@pytest.mark.parametrize(
    ("fields", "milestone", "expected"),
    [
        ({"severity": "critical"}, "resolution", NOON + timedelta(hours=24)),
        ({"severity": "major"}, "resolution", NOON + timedelta(hours=48)),
        ({"severity": "minor"}, "resolution", at(9, "12:00")),
        ({}, "first_contact", NOON + HOUR),
        ({"dispatch_received_at": "2026-03-02T12:00:00Z"}, "first_contact", NOON + HOUR / 2),
        ({}, "commitment", NOON + 4 * HOUR),
    ],
)
async def test_without_policies_of_operators_these_deadlines_hold(client, fields, milestone, expected):
    assert due(await open_one(client, now=NOON, **fields), milestone) == expected


async def test_a_policy_is_shown_as_it_was_written(client):
    fields = make_policy("customer.tier", "in", ["A", "B"], pause_counts=True, on_reopen="reset", retroactive=False)
    fields |= {"warn_during": "always", "escalate": [{"at": 0.9, "to": "lead"}, {"after": "PT2H", "to": "head"}]}
    written = await put(client, MINE, fields)
    assert (written.status_code, written.headers["ETag"]) == (201, '"1"')
    shown = (await client.get(MINE)).json()
    assert {name: shown[name] for name in fields if name not in ("targets", "escalate")} == {
        name: fields[name] for name in fields if name not in ("targets", "escalate")
    }
    steps = [{name: value for name, value in step.items() if value is not None} for step in shown["escalate"]]
    assert steps == fields["escalate"]


async def test_a_change_or_removal_of_a_policy_names_the_version_it_replaces(client):
    assert (await client.put(MINE, json=make_policy())).status_code == 201
    changed = make_policy(order=20)
    for method, body in (("PUT", {"json": changed}), ("DELETE", {})):
        for headers, status in (({}, 428), ({"If-Match": '"9"'}, 412)):
            assert (await client.request(method, MINE, headers=headers, **body)).status_code == status
    answer = await client.put(MINE, json=changed, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (await client.delete(MINE, headers={"If-Match": '"2"'})).status_code == 204
    assert (await client.get(MINE)).json()["code"] == "policy_not_found"
    again = await client.put(MINE, json=make_policy())
    assert (again.status_code, again.headers["ETag"]) == (201, '"4"')
    assert (await client.get(MINE, params={"version": 1})).json()["order"] == 10


async def test_the_default_policy_stays_and_is_complete(client):
    path = f"{POLICIES}/default"
    tag = (await client.get(path)).headers["ETag"]
    answer = await client.delete(path, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (409, "default_stays")
    partly = await put(client, path, make_policy())
    assert (partly.status_code, partly.json()["errors"][0]["pointer"]) == (422, "/targets")
    everything = {name: make_target() for name in Milestone}
    conditional = await put(client, path, make_policy("customer.tier", "eq", "A", targets=everything))
    assert (conditional.status_code, conditional.json()["errors"][0]["pointer"]) == (422, "/when")
    assert (await put(client, path, make_policy(targets=everything))).status_code == 200


RESOLUTION = "/targets/resolution"
BAD_TARGETS = [
    ({"within": "8h"}, f"{RESOLUTION}/within"),
    ({"within": "PT0S"}, f"{RESOLUTION}/within"),
    ({"within": "P367D"}, f"{RESOLUTION}/within"),
    ({"within": "P1W"}, f"{RESOLUTION}/within"),
    ({"within": "P1M"}, f"{RESOLUTION}/within"),
    ({"within": "PT"}, f"{RESOLUTION}/within"),
    ({"within": 8}, f"{RESOLUTION}/within"),
    ({"calendar": "desk"}, f"{RESOLUTION}/calendar"),
    ({"calendar": "../always"}, f"{RESOLUTION}/calendar"),
    ({"warn_at": 0}, f"{RESOLUTION}/warn_at"),
    ({"warn_at": 1.01}, f"{RESOLUTION}/warn_at"),
    ({"warn_at": True}, f"{RESOLUTION}/warn_at"),
    ({"after_dispatch": "PT1H"}, ""),
]
BAD_POLICIES = [
    ({"order": -1}, "/order"),
    ({"order": 1.5}, "/order"),
    ({"order": None}, "/order"),
    ({"targets": {"refund": make_target()}}, "/targets/refund"),
    ({"when": {"field": "customer.shoe_size", "op": "eq", "value": 43}}, "/when/field"),
    ({"when": {"all": [{"field": "customer.tier", "op": "eq", "value": "Z"}]}}, "/when/all/0/value"),
    ({"when": []}, "/when"),
    ({"on_reopen": "forget"}, "/on_reopen"),
    ({"pause_counts": "yes"}, "/pause_counts"),
    ({"warn_during": "desk"}, "/warn_during"),
    ({"escalate": [{"to": "lead"}]}, "/escalate/0"),
    ({"escalate": [{"at": 1, "after": "PT1H", "to": "lead"}]}, "/escalate/0"),
    ({"escalate": [{"at": 1.0, "to": ""}]}, "/escalate/0/to"),
    ({"escalate": [{"after": "P1D", "to": "lead"}]}, "/escalate/0/after"),
    ({"escalate": [{"at": 1.0, "to": "lead"}] * 21}, "/escalate"),
    ({"colour": "red"}, "/colour"),
]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"targets": {"resolution": make_target() | fields}}, pointer) for fields, pointer in BAD_TARGETS] + BAD_POLICIES,
)
async def test_a_policy_that_makes_no_sense_is_refused_with_a_pointer(client, fields, pointer):
    answer = await put(client, MINE, make_policy() | fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_the_first_policy_that_holds_and_names_the_milestone_decides(client):
    await put(client, f"{POLICIES}/late", make_policy("complaint.channel", "eq", "web", order=20))
    contact = {"first_contact": make_target("PT10M")}
    await put(client, f"{POLICIES}/early", make_policy("complaint.channel", "eq", "web", order=10, targets=contact))
    web, phone = await open_one(client, now=NOON, channel="web"), await open_one(client, now=NOON)
    assert [due(web, name) - NOON for name in ("first_contact", "resolution")] == [HOUR / 6, 8 * HOUR]
    assert [due(phone, name) - NOON for name in ("first_contact", "commitment")] == [HOUR, 4 * HOUR]


@pytest.mark.parametrize(
    ("field", "value", "fields"),
    [
        ("complaint.severity", "major", {"severity": "major"}),
        ("complaint.category_level1", "delivery", {"category": "delivery"}),
        ("complaint.channel", "social", {"channel": "social"}),
        ("complaint.service_point_id", "north", {"service_point_id": "north"}),
        ("complaint.kind", "enquiry", {"kind": "enquiry"}),
        ("complaint.regulator", True, {"regulator": True}),
    ],
)
async def test_a_policy_can_be_for_one_severity_category_channel_or_service_point(client, field, value, fields):
    await put(client, MINE, make_policy(field, "eq", value))
    assert due(await open_one(client, now=NOON, **fields)) == NOON + 8 * HOUR
    assert due(await open_one(client, now=NOON)) == at(9, "12:00")


async def test_a_policy_for_a_tier_holds_once_the_tier_is_known(client, complaint_database, clock):
    await put(client, MINE, make_policy("customer.tier", "ge", "B"))
    customer_id = uuid4()
    opened = await open_one(client, now=NOON, customer_id=str(customer_id))
    assert due(opened) == at(9, "12:00")
    async with complaint_database.transaction() as session:
        await take_in(session, make_score(customer_id, tier="B"))
    await replan(complaint_database, clock)
    assert await due_now(client, opened) == NOON + 8 * HOUR


async def test_what_a_policy_leaves_open_comes_from_the_next_one_that_holds(client, session):
    await put(client, MINE, make_policy("complaint.severity", "eq", "major", on_reopen="new"))
    steps = [{"at": 1, "to": "lead"}]
    default = (await client.get(f"{POLICIES}/default")).json()
    fields = {name: default[name] for name in ("order", "targets")} | {"on_reopen": "reset", "escalate": steps}
    await put(client, f"{POLICIES}/default", fields | {"pause_counts": True})
    complaint = (await open_complaint(session, now=NOON)).complaint
    plan = (await resolver.plans_for(session, [complaint], terms=await resolver.current_terms(session)))[complaint.id]
    assert (plan.policy, plan.policy_version, plan.on_reopen, plan.retroactive) == ("mine", 1, OnReopen.NEW, True)
    assert [(step.at, step.to) for step in plan.escalation] == [(1.0, "lead")]
    named = {name: (granted.policy.name, granted.pause_counts) for name, granted in plan.terms.items()}
    assert named[Milestone.RESOLUTION] == ("mine", True)
    assert named[Milestone.COMMITMENT] == ("default", True)


async def test_five_days_are_five_usual_working_days_whatever_their_length(client):
    await put(client, f"{CALENDARS}/office", make_calendar(("09:00", "12:00")))
    assert due(await open_one(client, now=NOON)) == at(6, "12:00") + timedelta(days=3)


async def test_warnings_of_clocks_that_run_day_and_night_wait_for_the_office_by_default(client, session):
    async def within(milestone):
        complaint = (await open_complaint(session, now=NOON)).complaint
        found = (
            (await resolver.plans_for(session, [complaint], terms=await resolver.current_terms(session)))[complaint.id]
            .terms[milestone]
            .warn_within
        )
        return found and found.key.name

    assert await within(Milestone.COMMITMENT) == "office"
    assert await within(Milestone.CALL_BACK) is None
    await put(client, MINE, make_policy(warn_during="always"))
    assert await within(Milestone.COMMITMENT) == "always"


async def test_a_changed_policy_that_is_retroactive_counts_from_the_start(client, complaint_database, clock):
    opened = await open_one(client, now=NOON)
    clock.advance(3 * HOUR)
    await put(client, MINE, make_policy())
    await replan(complaint_database, clock)
    assert await due_now(client, opened) == NOON + 8 * HOUR


async def test_a_changed_policy_that_is_not_retroactive_counts_from_the_change_on(client, complaint_database, clock):
    opened = await open_one(client, now=NOON)
    clock.advance(3 * HOUR)
    await put(client, MINE, make_policy(retroactive=False))
    await replan(complaint_database, clock)
    assert await due_now(client, opened) == NOON + 11 * HOUR


async def test_a_pause_survives_a_change_of_policy(client, complaint_database, clock):
    opened = await open_one(client, now=NOON)
    path = f"/v1/complaints/{opened['id']}/transitions"
    await client.post(path, json={"action": "accept"})
    await client.post(path, json={"action": "wait_for_customer", "reason": "The serial number"})
    clock.advance(2 * HOUR)
    await put(client, MINE, make_policy())
    await replan(complaint_database, clock)
    assert await due_now(client, opened) is None
    clock.advance(HOUR)
    await client.post(path, json={"action": "resume"})
    assert await due_now(client, opened) == NOON + 11 * HOUR


async def test_a_policy_that_makes_a_complaint_late_publishes_the_breach_once(
    client, session, complaint_database, clock
):
    opened = await open_one(client, now=NOON)
    clock.advance(10 * HOUR)
    await put(client, MINE, make_policy())
    for _ in range(2):
        await replan(complaint_database, clock)
        await put(client, MINE, make_policy(order=11))
    breaches = [one.data for one in await staged_events(session) if one.type == "heed.sla.breached.v1"]
    late = [one["due_at"] for one in breaches if one["milestone"] == "resolution"]
    assert late == ["2026-03-02T20:00:00Z"]
    tag = (await client.get(MINE)).headers["ETag"]
    await client.delete(MINE, headers={"If-Match": tag})
    await replan(complaint_database, clock)
    withdrawn = [one for one in await staged_events(session) if one.type == "heed.sla.breach_withdrawn.v1"]
    assert len(withdrawn) == 1
    assert await due_now(client, opened) == at(9, "12:00")


async def test_a_preview_of_a_policy_counts_those_it_would_make_late(client, clock):
    await open_one(client, now=NOON)
    clock.advance(10 * HOUR)
    page = (await put(client, MINE, make_policy(), dry_run="true")).json()
    (moved,) = page["items"]
    (deadline,) = moved["deadlines"]
    assert (deadline["old_state"], deadline["new_state"], page["total"]) == ("running", "missed", 1)
    assert (await client.get(MINE)).status_code == 404


async def test_a_preview_does_not_show_confidential_complaints_to_who_may_not_see_them(app, complaint_database, client):
    opened = await open_one(client, now=NOON, confidential=True)
    token = await make_token(complaint_database, now=NOON, scopes=frozenset({"settings:read", "settings:write"}))
    async with make_client(app, token) as clerk:
        hidden = (await put(clerk, MINE, make_policy(), dry_run="true")).json()
    shown = (await put(client, MINE, make_policy(), dry_run="true")).json()
    assert (hidden["total"], hidden["items"]) == (0, [])
    assert [one["complaint_id"] for one in shown["items"]] == [opened["id"]]


async def test_policies_are_listed_page_by_page_in_the_order_in_which_they_apply(client):
    for name, order in (("zeta", 1), ("beta", 5), ("alpha", 5)):
        await put(client, f"{POLICIES}/{name}", make_policy(order=order))
    names, cursor = [], None
    while True:
        page = (await client.get(POLICIES, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        names += [one["name"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == ["zeta", "alpha", "beta", "critical", "major", "default"]


async def test_who_may_not_read_or_write_settings_is_refused(app, complaint_database):
    token = await make_token(complaint_database, now=NOON, scopes=frozenset({"complaints:read", "settings:read"}))
    async with make_client(app, token) as reader:
        assert (await reader.get(MINE)).status_code == 404
        for path in (MINE, f"{CALENDARS}/desk"):
            assert (await reader.put(path, json=make_policy())).status_code == 403


async def test_the_number_of_a_change_is_never_used_again(session):
    before = (await changes.newest(session)).number
    nested = await session.begin_nested()
    await changes.record_revision(session, subject_type="policy", name="mine", version=1, by=None, now=NOON)
    lost = (await changes.newest(session)).number
    await nested.rollback()
    await changes.record_revision(session, subject_type="policy", name="mine", version=1, by=None, now=NOON)
    assert before < lost < (await changes.newest(session)).number
