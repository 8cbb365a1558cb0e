"""Agreements with a customer come before the policies for everybody."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from heed_common.contracts.customer import CustomerMerged
from heed_common.fields import format_moment
from tests.complaint.factories.events import make_registration, take_in
from tests.complaint.factories.terms import (
    AGREEMENTS,
    CALENDARS,
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
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE_DUE = datetime(2026, 3, 9, 12, tzinfo=UTC)


async def conclude(client, **overrides):
    answer = await client.post(AGREEMENTS, json=make_agreement(now=NOON, **overrides))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def open_for(client, party, **overrides):
    return await open_one(client, now=NOON, customer_id=party["customer_id"], **overrides)


async def test_an_agreement_comes_before_every_policy(client):
    await put(client, "/v1/sla/policies/all", make_policy(order=0))
    agreement = await conclude(client)
    assert due(await open_for(client, agreement, severity="critical")) == NOON + 2 * HOUR
    assert due(await open_one(client, now=NOON)) == NOON + 8 * HOUR


async def test_what_an_agreement_leaves_open_comes_from_the_policies(client):
    opened = await open_for(client, await conclude(client))
    assert due(opened, "first_contact") == NOON + HOUR


async def test_the_calendar_of_a_customer_replaces_the_office_but_not_day_and_night(client):
    every_day = make_calendar(("08:00", "20:00"))
    every_day["hours"] |= {day: [["08:00", "20:00"]] for day in ("sat", "sun")}
    await put(client, f"{CALENDARS}/theirs", every_day)
    agreement = await conclude(client, calendar="theirs", policy={})
    opened = await open_for(client, agreement)
    assert due(opened) == NOON + 5 * DAY
    assert due(opened, "commitment") == NOON + 4 * HOUR


@pytest.mark.parametrize(
    ("overrides", "holds"),
    [
        ({}, True),
        ({"valid_from": format_moment(NOON)}, True),
        ({"valid_from": format_moment(NOON + timedelta(microseconds=1))}, False),
        ({"valid_until": format_moment(NOON)}, False),
        ({"valid_until": format_moment(NOON + DAY)}, True),
        ({"signed_by": None, "signed_on": None}, False),
    ],
)
async def test_an_agreement_holds_for_complaints_received_in_its_term_once_it_is_signed(client, overrides, holds):
    agreement = await conclude(client, **overrides)
    assert agreement["in_force"] is holds
    assert due(await open_for(client, agreement)) == (NOON + 2 * HOUR if holds else OFFICE_DUE)


async def test_signing_replans_open_complaints_and_ending_early_leaves_those_received_before(
    client, complaint_database, clock
):
    draft = await conclude(client, signed_by=None, signed_on=None)
    opened = await open_for(client, draft)
    assert due(opened) == OFFICE_DUE
    path = f"{AGREEMENTS}/{draft['id']}"
    party = {"customer_id": draft["customer_id"]}
    assert (await put(client, path, make_agreement(now=NOON, **party))).headers["ETag"] == '"2"'
    await replan(complaint_database, clock)
    assert await due_now(client, opened) == NOON + 2 * HOUR
    ended = make_agreement(now=NOON, valid_until=format_moment(NOON + HOUR), **party)
    await put(client, path, ended)
    await replan(complaint_database, clock)
    assert await due_now(client, opened) == NOON + 2 * HOUR
    clock.advance(HOUR)
    assert due(await open_one(client, now=NOON + HOUR, **party)) == OFFICE_DUE + HOUR


async def test_two_agreements_with_one_customer_do_not_overlap(client):
    first = await conclude(client, valid_until=format_moment(NOON))
    party = {"customer_id": first["customer_id"]}
    overlapping = await client.post(AGREEMENTS, json=make_agreement(now=NOON, **party))
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "agreement_overlaps")
    after = await conclude(client, valid_from=format_moment(NOON), **party)
    earlier = await put(client, f"{AGREEMENTS}/{after['id']}", make_agreement(now=NOON, **party))
    assert earlier.status_code == 409
    assert (await conclude(client, signed_by=None, signed_on=None, **party))["in_force"] is False


async def test_an_agreement_with_a_segment_holds_for_its_customers_and_their_own_comes_first(
    client, complaint_database
):
    member, signed = uuid4(), uuid4()
    async with complaint_database.transaction() as session:
        await take_in(session, *(make_registration(one, region="north") for one in (member, signed)))
    segment = {"field": "customer.region", "op": "eq", "value": "north"}
    await conclude(client, segment=segment, policy={"targets": {"resolution": make_target("PT5H")}})
    await conclude(client, customer_id=str(signed))
    dues = [due(await open_one(client, now=NOON, customer_id=str(one))) for one in (member, signed, uuid4())]
    assert dues == [NOON + 5 * HOUR, NOON + 2 * HOUR, OFFICE_DUE]


async def test_what_was_signed_with_a_customer_holds_for_who_is_merged_into_it(client, complaint_database):
    agreement, member = await conclude(client), uuid4()
    async with complaint_database.transaction() as session:
        merged = CustomerMerged(customer_id=member, survivor_id=UUID(agreement["customer_id"]), occurred_at=NOON)
        await take_in(session, merged)
    assert due(await open_one(client, now=NOON, customer_id=str(member))) == NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"segment": {"field": "complaint.severity", "op": "eq", "value": "major"}}, "/segment/field"),
        ({"customer_id": None}, ""),
        ({"customer_id": "somebody"}, "/customer_id"),
        ({"signed_by": None}, ""),
        ({"valid_until": format_moment(NOON - 60 * DAY)}, ""),
        ({"valid_from": "2026-03-02T12:00:00"}, "/valid_from"),
        ({"signed_on": "2026-13-01"}, "/signed_on"),
        ({"calendar": "theirs"}, "/calendar"),
        ({"policy": {"targets": {"resolution": make_target("PT0S")}}}, "/policy/targets/resolution/within"),
        ({"policy": {"targets": {"resolution": make_target(calendar="x")}}}, "/policy/targets/resolution/calendar"),
        ({"policy": {"order": 1}}, "/policy/order"),
        ({"needs": ""}, "/needs"),
        ({"quality_plan": "a\u0000b"}, "/quality_plan"),
    ],
)
async def test_an_agreement_that_makes_no_sense_is_refused_with_a_pointer(client, overrides, pointer):
    answer = await client.post(AGREEMENTS, json=make_agreement(now=NOON, **overrides))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_an_agreement_is_changed_by_who_has_seen_it_and_its_versions_stay(client):
    agreement = await conclude(client)
    path = f"{AGREEMENTS}/{agreement['id']}"
    body = make_agreement(now=NOON, customer_id=agreement["customer_id"], needs="They run by day")
    answers = [await client.put(path, json=body, headers=tag) for tag in ({}, {"If-Match": '"3"'}, {"If-Match": '"1"'})]
    assert [answer.status_code for answer in answers] == [428, 412, 200]
    shown = [(await client.get(path, params=query)).json()["needs"] for query in ({}, {"version": 1})]
    assert shown == ["They run by day", "They run at night"]
    assert (await client.get(f"{AGREEMENTS}/{uuid4()}")).json()["code"] == "agreement_not_found"


async def test_reviews_are_added_to_those_before(client):
    path = f"{AGREEMENTS}/{(await conclude(client))['id']}/reviews"
    for month, improvement in (("04", None), ("07", "A third line")):
        review = {"held_on": f"2026-{month}-01", "findings": "Two misses", "improvement": improvement}
        assert (await client.post(path, json=review)).status_code == 201
    pages = [(await client.get(path, params={"limit": 1})).json()]
    pages.append((await client.get(path, params={"limit": 1, "cursor": pages[0]["next_cursor"]})).json())
    assert [page["items"][0]["held_on"] for page in pages] == ["2026-04-01", "2026-07-01"]
    assert pages[1]["next_cursor"] is None
    assert (await client.post(f"{AGREEMENTS}/{uuid4()}/reviews", json=review)).status_code == 404


async def test_agreements_are_listed_the_latest_first_and_by_customer(client):
    made = [await conclude(client) for _ in range(3)]
    first = (await client.get(AGREEMENTS, params={"limit": 2})).json()
    rest = (await client.get(AGREEMENTS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in reversed(made)]
    of_one = (await client.get(AGREEMENTS, params={"customer_id": made[0]["customer_id"]})).json()["items"]
    assert [one["id"] for one in of_one] == [made[0]["id"]]
