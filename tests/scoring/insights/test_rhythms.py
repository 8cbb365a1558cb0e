"""Who stopped buying tea while milk went on, and who stopped altogether: published once for each break."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given

from heed_common.clock import FakeClock
from heed_common.contracts.scoring import RhythmBroken
from heed_scoring import handlers
from heed_scoring.engine.rhythms import broken, rhythms
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.examples import examples
from tests.scoring.factories import NOON, as_batch, make_merge, make_purchase, make_registration, make_return, received
from tests.scoring.ledger.test_facts import ledgers
from tests.scoring.outbox import published

CUSTOMER = UUID(int=1)
database_test = pytest.mark.asyncio


def weeks(customer_id, category, *ago):
    """A purchase of that category so many weeks ago each."""
    return [make_purchase(customer_id, days_ago=7 * week, categories=(category,)) for week in ago]


def seen(events, *, day=NOON):
    facts = fold(ledger_rows(received(event))[0] for event in events)
    return {rhythm.line.category: (rhythm.state, rhythm.kind) for rhythm in rhythms(facts, day=day.date())}


def test_a_category_that_stops_while_another_goes_on_may_be_a_life_event():
    events = [*weeks(CUSTOMER, "nappies", 20, 19, 18, 17), *weeks(CUSTOMER, "milk", *range(20))]
    assert seen(events) == {
        None: ("regular", None),
        "milk": ("regular", None),
        "nappies": ("broken", "life_event_candidate"),
    }


def test_when_everything_stops_one_break_covers_everything():
    events = [*weeks(CUSTOMER, "tea", 20, 19, 18, 17), *weeks(CUSTOMER, "milk", 20, 19, 18, 17)]
    facts = fold(ledger_rows(received(event))[0] for event in events)
    assert [kind for _, kind in broken([facts], day=NOON.date())[0]] == ["all"]
    assert seen(events) == dict.fromkeys([None, "milk", "tea"], ("broken", "all"))


def test_two_purchase_days_are_no_rhythm_yet():
    assert seen(weeks(CUSTOMER, "tea", 90, 89)) == {None: ("too_few", None), "tea": ("too_few", None)}


def test_a_day_that_came_back_whole_is_no_day_of_any_category():
    tea = weeks(CUSTOMER, "tea", 3, 2, 1)
    assert seen([*tea, make_return(tea[1])])["tea"] == ("too_few", None)


@given(ledgers(), ledgers())
@examples(40)
def test_a_customer_alone_is_judged_as_among_many(rows, others):
    facts, day = [fold(rows), fold(others)], NOON.date()
    assert broken(facts, day=day) == [broken([one], day=day)[0] for one in facts]


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, list(events), clock=clock)


async def nights(database, clock, days):
    for _ in range(days):
        clock.advance(timedelta(days=1))
        async with database.transaction() as session:
            await DailyRefresh()(session, clock)


async def breaks(database):
    return [(one.event.category, one.event.kind) for one in await published(database, RhythmBroken)]


@database_test
async def test_each_break_is_published_once_and_a_later_purchase_heals_it(scoring_database):
    clock, customer_id = FakeClock(NOON), uuid4()
    await take_in(scoring_database, clock, *as_batch(weeks(customer_id, "tea", 3, 2, 1, 0)))
    assert await breaks(scoring_database) == []
    await nights(scoring_database, clock, 30)
    assert await breaks(scoring_database) == [(None, "all")]
    back = make_purchase(customer_id, occurred_at=clock.now(), categories=("tea",))
    await take_in(scoring_database, clock, received(back))
    await nights(scoring_database, clock, 60)
    assert await breaks(scoring_database) == [(None, "all")] * 2
    first, second = [one.event for one in await published(scoring_database, RhythmBroken)]
    assert (first.last_bought, str(first.usual_interval_days)) == (NOON.date(), "7.0")
    assert second.last_bought == back.occurred_at.date()
    versions = [one.aggversion for one in await published(scoring_database)]
    assert versions == list(range(1, len(versions) + 1))


@database_test
async def test_first_one_category_stops_and_then_all(scoring_database):
    clock, customer_id = FakeClock(NOON), uuid4()
    events = [*weeks(customer_id, "tea", 9, 8, 7, 6), *weeks(customer_id, "milk", *range(10))]
    await take_in(scoring_database, clock, *as_batch(events))
    await nights(scoring_database, clock, 40)
    assert await breaks(scoring_database) == [("tea", "life_event_candidate"), (None, "all")]


@database_test
async def test_an_event_before_the_daily_refresh_publishes_the_break_instead(scoring_database):
    clock, customer_id = FakeClock(NOON), uuid4()
    await take_in(scoring_database, clock, *as_batch(weeks(customer_id, "tea", 3, 2, 1, 0)))
    clock.advance(timedelta(days=15))
    await take_in(scoring_database, clock, received(make_registration(customer_id)))
    assert await breaks(scoring_database) == [(None, "all")]
    await nights(scoring_database, clock, 3)
    assert await breaks(scoring_database) == [(None, "all")]


@database_test
async def test_a_published_break_is_not_repeated_when_a_later_purchase_is_returned(scoring_database):
    clock, customer_id = FakeClock(NOON), uuid4()
    await take_in(scoring_database, clock, *as_batch(weeks(customer_id, "tea", 3, 2, 1, 0)))
    await nights(scoring_database, clock, 20)
    back = make_purchase(customer_id, occurred_at=clock.now(), categories=("tea",))
    await take_in(scoring_database, clock, received(back))
    await take_in(scoring_database, clock, received(make_return(back, occurred_at=clock.now())))
    await nights(scoring_database, clock, 20)
    assert await breaks(scoring_database) == [(None, "all")]


@database_test
async def test_the_rhythms_of_a_customer_are_read_with_their_figures(client, scoring_database, clock):
    customer_id = uuid4()
    events = [*weeks(customer_id, "nappies", 20, 19, 18, 17), *weeks(customer_id, "milk", *range(20))]
    await take_in(scoring_database, clock, *as_batch(events))
    answer = await client.get(f"/v1/scores/{customer_id}/rhythms")
    assert answer.status_code == 200
    assert [item["category"] for item in answer.json()["items"]] == [None, "milk", "nappies"]
    assert answer.json()["items"][2] == {
        "category": "nappies",
        "state": "broken",
        "kind": "life_event_candidate",
        "purchase_days": 4,
        "first_bought": "2025-10-13",
        "last_bought": "2025-11-03",
        "usual_interval_days": "7.0",
    }
    assert (await client.get(f"/v1/scores/{uuid4()}/rhythms")).json()["code"] == "no_score_then"


@database_test
async def test_of_a_merged_customer_the_rhythms_of_all_who_are_one_are_read(client, scoring_database, clock):
    survivor, duplicate = uuid4(), uuid4()
    events = [*weeks(survivor, "tea", 5, 3, 1), *weeks(duplicate, "tea", 6, 4, 2), make_merge(duplicate, survivor)]
    await take_in(scoring_database, clock, *as_batch(events))
    answer = await client.get(f"/v1/scores/{duplicate}/rhythms")
    assert answer.headers["content-location"] == f"/v1/scores/{survivor}/rhythms"
    assert [item["purchase_days"] for item in answer.json()["items"]] == [6, 6]
    assert answer.json() == (await client.get(f"/v1/scores/{survivor}/rhythms")).json()
