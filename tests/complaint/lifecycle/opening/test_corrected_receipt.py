"""A receipt that was recorded wrongly is corrected, and what a reopened complaint shows."""

from datetime import timedelta

import pytest

from heed_common.fields import format_moment
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.test_api import body, moved, opened, sla
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.asyncio


async def correct(client, complaint, **changes):
    given = {name: value if isinstance(value, str) else format_moment(value) for name, value in changes.items()}
    return await client.patch(f"/v1/complaints/{complaint['id']}", json=given, headers={"If-Match": "*"})


async def corrected(client, complaint, **changes):
    answer = await correct(client, complaint, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_i_want_to_correct_a_mistyped_year_and_the_deadlines_with_it(client, complaint_database):
    year_ago = format_moment(NOON - 365 * DAY)
    complaint = await opened(client, occurred_at=year_ago, received_at=year_ago)
    assert complaint["within_target"] is False
    fixed = await corrected(client, complaint, occurred_at=NOON - HOUR, received_at=NOON - HOUR / 2)
    assert fixed["received_at"] == format_moment(NOON - HOUR / 2)
    assert (fixed["within_target"], fixed["breached"]) == (None, [])
    assert sla(fixed)["first_contact"]["due_at"] == format_moment(NOON + HOUR / 2)
    assert {sla(fixed)[name]["state"] for name in ("first_contact", "commitment", "resolution")} == {"running"}
    async with complaint_database.transaction() as session:
        event_names = names(await staged_events(session))
    assert event_names.count("sla.breach_withdrawn") == 3
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    amended = next(entry for entry in history if entry["action"] == "amend")
    assert amended["before"] == dict.fromkeys(("occurred_at", "received_at"), "2025-03-02T12:00:00Z")


async def test_i_want_a_request_that_is_repeated_after_a_correction_to_be_recognised(client):
    complaint = await opened(client, external_id="T-1")
    await corrected(client, complaint, received_at=NOON - HOUR / 2)
    for changes in ({}, {"received_at": complaint["received_at"]}):
        again = await client.post("/v1/complaints", json=body(external_id="T-1", **changes))
        assert (again.status_code, again.json()["id"]) == (200, complaint["id"])


async def test_i_want_an_earlier_receipt_to_make_late_what_was_late(client):
    complaint = await opened(client)
    fixed = await corrected(client, complaint, occurred_at=NOON - 2 * DAY, received_at=NOON - 2 * DAY)
    assert fixed["breached"][:1] == ["first_contact"]


async def test_i_want_only_the_occurrence_to_move_when_i_correct_only_that(client):
    complaint = await opened(client)
    fixed = await corrected(client, complaint, occurred_at=NOON - 9 * DAY)
    assert (fixed["occurred_at"], fixed["sla"]) == (format_moment(NOON - 9 * DAY), complaint["sla"])


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"received_at": NOON + HOUR}, "in_the_future", "/received_at"),
        ({"occurred_at": NOON + HOUR}, "in_the_future", "/occurred_at"),
        ({"received_at": NOON - 3 * DAY}, "out_of_order", "/received_at"),
        ({"occurred_at": NOON - HOUR / 2}, "out_of_order", "/occurred_at"),
        (
            {"received_at": "1200-01-01T00:00:00Z", "occurred_at": "1200-01-01T00:00:00Z"},
            "too_early",
            "/occurred_at",
        ),
        ({"dispatch_received_at": NOON - 2 * DAY}, "out_of_order", "/dispatch_received_at"),
    ],
)
async def test_i_want_a_correction_that_cannot_be_to_be_refused(client, changes, code, pointer):
    moment = format_moment(NOON - DAY)
    complaint = await opened(client, occurred_at=moment, received_at=moment)
    answer = await correct(client, complaint, **changes)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == (code, pointer)
    shown = (await client.get(f"/v1/complaints/{complaint['id']}")).json()
    assert (shown["occurred_at"], shown["received_at"]) == (moment, moment)


async def test_i_want_a_grievance_to_be_received_when_it_was_reported(client, clock):
    noticed = await opened(client, kind="unvoiced_grievance")
    clock.advance(3 * DAY)
    reported = await corrected(client, noticed, kind="complaint", received_at=NOON + 2 * DAY)
    assert reported["received_at"] == format_moment(NOON + 2 * DAY)
    assert sla(reported)["first_contact"]["due_at"] == format_moment(NOON + 2 * DAY + HOUR)
    assert (await correct(client, reported, received_at=NOON + 3 * DAY)).status_code == 422


async def test_i_want_it_not_to_be_received_after_it_was_recorded(client, clock):
    complaint = await opened(client)
    clock.advance(3 * DAY)
    answer = await correct(client, complaint, received_at=NOON + 2 * DAY)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/received_at")


async def test_i_want_the_earlier_receipt_of_a_duplicate_to_count_all_the_same(client):
    early = format_moment(NOON - DAY)
    survivor, duplicate = await opened(client), await opened(client, occurred_at=early, received_at=early)
    same = {"duplicate_id": duplicate["id"]}
    merged = await client.post(f"/v1/complaints/{survivor['id']}/merge", json=same)
    assert merged.status_code == 200, merged.text
    fixed = await corrected(client, survivor, occurred_at=NOON - 3 * HOUR, received_at=NOON - 2 * HOUR)
    assert (fixed["received_at"], fixed["occurred_at"]) == (early, early)
    alone = (await client.post(f"/v1/complaints/{survivor['id']}/unmerge", json=same)).json()
    assert (alone["received_at"], alone["occurred_at"]) == (
        *(format_moment(NOON - 2 * HOUR), format_moment(NOON - 3 * HOUR)),
    )


@pytest.mark.parametrize(
    "back", [{"action": "reopen", "reason": "It broke again"}, {"action": "confirm", "accepted": False}]
)
async def test_i_want_a_reopened_complaint_not_to_show_the_old_resolution(client, back):
    complaint = await moved(
        client, await opened(client), {"action": "accept"}, {"action": "complete", "resolution": "Replaced"}, back
    )
    assert (complaint["state"], complaint["resolution"]) == ("accepted", None)
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    assert "Replaced" in {entry["after"].get("resolution") for entry in history}
