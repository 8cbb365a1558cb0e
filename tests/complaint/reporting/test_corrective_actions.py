"""Corrective actions, their effect, and the notification of earlier complainants."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from heed_complaint.core.customers.tables import Purchase
from heed_complaint.core.tables import Complaint
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.resolution.test_remedies import client_of
from tests.complaint.test_api import TO_COMPLETED, moved, opened
from tests.conftest import NOON
from tests.entity_tags import revision_of

DONE_AT = NOON - timedelta(weeks=8)
pytestmark = pytest.mark.asyncio


def make_correction(**overrides):
    given = {
        "cause": "misuse",
        "measure": "Print the manual in large letters",
        "owner": "head of print",
        "due_at": "2026-03-09T12:00:00Z",
    }
    return given | overrides


async def created(client, **overrides):
    response = await client.post("/v1/complaints/corrections", json=make_correction(**overrides))
    assert response.status_code == 201, response.text
    return response.json()


async def amend(client, correction, *, if_match="*", **changes):
    path = f"/v1/complaints/corrections/{correction['id']}"
    return await client.patch(path, json=changes, headers={"If-Match": if_match})


async def done(client, **overrides):
    correction = await created(client, **overrides)
    response = await amend(client, correction, done_at=DONE_AT.isoformat())
    assert response.status_code == 200, response.text
    return response.json()


async def complained(database, *, weeks, count=1, cause="misuse", **overrides):
    """So many, spread over that week counted from when it was done."""
    async with database.transaction() as session:
        for place in range(count):
            at = DONE_AT + timedelta(weeks=weeks, minutes=place)
            complaint = (await open_complaint(session, now=at, **overrides)).complaint
            complaint.cause = cause


async def bought(database, *, weeks, count):
    at = DONE_AT + timedelta(weeks=weeks)
    rows = [{"purchase_id": uuid4(), "customer_id": uuid4(), "occurred_at": at, "units": 1} for _ in range(count)]
    async with database.transaction() as session:
        await session.execute(insert(Purchase), rows)


async def effect(client, correction, **query):
    response = await client.get(f"/v1/complaints/corrections/{correction['id']}/effect", params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def notify(client, correction, text="It is put right; the manual is easy to read now."):
    return await client.post(f"/v1/complaints/corrections/{correction['id']}/tell", json={"text": text})


async def messages(client, complaint_id):
    return (await client.get(f"/v1/complaints/{complaint_id}/messages")).json()["items"]


async def test_a_corrective_action_is_created_with_an_owner_and_a_due_time_and_done(client, clock):
    correction = await created(client)
    assert correction["progress"] == "open"
    clock.advance(timedelta(days=8))
    path = f"/v1/complaints/corrections/{correction['id']}"
    read = await client.get(path)
    assert (read.json()["progress"], revision_of(read)) == ("overdue", 1)
    assert (await client.patch(path, json={"done_at": "2026-03-10T12:00:00Z"})).status_code == 428
    ended = await amend(client, correction, if_match='"1"', done_at="2026-03-10T12:00:00Z")
    assert (ended.json()["progress"], ended.headers["ETag"]) == ("done", '"2"')
    assert (await amend(client, correction, if_match='"1"', owner="another")).status_code == 412


async def test_a_fall_beyond_chance_is_reported(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-8, count=20)
    await complained(complaint_database, weeks=-8, count=7, cause="beyond_scope")
    await complained(complaint_database, weeks=1, count=4)
    await complained(complaint_database, weeks=2, count=2, cause=None)
    found = await effect(client, correction)
    before, after = found["before"], found["after"]
    assert (before["complaints"], before["weeks"], before["per_week"]) == (20, 8.0, 2.5)
    assert (after["complaints"], after["weeks"], after["per_week"]) == (4, 8.0, 0.5)
    assert (before["without_cause"], after["without_cause"]) == (0, 2)
    rates = found["rate_ratio"]
    assert rates["ratio"] == pytest.approx(0.2)
    assert 0 < rates["low"] < 0.2 < rates["high"] < 1
    assert rates["p_value"] < 0.05
    assert (found["per"], found["verdict"]) == ("week", "fell")


async def test_as_many_complaints_on_twice_the_purchases_are_half_the_rate(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-4, count=10)
    await complained(complaint_database, weeks=4, count=10)
    await bought(complaint_database, weeks=-5, count=1)
    await bought(complaint_database, weeks=-3, count=100)
    await bought(complaint_database, weeks=3, count=200)
    found = await effect(client, correction)
    assert (found["per"], found["rate_ratio"]["ratio"]) == ("purchase", 0.5)
    assert (found["before"]["per_1000_purchases"], found["after"]["per_1000_purchases"]) == (100.0, 50.0)
    assert found["verdict"] == "unclear"


async def test_weeks_are_compared_if_purchases_are_recorded_for_a_part_only(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-4, count=10)
    await complained(complaint_database, weeks=4, count=10)
    await bought(complaint_database, weeks=-1, count=10)
    await bought(complaint_database, weeks=3, count=200)
    found = await effect(client, correction)
    assert (found["per"], found["before"]["purchases"], found["after"]["purchases"]) == ("week", None, 200)
    assert found["rate_ratio"]["ratio"] == 0.5


async def test_a_rise_beyond_chance_is_reported_too(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-8)
    await complained(complaint_database, weeks=1, count=14)
    assert (await effect(client, correction))["verdict"] == "rose"


async def test_weeks_before_the_first_complaint_do_not_count_as_quiet(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-2, count=4)
    found = await effect(client, correction)
    assert (found["before"]["weeks"], found["before"]["per_week"]) == (2.0, 2.0)
    assert (await effect(client, correction, weeks=1))["before"]["weeks"] == 1.0


async def test_an_effect_needs_a_done_action_and_a_day(client, complaint_database, clock):
    correction = await created(client)
    path = f"/v1/complaints/corrections/{correction['id']}/effect"
    early = await client.get(path)
    assert (early.status_code, early.json()["code"]) == (409, "not_done_yet")
    await complained(complaint_database, weeks=1, count=3)
    await amend(client, correction, done_at=NOON.isoformat())
    clock.advance(timedelta(hours=23))
    found = await effect(client, correction)
    assert (found["rate_ratio"], found["verdict"]) == (None, "unclear")
    clock.advance(timedelta(hours=1))
    assert (await effect(client, correction))["rate_ratio"] is not None


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"cause": None, "category": "product"}, 3),
        ({"cause": None, "category": "product.engine"}, 2),
        ({"cause": None, "category": "product.eng"}, 0),
        ({"cause": None, "product": "D-90"}, 1),
        ({"cause": "misuse", "category": "product.engine"}, 1),
    ],
)
async def test_the_scope_is_all_that_is_named_and_a_first_level_includes_its_children(
    client, complaint_database, about, expected
):
    correction = await done(client, **about)
    await complained(complaint_database, weeks=-1, category="product")
    await complained(complaint_database, weeks=-1, category="product.engine")
    await complained(complaint_database, weeks=-1, category="product.engine", cause="beyond_scope")
    await complained(complaint_database, weeks=-1, category="billing", product="D-90")
    assert (await effect(client, correction))["before"]["complaints"] == expected


async def test_earlier_complainants_are_notified_once(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-2, count=3)
    await complained(complaint_database, weeks=1, count=2)
    listed = (await client.get(f"/v1/complaints/corrections/{correction['id']}/complainants")).json()["items"]
    assert [item["told_at"] for item in listed] == [None] * 3
    assert (await notify(client, correction)).json() == {"told": 3, "remaining": 0}
    assert (await notify(client, correction, "Once more")).json() == {"told": 0, "remaining": 0}
    for item in listed:
        (message,) = await messages(client, item["complaint_id"])
        assert (message["visibility"], message["text"]) == (
            "customer",
            "It is put right; the manual is easy to read now.",
        )
    notified = (await client.get(f"/v1/complaints/corrections/{correction['id']}/complainants")).json()["items"]
    assert all(item["told_at"] == "2026-03-02T12:00:00.000000Z" for item in notified)


async def test_concurrent_calls_notify_each_complainant_once(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-2, count=5)
    responses = await asyncio.gather(*(notify(client, correction) for _ in range(3)))
    assert sum(response.json()["told"] for response in responses) == 5
    listed = (await client.get(f"/v1/complaints/corrections/{correction['id']}/complainants")).json()["items"]
    assert [len(await messages(client, item["complaint_id"])) for item in listed] == [1] * 5


async def test_many_complainants_are_notified_in_batches(client, complaint_database):
    correction = await done(client)
    await complained(complaint_database, weeks=-2, count=203)
    assert (await notify(client, correction)).json() == {"told": 200, "remaining": 3}
    assert (await notify(client, correction)).json() == {"told": 3, "remaining": 0}


async def test_no_complainant_is_notified_before_the_action_is_done(client):
    response = await notify(client, await created(client))
    assert (response.status_code, response.json()["code"]) == (409, "not_done_yet")


async def test_confidential_complaints_are_neither_counted_nor_notified_without_the_scope(
    client, app, complaint_database, clock
):
    correction = await done(client)
    await complained(complaint_database, weeks=-2, count=2)
    async with complaint_database.transaction() as session:
        complaint = (await open_complaint(session, now=DONE_AT - timedelta(days=1))).complaint
        complaint.cause, complaint.confidential = "misuse", True
        assert isinstance(complaint, Complaint)
    async with await client_of(app, complaint_database, clock, "complaints:read", "complaints:write") as outsider:
        assert (await effect(outsider, correction))["before"]["complaints"] == 2
        assert (await notify(outsider, correction)).json() == {"told": 2, "remaining": 0}
    assert (await effect(client, correction))["before"]["complaints"] == 3
    assert (await notify(client, correction)).json() == {"told": 1, "remaining": 0}


async def test_the_cause_that_was_found_at_completion_counts(client):
    await moved(client, await opened(client), *TO_COMPLETED)
    correction = await created(client)
    listed = (await client.get(f"/v1/complaints/corrections/{correction['id']}/complainants")).json()
    assert listed["items"] == []
    later = await client.get(f"/v1/complaints/corrections/{correction['id']}/complainants", params={"limit": 1})
    assert later.json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("overrides", "code", "pointer"),
    [
        ({"cause": None}, "about_nothing", None),
        ({"cause": "weather"}, "unknown_cause", "/cause"),
        ({"category": "weather"}, "unknown_category", "/category"),
        ({"measure": " "}, "validation_failed", "/measure"),
        ({"owner": ""}, "validation_failed", "/owner"),
        ({"due_at": "tomorrow"}, "validation_failed", "/due_at"),
        ({"done_at": "2026-03-02T12:00:00Z"}, "validation_failed", "/done_at"),
    ],
)
async def test_an_invalid_corrective_action_is_refused_with_a_pointer(client, overrides, code, pointer):
    response = await client.post("/v1/complaints/corrections", json=make_correction(**overrides))
    assert (response.status_code, response.json()["code"]) == (422, code)
    if pointer:
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_an_action_cannot_be_done_in_the_future(client):
    response = await amend(client, await created(client), done_at="2026-03-02T12:05:01Z")
    assert (response.status_code, response.json()["code"]) == (422, "in_the_future")
    assert (await amend(client, await created(client), owner=None)).status_code == 422
    assert (await amend(client, {"id": str(uuid4())}, owner="me")).status_code == 404


async def test_an_action_before_the_first_complaint_has_no_comparison(client, complaint_database):
    correction = await created(client)
    assert (await amend(client, correction, done_at="1970-01-01T00:00:00Z")).status_code == 200
    assert (await effect(client, correction, weeks=104))["verdict"] == "unclear"
    await complained(complaint_database, weeks=1, count=3)
    found = await effect(client, correction, weeks=104)
    assert (found["before"]["weeks"], found["rate_ratio"]) == (0.0, None)


async def test_corrective_actions_are_listed_by_owner_and_whether_they_are_done(client):
    first, second, third = [await created(client, owner=owner) for owner in ("ann", "bob", "ann")]
    await amend(client, first, done_at=NOON.isoformat())

    async def listed(**query):
        return (await client.get("/v1/complaints/corrections", params=query)).json()

    def ids(page):
        return [item["id"] for item in page["items"]]

    assert ids(await listed()) == [third["id"], second["id"], first["id"]]
    assert ids(await listed(owner="ann", done="false")) == [third["id"]]
    assert ids(await listed(done="true")) == [first["id"]]
    page = await listed(limit=2)
    assert ids(await listed(limit=2, cursor=page["next_cursor"])) == [first["id"]]
