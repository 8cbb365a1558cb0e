"""Merged customers are scored as one, at every moment as those who were one then; apart again, each as before."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import repository, service
from heed_scoring.scores.daily_refresh import DailyRefresh
from heed_scoring.scores.errors import NoScoreThen
from tests.examples import seeds
from tests.scoring.factories import (
    NOON,
    as_batch,
    make_complaint,
    make_merge,
    make_purchase,
    make_registration,
    make_response,
    make_unmerge,
    received,
)
from tests.scoring.outbox import published

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
LISTED = text("SELECT customer_id FROM customer WHERE value_at_risk IS NOT NULL ORDER BY customer_id")
HISTORY = text("SELECT recorded_at FROM history WHERE customer_id = :id ORDER BY recorded_at")


async def take_in(database, clock, *batch):
    async with database.transaction() as session:
        return await handlers.process_batch(session, list(batch), clock=clock)


async def read(database, customer_id, *, now=NOON, at=None):
    async with database.transaction() as session:
        return await service.score_at(session, customer_id=customer_id, at=at, now=now)


async def rows(database, query, **values):
    async with database.transaction() as session:
        return (await session.scalars(query, values)).all()


def numbers(score):
    """The numbers of a score, without customer, moment and cause."""
    value, loyalty, risk = score["value"], score["loyalty"], score["churn_risk"]
    parts = [(part["score"], part["factor"], part["contribution"]) for part in score["explanation"]]
    return value["amount"], value["method"], loyalty["index"], risk["probability"], score["value_at_risk"], parts


def written(score):
    """The part of a score that history stores."""
    stored = {
        name: score[name] for name in ("customer_id", "as_of", "model_version", "explanation", "caused_by", "previous")
    }
    return stored, numbers(score)


def life(customer_id):
    return [
        make_registration(customer_id),
        *(make_purchase(customer_id, days_ago=days, gross="40") for days in (200, 90)),
        make_complaint(customer_id),
    ]


def other_life(customer_id):
    return [
        make_registration(customer_id),
        *(make_purchase(customer_id, days_ago=days) for days in (150, 60, 5)),
        make_response(customer_id, level=2),
    ]


async def both(database, *customer_ids, now, at=None):
    return [await read(database, customer_id, now=now, at=at) for customer_id in customer_ids]


async def two(database, clock):
    """A duplicate and a survivor, each with a life of their own."""
    duplicate, survivor = uuid4(), uuid4()
    await take_in(database, clock, *as_batch(life(duplicate) + other_life(survivor)))
    return duplicate, survivor


async def test_a_survivor_has_the_score_of_a_single_customer_with_all_events(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    single = uuid4()
    await take_in(scoring_database, clock, *as_batch(life(single) + other_life(single)))
    merged = received(make_merge(duplicate, survivor), aggversion=2)
    await take_in(scoring_database, clock, merged)
    score = await read(scoring_database, survivor)
    assert numbers(score) == numbers(await read(scoring_database, single))
    assert score["caused_by"] == {"event_id": str(merged.id), "type": "heed.customer.merged.v1"}
    assert await read(scoring_database, duplicate) == score
    assert score["customer_id"] == str(survivor)


async def test_an_unmerge_gives_both_their_scores_back(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    before = [numbers(await read(scoring_database, customer_id)) for customer_id in (duplicate, survivor)]
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    apart = received(make_unmerge(duplicate, survivor), aggversion=3)
    await take_in(scoring_database, clock, apart)
    after = [await read(scoring_database, customer_id) for customer_id in (duplicate, survivor)]
    assert [numbers(score) for score in after] == before
    assert [score["customer_id"] for score in after] == [str(duplicate), str(survivor)]
    assert {score["caused_by"]["event_id"] for score in after} == {str(apart.id)}
    assert await rows(scoring_database, LISTED) == sorted([duplicate, survivor])


async def test_an_event_of_a_member_moves_the_survivor_and_no_event_names_the_member(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    before, messages = await read(scoring_database, survivor), len(await published(scoring_database, ScoreChanged))
    opened = received(make_complaint(duplicate))
    bought = received(make_purchase(duplicate, gross="500"))
    await take_in(scoring_database, clock, opened, bought)
    after = await read(scoring_database, duplicate)
    assert after["value"]["amount"] != before["value"]["amount"]
    assert after["caused_by"]["event_id"] == str(bought.id)
    changes = (await published(scoring_database, ScoreChanged))[messages:]
    assert {message.event.customer_id for message in changes} == {survivor}
    assert [message.causation for message in changes][-1] == bought.id
    assert await rows(scoring_database, LISTED) == [survivor]


async def test_a_past_moment_knows_those_who_were_one_then(scoring_database):
    clock = FakeClock(NOON)
    duplicate, survivor = await two(scoring_database, clock)
    moments, answers = [], []
    for event in (
        make_merge(duplicate, survivor), make_purchase(duplicate), make_unmerge(duplicate, survivor),
        make_purchase(survivor, gross="7"), make_merge(survivor, duplicate),
    ):  # fmt: skip
        clock.advance(timedelta(minutes=5))
        moments.append(clock.now())
        answers.append(await both(scoring_database, duplicate, survivor, now=clock.now()))
        await take_in(scoring_database, clock, received(event, aggversion=len(moments) + 1))
    clock.advance(timedelta(minutes=5))
    for moment, answer in zip(moments, answers, strict=True):
        then = await both(scoring_database, duplicate, survivor, now=clock.now(), at=moment - SECOND)
        assert then == [score | {"as_of": then[0]["as_of"]} for score in answer]
    owners = [[score["customer_id"] for score in answer] for answer in answers]
    apart, one = [str(duplicate), str(survivor)], [str(survivor)] * 2
    assert owners == [apart, one, one, apart, apart]
    now = await read(scoring_database, survivor, now=clock.now())
    assert now["customer_id"] == str(duplicate)


async def test_a_merge_may_be_known_before_its_member(scoring_database, clock):
    duplicate, survivor, single = uuid4(), uuid4(), uuid4()
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    await take_in(scoring_database, clock, *as_batch(life(duplicate) + other_life(survivor)))
    await take_in(scoring_database, clock, *as_batch(life(single) + other_life(single)))
    assert numbers(await read(scoring_database, survivor)) == numbers(await read(scoring_database, single))
    await take_in(scoring_database, clock, received(make_unmerge(duplicate, survivor), aggversion=3))
    only = uuid4()
    await take_in(scoring_database, clock, *as_batch(life(only)))
    assert numbers(await read(scoring_database, duplicate)) == numbers(await read(scoring_database, only))


async def test_a_merge_chain_has_the_score_of_its_root_and_a_broken_link_takes_its_members_along(
    scoring_database, clock
):
    first, second, third = uuid4(), uuid4(), uuid4()
    bought = [make_purchase(customer_id, days_ago=20) for customer_id in (first, second, third)]
    links = [make_merge(first, second), make_merge(second, third)]
    await take_in(scoring_database, clock, *as_batch(bought), *(received(link, aggversion=2) for link in links))
    assert (await read(scoring_database, first))["value"]["current"] == "120.00"
    assert await rows(scoring_database, LISTED) == [third]
    await take_in(scoring_database, clock, received(make_unmerge(second, third), aggversion=3))
    scores = [await read(scoring_database, customer_id) for customer_id in (first, second, third)]
    assert [answer["customer_id"] for answer in scores] == [str(second), str(second), str(third)]
    assert [answer["value"]["current"] for answer in scores] == ["80.00", "80.00", "40.00"]
    assert await rows(scoring_database, LISTED) == sorted([second, third])


async def test_a_second_merge_that_overtakes_the_end_of_the_first_leaves_the_first(scoring_database, clock):
    member, first, second = uuid4(), uuid4(), uuid4()
    bought = [make_purchase(customer_id, days_ago=20) for customer_id in (member, first, second)]
    await take_in(scoring_database, clock, *as_batch(bought), received(make_merge(member, first), aggversion=2))
    await take_in(scoring_database, clock, received(make_merge(member, second), aggversion=4))
    await take_in(scoring_database, clock, received(make_unmerge(member, first), aggversion=3))
    scores = [await read(scoring_database, customer_id) for customer_id in (member, first, second)]
    assert [answer["customer_id"] for answer in scores] == [str(second), str(first), str(second)]
    assert [answer["value"]["current"] for answer in scores] == ["80.00", "40.00", "80.00"]


def stories():
    """Three customers who live, are merged and taken apart; the last word on each is that of the highest version."""
    ids = [uuid4() for _ in range(3)]
    first, second, third = ids
    lives = [event for customer_id in ids for event in as_batch(life(customer_id) + other_life(customer_id))]
    links = [
        (make_merge(first, second), 2), (make_unmerge(first, second), 3), (make_merge(first, third), 4),
        (make_merge(second, third), 2), (make_unmerge(second, third), 3), (make_merge(second, first), 4),
    ]  # fmt: skip
    return ids, lives + [received(event, aggversion=version) for event, version in links]


@pytest.mark.parametrize("seed", seeds(4, quick=2))
async def test_in_whatever_order_and_batches_and_however_often_it_ends_the_same(scoring_database, seed):
    clock, chance = FakeClock(NOON), random.Random(seed)
    ids, story = stories()
    arrived = chance.sample(story, len(story)) + chance.sample(story, 8)
    while arrived:
        size = chance.randint(1, 9)
        await take_in(scoring_database, clock, *arrived[:size])
        arrived = arrived[size:]
        clock.advance(timedelta(milliseconds=1))
    single = uuid4()
    await take_in(
        scoring_database, clock, *as_batch([event for _ in ids for event in life(single) + other_life(single)])
    )
    scores = await both(scoring_database, *ids, single, now=clock.now())
    assert len({numbers(one)[:1] for one in scores}) == 1
    assert [one["customer_id"] for one in scores] == [str(ids[2])] * 3 + [str(single)]
    assert sorted(await rows(scoring_database, LISTED)) == sorted([ids[2], single])
    await check_history(scoring_database, ids, now=clock.now())


async def check_history(database, ids, *, now):
    """Every history row is what a reader gets who reads at its moment."""
    for customer_id in ids:
        async with database.transaction() as session:
            stored = await repository.history(session, customer_id, before=None, limit=100)
        for recorded_at, row in stored:
            then = await read(database, customer_id, now=now + timedelta(seconds=1), at=recorded_at)
            assert written(then) == written(row)


async def test_one_batch_publishes_what_many_publish(scoring_database):
    _, story = stories()
    clock = FakeClock(NOON)
    await take_in(scoring_database, clock, *story)
    at_once = [(message.event.customer_id, message.aggversion, message.causation, message.event.value.amount)
               for message in await published(scoring_database, ScoreChanged)]  # fmt: skip
    assert len({customer_id for customer_id, *_ in at_once}) == 3
    async with scoring_database.transaction() as session:
        for table in ("customer", "customer_facts", "ledger", "history", "alias", "outbox"):
            await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    for event in story:
        await take_in(scoring_database, clock, event)
    one_by_one = [(message.event.customer_id, message.aggversion, message.causation, message.event.value.amount)
                  for message in await published(scoring_database, ScoreChanged)]  # fmt: skip
    assert at_once == one_by_one


async def test_scores_of_a_survivor_have_rising_moments_in_one_batch_too(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    batch = [received(make_merge(duplicate, survivor), aggversion=2)]
    for gross in ("10", "20", "30"):
        batch += as_batch([make_purchase(duplicate, gross=gross), make_purchase(survivor, gross=gross)])
    await take_in(scoring_database, clock, *batch)
    moments = await rows(scoring_database, HISTORY, id=survivor)
    assert len(moments) == len(set(moments)) == 5 + 7
    await check_history(scoring_database, [survivor], now=NOON)


async def test_a_new_day_comes_to_a_survivor_with_all_that_is_known_of_its_members(scoring_database):
    clock = FakeClock(NOON)
    duplicate, survivor = await two(scoring_database, clock)
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    clock.advance(timedelta(days=40))
    refresh = DailyRefresh()
    for _ in range(2):
        async with scoring_database.transaction() as session:
            await refresh(session, clock)
    async with scoring_database.transaction() as session:
        assert not await repository.has_stale_customers(session, today=clock.now().date(), model_version="prior-1")
        (_, stored), *_ = await repository.history(session, survivor, before=None, limit=1)
    assert stored["caused_by"] == {"type": "time"}
    assert written(stored) == written(await read(scoring_database, duplicate, now=clock.now()))
    assert await rows(scoring_database, LISTED) == [survivor]


async def test_a_fit_counts_merged_customers_once(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)

    async def repeats():
        async with scoring_database.transaction() as session:
            return [row[0] for row in await models_repository.purchase_histories(session, until=None, rates={"USD": 1})]

    assert sorted(await repeats()) == [1, 2]
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    assert await repeats() == [4]


async def test_the_response_names_the_customer_whom_it_is_about(client, resources):
    database, clock = resources.database, resources.clock
    duplicate, survivor = await two(database, clock)
    before = clock.now()
    clock.advance(timedelta(minutes=1))
    merged = received(make_merge(duplicate, survivor), aggversion=2)
    await take_in(database, clock, merged)
    answer = await client.get(f"/v1/scores/{duplicate}", params={"after": str(merged.id)})
    assert answer.headers["content-location"] == f"/v1/scores/{survivor}"
    assert answer.json() == (await client.get(f"/v1/scores/{survivor}")).json()
    history = await client.get(f"/v1/scores/{duplicate}/history")
    assert history.headers["content-location"] == f"/v1/scores/{survivor}/history"
    assert history.json()["items"][0]["caused_by"]["event_id"] == str(merged.id)
    listed = (await client.get("/v1/scores")).json()["items"]
    assert [item["customer_id"] for item in listed] == [str(survivor)]
    then = await client.get(f"/v1/scores/{duplicate}", params={"as_of": before.isoformat().replace("+00:00", "Z")})
    assert (then.json()["customer_id"], "content-location" in then.headers) == (str(duplicate), False)


async def test_a_survivor_of_whom_nothing_else_is_known_is_a_customer_who_has_not_bought(scoring_database, clock):
    duplicate, survivor = uuid4(), uuid4()
    await take_in(scoring_database, clock, *as_batch(life(duplicate)))
    await take_in(scoring_database, clock, received(make_merge(duplicate, survivor), aggversion=2))
    assert (await read(scoring_database, survivor))["value"]["current"] != "0.00"
    await take_in(scoring_database, clock, received(make_unmerge(duplicate, survivor), aggversion=3))
    assert (await read(scoring_database, survivor))["value"]["current"] == "0.00"
    with pytest.raises(NoScoreThen):
        await read(scoring_database, survivor, at=NOON - timedelta(days=1))
