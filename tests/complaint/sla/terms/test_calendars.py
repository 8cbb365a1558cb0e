"""Working hours over HTTP: what is refused, what makes a version, what open complaints get of it."""

from datetime import UTC, datetime, timedelta

import pytest

from heed_complaint.sla.terms.calendars import service
from tests.complaint.factories.terms import CALENDARS, due, due_now, make_calendar, make_target, open_one, put, replan
from tests.conftest import NOON
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio
DESK = f"{CALENDARS}/desk"


def at(day, time):
    return datetime.fromisoformat(f"2026-03-{day:02}T{time}").replace(tzinfo=UTC)


async def test_the_day_and_night_calendar_and_the_office_are_there_from_the_start(client):
    listed = (await client.get(CALENDARS)).json()["items"]
    assert [(one["name"], one["always"], one["by"]) for one in listed] == [
        ("always", True, None),
        ("office", False, None),
    ]
    assert listed[1]["hours"] == {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def test_a_calendar_is_shown_as_it_was_written(client):
    document = make_calendar(("09:00", "12:00"), ("13:30", "24:00"), time_zone="Asia/Shanghai")
    document["holidays"] = {"country": "CN", "off": ["2026-12-24"], "working": ["2026-12-26"]}
    written = await put(client, DESK, document)
    assert written.status_code == 201
    assert written.headers["ETag"] == '"1"'
    shown = (await client.get(DESK)).json()
    assert shown == written.json()
    assert (shown["time_zone"], shown["hours"]) == (document["time_zone"], document["hours"])
    assert shown["holidays"] == {**document["holidays"], "subdivision": None}
    assert shown["public_days"]["first_year"] <= 2000
    assert shown["public_days"]["last_year"] >= 2040


async def test_each_change_makes_a_version_and_the_one_before_it_stays_as_it_was(client):
    await put(client, DESK, make_calendar())
    same = await put(client, DESK, make_calendar())
    assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
    changed = await put(client, DESK, make_calendar(("10:00", "16:00")))
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    first = (await client.get(DESK, params={"version": 1})).json()
    assert first["hours"]["mon"] == [["09:00", "18:00"]]
    assert (await client.get(DESK, params={"version": 3})).json()["code"] == "calendar_not_found"


async def test_a_change_of_a_calendar_names_the_version_it_replaces(client):
    await put(client, DESK, make_calendar())
    answers = [
        await client.put(DESK, json=make_calendar(("10:00", "16:00")), headers=headers)
        for headers in ({}, {"If-Match": '"7"'}, {"If-Match": '"1"'}, {"If-Match": '"1"'})
    ]
    assert [answer.status_code for answer in answers] == [428, 412, 200, 412]
    missing = await client.put(f"{CALENDARS}/another", json=make_calendar(), headers={"If-Match": "*"})
    assert missing.status_code == 412


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (make_calendar(("09:00", "12:00"), ("11:59", "18:00")), "/hours/mon/1"),
        (make_calendar(("22:00", "06:00")), "/hours/mon/0"),
        (make_calendar(("9:00", "18:00")), "/hours/mon/0/0"),
        (make_calendar(("09:00", "24:01")), "/hours/mon/0/1"),
        (make_calendar(("09:00", "12:00", "13:00")), "/hours/mon/0"),
        (make_calendar(time_zone="Mars/Olympus"), "/time_zone"),
        ({"time_zone": "UTC", "hours": {}}, "/hours"),
        ({"time_zone": "UTC", "hours": {"mo": [["09:00", "18:00"]]}}, "/hours"),
        ({"time_zone": "UTC"}, ""),
        ({"always": True, "time_zone": "UTC"}, ""),
        ({"always": False}, "/always"),
        (make_calendar(holidays={"country": "XX"}), "/holidays/country"),
        (make_calendar(holidays={"country": "DE", "subdivision": "ZZ"}), "/holidays/subdivision"),
        (make_calendar(holidays={"subdivision": "BY"}), "/holidays"),
        (make_calendar(holidays={"off": ["2026-02-30"]}), "/holidays/off/0"),
        (make_calendar(holidays={"off": [20260101]}), "/holidays/off/0"),
        (make_calendar(holidays={"off": ["2026-05-01"], "working": ["2026-05-01"]}), "/holidays/working/0"),
        (make_calendar(holidays={"off": ["2026-05-01", "2026-05-01"]}), "/holidays/off"),
        (make_calendar(colour="red"), "/colour"),
    ],
)
async def test_a_calendar_that_makes_no_sense_is_refused_with_a_pointer(client, document, pointer):
    answer = await put(client, DESK, document)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await client.get(DESK)).status_code == 404


async def test_what_is_always_open_stays_so(client):
    answer = await put(client, f"{CALENDARS}/always", make_calendar())
    assert (answer.status_code, answer.json()["code"]) == (409, "calendar_fixed")
    assert (await put(client, f"{CALENDARS}/always", {"always": True})).status_code == 200


async def test_several_intervals_a_day_are_counted_without_the_lunch_between_them(client):
    await put(client, f"{CALENDARS}/office", make_calendar(("09:00", "12:00"), ("13:30", "18:00")))
    policy = {"order": 1, "targets": {"resolution": make_target("PT4H", "office")}}
    await put(client, "/v1/sla/policies/all", policy)
    opened = await open_one(client, now=NOON - timedelta(hours=1))
    assert due((await client.get(f"/v1/complaints/{opened['id']}")).json()) == at(2, "17:30")


async def test_a_changed_calendar_moves_the_deadlines_of_open_complaints_and_of_no_others(
    client, complaint_database, clock
):
    minor, critical = await open_one(client, now=NOON), await open_one(client, now=NOON, severity="critical")
    assert due(minor) == at(9, "12:00")
    await put(client, f"{CALENDARS}/office", make_calendar(("09:00", "12:00")))
    assert await due_now(client, minor) == at(9, "12:00")
    await replan(complaint_database, clock)
    assert await due_now(client, minor) == at(9, "12:00")
    await put(client, f"{CALENDARS}/office", make_calendar(holidays={"off": ["2026-03-05"]}))
    await replan(complaint_database, clock)
    assert await due_now(client, minor) == at(10, "12:00")
    assert await due_now(client, critical) == due(critical)


async def test_a_preview_names_the_deadlines_that_would_move_and_changes_nothing(client, complaint_database, clock):
    opened = [await open_one(client, now=NOON) for _ in range(5)]
    await open_one(client, now=NOON, severity="major")
    path, document = f"{CALENDARS}/office", make_calendar(holidays={"off": ["2026-03-05"]})
    seen, cursor, totals = [], None, []
    while True:
        query = {"dry_run": "true", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await put(client, path, document, **query)).json()
        seen += page["items"]
        totals.append(page["total"])
        if (cursor := page["next_cursor"]) is None:
            break
    assert totals == [5, None, None]
    assert {one["complaint_id"] for one in seen} == {one["id"] for one in opened}
    assert len(seen) == 5
    (deadline,) = seen[0]["deadlines"]
    old, new = (datetime.fromisoformat(deadline[f"{age}_due_at"]) for age in ("old", "new"))
    assert (deadline["milestone"], old, new) == ("resolution", at(9, "12:00"), at(10, "12:00"))
    assert revision_of(await client.get(path)) == 1
    await replan(complaint_database, clock)
    assert {await due_now(client, one) for one in opened} == {at(9, "12:00")}
    await put(client, path, document)
    await replan(complaint_database, clock)
    assert {await due_now(client, one) for one in opened} == {at(10, "12:00")}


async def test_a_preview_of_what_is_there_already_moves_nothing(client):
    await open_one(client, now=NOON)
    page = (await put(client, f"{CALENDARS}/office", make_calendar(), dry_run="true")).json()
    assert page == {"dry_run": True, "total": 0, "items": [], "next_cursor": None}


async def test_a_calendar_without_enough_working_time_for_its_targets_is_refused(client):
    policy = {"order": 1, "targets": {"resolution": make_target("PT8000H", "desk")}}
    await put(client, DESK, make_calendar(holidays={"country": "CN"}))
    assert (await put(client, "/v1/sla/policies/slow", policy)).status_code == 201
    scarce = {"time_zone": "UTC", "hours": {"mon": [["09:00", "09:01"]]}, "holidays": {"country": "CN"}}
    answer = await put(client, DESK, scarce)
    assert (answer.status_code, answer.json()["code"]) == (422, "calendar_invalid")


async def test_the_office_has_the_time_zone_of_the_organisation_until_it_is_replaced(client, session):
    await service.sync_default_time_zone(session, time_zone="Asia/Shanghai", now=NOON)
    await service.sync_default_time_zone(session, time_zone="Asia/Shanghai", now=NOON)
    office = await service.get(session, name="office", version=None)
    assert (office.version, office.document["time_zone"]) == (2, "Asia/Shanghai")
    await service.put(session, name="office", document=make_calendar(), by="boss", if_match=2, now=NOON)
    await service.sync_default_time_zone(session, time_zone="Europe/Berlin", now=NOON)
    office = await service.get(session, name="office", version=None)
    assert (office.version, office.document["time_zone"]) == (3, "UTC")


async def test_days_that_a_country_announces_later_make_a_version_of_the_same_calendar(session):
    document = make_calendar(holidays={"country": "CN"})
    written, _ = await service.put(session, name="desk", document=document, by="boss", if_match=None, now=NOON)
    # As it would have been before the list for this year came out.
    known = {**written.public, "working": [], "provisional_from": "2026-01-01"}
    written.public = known
    await session.flush()
    again, _ = await service.put(session, name="desk", document=document, by="boss", if_match=1, now=NOON)
    assert again.version == 2
    assert "2026-02-14" in again.public["working"]
    next_year = NOON + timedelta(days=365)
    later, _ = await service.put(session, name="desk", document=document, by="boss", if_match=2, now=next_year)
    assert later.version == 2
