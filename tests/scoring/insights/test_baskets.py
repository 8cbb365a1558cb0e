"""Who bought this also bought that, from the ledger."""

from itertools import permutations
from uuid import uuid4

import pytest

from heed_scoring import handlers
from heed_scoring.insights.baskets import service
from tests.scoring.factories import NOON, as_batch, make_purchase, make_return

pytestmark = pytest.mark.asyncio


async def shop(database, clock, *baskets, days_ago=1, level="products"):
    """One purchase of each basket, each by another customer."""
    events = [make_purchase(uuid4(), days_ago=days_ago, **{level: tuple(basket)}) for basket in baskets]
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)
    return events


async def read(client, **query):
    answer = await client.get("/v1/portfolio/basket", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_rules_are_those_that_one_counts_by_hand(client, scoring_database, clock):
    baskets = [("tea", "cup"), ("tea", "cup", "milk"), ("tea",), ("milk",), ("milk", "bread")]
    await shop(scoring_database, clock, *baskets)
    report = await read(client)
    assert (report["baskets"], report["least_together"], report["cut"]) == (5, 2, False)
    assert report["items"] == [
        {"given": "tea", "then": "cup", "together": 2, "support": 0.4, "confidence": 0.666667, "lift": 1.666667},
        {"given": "cup", "then": "tea", "together": 2, "support": 0.4, "confidence": 1.0, "lift": 1.666667},
    ]


async def test_categories_are_counted_for_themselves(client, scoring_database, clock):
    await shop(scoring_database, clock, *[("drinks", "china")] * 3, level="categories")
    report = await read(client, level="category")
    assert {(rule["given"], rule["then"]) for rule in report["items"]} == {("drinks", "china"), ("china", "drinks")}
    assert (await read(client))["baskets"] == 0


async def test_only_the_days_of_the_query_count_today_included(client, scoring_database, clock):
    await shop(scoring_database, clock, ("tea", "cup"), ("tea", "cup"), days_ago=30)
    assert (await read(client, days=30))["baskets"] == 0
    assert (await read(client, days=31))["baskets"] == 2
    await shop(scoring_database, clock, ("tea", "cup"), days_ago=0)
    report = await read(client, days=1)
    assert (report["baskets"], report["since"], report["until"]) == (1, "2026-03-02", "2026-03-02")


async def test_what_came_back_lay_together_all_the_same(client, scoring_database, clock):
    bought = await shop(scoring_database, clock, ("tea", "cup"), ("tea", "cup"))
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, as_batch([make_return(bought[0])]), clock=clock)
    assert (await read(client))["items"][0]["together"] == 2


async def test_a_rare_pair_is_left_out_by_the_required_support(client, scoring_database, clock):
    await shop(scoring_database, clock, *[("tea", "cup")] * 2, *[("milk", "bread")] * 8)
    rules = (await read(client, least_support=0.5))["items"]
    assert {rule["given"] for rule in rules} == {"milk", "bread"}
    assert len((await read(client, least_support=0, limit=3))["items"]) == 3


async def test_the_newest_purchases_are_looked_at_when_there_are_too_many(scoring_database, clock):
    await shop(scoring_database, clock, *[("old", "older")] * 4, days_ago=9)
    await shop(scoring_database, clock, *[("new", "newer")] * 4, days_ago=1)
    async with scoring_database.transaction() as session:
        report = await service.get_basket(
            session, level="products", days=30, least_support=0, limit=9, today=NOON.date(), max_baskets=4
        )
    assert (report.baskets, report.cut) == (4, True)
    assert {(rule.given, rule.then) for rule in report.items} == set(permutations(("new", "newer")))


async def test_a_wrong_question_is_refused(client):
    for query in ({"level": "shop"}, {"days": 0}, {"least_support": 2}, {"least_support": "nan"}, {"limit": 201}):
        answer = await client.get("/v1/portfolio/basket", params=query)
        assert answer.status_code == 422
