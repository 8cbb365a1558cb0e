"""The queue and the list by value, as an agent reads them."""

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import or_, select

from heed_common.contracts.complaint import Severity
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.core.priority_rank.tables import PriorityRank
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.transitions.rules import Action
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import open_complaint, walk
from tests.complaint.factories.workforce import assign, make_agent, make_queue, save_forecast
from tests.complaint.test_random_lives import step
from tests.conftest import NOON

DAY = timedelta(days=1)
pytestmark = pytest.mark.asyncio


async def opened(database, *, saved=None, **overrides):
    async with database.transaction() as session:
        case = await open_complaint(session, now=NOON, **overrides)
        if saved is not None:
            await save_forecast(session, case.complaint.id, saved, now=NOON)
        return case


async def order(client, path="/v1/complaints/queue", **filters):
    """All pages of one complaint each, in their order."""
    found, cursor = [], {}
    while cursor is not None:
        answer = await client.get(path, params={"limit": 1} | filters | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [UUID(item.get("complaint", item)["id"]) for item in page["items"]]
        cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
    return found


def ids(*cases):
    return [case.complaint.id for case in cases]


async def test_the_complaint_that_saves_most_comes_first(client, complaint_database):
    little, much, unknown, grave = [
        await opened(complaint_database, saved="10"),
        await opened(complaint_database, saved="900"),
        await opened(complaint_database),
        await opened(complaint_database, saved="900", severity="critical"),
    ]
    assert await order(client) == ids(grave, much, unknown, little)
    assert await order(client, "/v1/complaints", sort="-expected_value_saved") == ids(grave, much, little, unknown)
    assert await order(client, "/v1/complaints") == ids(grave, unknown, much, little)


async def test_less_time_left_comes_before_somewhat_more_value(client, complaint_database):
    old = await opened(complaint_database, saved="100", received_at=NOON - 2 * DAY)
    fresh = await opened(complaint_database, saved="200")
    assert await order(client) == ids(old, fresh)


async def test_the_queue_shows_what_the_rank_depends_on(client, complaint_database):
    await opened(complaint_database, saved="99")
    (item,) = (await client.get("/v1/complaints/queue")).json()["items"]
    assert item["expected_value_saved"] == "99"
    assert item["value_currency"] == "USD"
    assert item["weight"] == 200.0
    assert item["next_due_at"] == "2026-03-02T13:00:00.000000Z"
    assert item["slack_seconds"] == 3600
    assert item["priority"] == round(7.643856 - 1 / 24, 4)


async def test_new_value_moves_a_complaint_at_once(client, complaint_database):
    one, other = await opened(complaint_database), await opened(complaint_database)
    assert await order(client) == ids(other, one)
    async with complaint_database.transaction() as session:
        await save_forecast(session, one.complaint.id, "5000", now=NOON)
    assert await order(client) == ids(one, other)


async def test_what_is_done_or_ended_leaves_the_queue_and_what_comes_back_is_in_it_again(client, complaint_database):
    ended, done, left = [await opened(complaint_database) for _ in range(3)]
    async with complaint_database.transaction() as session:
        await walk(session, ended, Action.WITHDRAW, now=NOON)
        done = await walk(session, done, Action.ACCEPT, Action.COMPLETE, now=NOON)
    assert await order(client) == ids(left)
    assert await order(client, state="completed") == ids(done)
    async with complaint_database.transaction() as session:
        await walk(session, done, Action.REOPEN, now=NOON)
    assert set(await order(client)) == set(ids(left, done))


async def test_the_queue_is_read_by_owner_queue_state_and_what_is_unassigned(client, complaint_database):
    mine, theirs, free = [await opened(complaint_database) for _ in range(3)]
    async with complaint_database.transaction() as session:
        await make_queue(session, "repairs")
        for agent in ("me", "them"):
            await make_agent(session, agent)
        await assign(session, mine, owner="me", now=NOON)
        await assign(session, theirs, owner="them", queue="repairs", now=NOON)
        await walk(session, free, Action.ACCEPT, now=NOON)
        await assign(session, free, to_queue=True, queue="repairs", now=NOON)
    assert await order(client, owner="me") == ids(mine)
    assert set(await order(client, queue="repairs")) == set(ids(theirs, free))
    assert await order(client, unassigned=True) == ids(free)
    assert await order(client, queue="repairs", unassigned=True) == ids(free)
    assert await order(client, state="accepted") == ids(free)
    assert await order(client, owner="nobody") == []


async def test_a_page_stays_right_while_others_come_and_go(client, complaint_database):
    cases = [await opened(complaint_database, saved=str(amount)) for amount in (400, 300, 200, 100)]
    first = (await client.get("/v1/complaints/queue", params={"limit": 2})).json()
    await opened(complaint_database, saved="9000")
    async with complaint_database.transaction() as session:
        await walk(session, cases[0], Action.WITHDRAW, now=NOON)
    second = await client.get("/v1/complaints/queue", params={"limit": 2, "cursor": first["next_cursor"]})
    assert [UUID(item["complaint"]["id"]) for item in second.json()["items"]] == ids(*cases[2:])


async def test_confidential_complaints_are_in_nobodys_queue_who_may_not_see_them(
    app, client, complaint_database, clock
):
    shown = await opened(complaint_database)
    hidden = await opened(complaint_database, confidential=True, saved="5000")
    assert await order(client) == ids(hidden, shown)
    scopes = frozenset({"complaints:read"})
    token = await make_token(complaint_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as outsider:
        assert await order(outsider) == ids(shown)
        assert await order(outsider, "/v1/complaints", sort="-expected_value_saved") == ids(shown)


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"cursor": "bm8"}, "cursor_invalid"),
        ({"cursor": "WyJOYU4iLDFd"}, "cursor_invalid"),
        ({"limit": 201}, "validation_failed"),
        ({"state": "asleep"}, "validation_failed"),
        ({"owners": "me"}, "validation_failed"),
        ({"unassigned": "perhaps"}, "validation_failed"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(client, filters, code):
    answer = await client.get("/v1/complaints/queue", params=filters)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_unknown_order_is_refused(client):
    answer = await client.get("/v1/complaints", params={"sort": "-beauty"})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


@pytest.mark.slow
async def test_after_any_changes_the_stored_ranks_are_what_they_would_be_if_computed_now(session):
    now, version = NOON, 0
    for seed in range(8):
        random = Random(seed)
        case = await open_complaint(session, now=now, severity=random.choice(list(Severity)))
        for _ in range(12):
            now += timedelta(hours=random.randrange(20))
            case, version = await step(random, session, case, version=version, now=now)
    places = select(PriorityRank.__table__).order_by(PriorityRank.complaint_id)
    written = (await session.execute(places)).all()
    await refresh.refresh_ranks(session, list(await session.scalars(select(Complaint.id))))
    assert (await session.execute(places)).all() == written
    waits = or_(Complaint.ended_at.is_(None), Complaint.customer_wrote_at.is_not(None))
    expected = select(Complaint.id).where(waits, Complaint.merged_into.is_(None))
    assert {place.complaint_id for place in written} == set(await session.scalars(expected))
