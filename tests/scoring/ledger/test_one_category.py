"""A category is one category however it is written, and is shown as it was written."""

import json
from datetime import timedelta
from importlib import import_module
from itertools import permutations
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_scoring.engine.features.features import features
from heed_scoring.engine.money import Money
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold, from_json, to_json
from tests.scoring.factories import NOON, as_batch, make_purchase, received
from tests.scoring.insights.test_baskets import read, shop
from tests.scoring.insights.test_rhythms import breaks, nights, take_in, weeks

SPELLINGS = ("Küche", "Ku\u0308che", "KÜCHE", "kuche\u200b")
CUSTOMER = UUID(int=1)
database_test = pytest.mark.asyncio


def folded(*categories):
    bought = [make_purchase(CUSTOMER, days_ago=ago, categories=(name,)) for ago, name in enumerate(categories)]
    return fold(ledger_rows(received(event))[0] for event in bought)


def test_spellings_of_one_category_count_once():
    facts = folded(*SPELLINGS, "厨房", "厨房\u200b", "Bath")
    assert features(facts, day=NOON.date(), money=Money()).categories == 3
    assert {key: len(days) for key, days in facts.category_days.items()} == {"kuche": 4, "厨房": 2, "bath": 1}


def test_the_name_that_is_shown_depends_on_no_order():
    names = [folded(*order).category_names for order in permutations(SPELLINGS)]
    assert names == [{"kuche": min(SPELLINGS)}] * len(names)
    assert folded("tea", "Tea", "tea").category_names == {"tea": "Tea"}
    assert folded("tea").category_names == {}


def test_a_blank_is_no_category():
    assert folded("", " ", "\u200b").category_days == {}


@database_test
async def test_other_spellings_give_the_same_score(client, scoring_database, clock):
    plain, mixed = uuid4(), uuid4()
    for customer, names in ((plain, ["Küche"] * 4), (mixed, SPELLINGS)):
        events = [make_purchase(customer, days_ago=30 * ago, categories=(name,)) for ago, name in enumerate(names)]
        await take_in(scoring_database, clock, *as_batch(events))
    scores = [(await client.get(f"/v1/scores/{customer}")).json() for customer in (plain, mixed)]
    assert scores[0]["loyalty"]["index"] == scores[1]["loyalty"]["index"]
    rhythms = (await client.get(f"/v1/scores/{mixed}/rhythms")).json()["items"]
    assert [(item["category"], item["purchase_days"]) for item in rhythms] == [(None, 4), (min(SPELLINGS), 4)]


@database_test
async def test_a_break_is_published_once_though_the_category_comes_to_be_written_otherwise(scoring_database):
    clock, customer = FakeClock(NOON), uuid4()
    events = [*weeks(customer, "tea", 9, 8, 7, 6), *weeks(customer, "milk", *range(10))]
    await take_in(scoring_database, clock, *as_batch(events))
    await nights(scoring_database, clock, 1)
    assert await breaks(scoring_database) == [("tea", "life_event_candidate")]
    await take_in(scoring_database, clock, *as_batch(weeks(customer, "TEA", 9)))
    clock.advance(timedelta(days=1))
    await nights(scoring_database, clock, 1)
    assert await breaks(scoring_database) == [("tea", "life_event_candidate")]


@database_test
async def test_the_basket_counts_a_product_once_and_names_it_as_it_was_written(client, scoring_database, clock):
    await shop(scoring_database, clock, ("Kettle", "Cup"), ("kettle", "CUP", "cup"), ("KETTLE\u200b", "cup"))
    report = await read(client)
    assert report["baskets"] == 3
    assert [(rule["together"], rule["support"]) for rule in report["items"]] == [(3, 1.0)] * 2
    assert {rule["given"].casefold() for rule in report["items"]} <= {"kettle", "kettle\u200b", "cup"}


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_scoring", to="0012")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


@database_test
async def test_earlier_facts_are_derived_again_from_the_ledger(before):
    now = folded(*SPELLINGS, "tea", "Tea", " ")
    stored = json.loads(to_json(now)) | {"category_days": {}}
    del stored["category_names"]
    for ago, name in enumerate([*SPELLINGS, "tea", "Tea", ""]):
        stored["category_days"][name] = [NOON.toordinal() - ago]
    rows = [
        {"id": uuid4(), "facts": json.dumps(stored), "breaks": json.dumps({"Tea": 5, "tea": 7, "": 3, "Küche": 1})},
        {"id": uuid4(), "facts": to_json(folded("milk")), "breaks": None},
    ]
    async with before.transaction() as session:
        for row in rows:
            await session.execute(
                text("INSERT INTO customer (customer_id, facts, told_breaks, facts_version, version) "
                     "VALUES (:id, :facts, :breaks, 1, 1)"),
                row,
            )  # fmt: skip
    await migrations.upgrade(before.url.render_as_string(hide_password=False), "heed_scoring")
    async with before.transaction() as session:
        found = {row.customer_id: row for row in await session.execute(text("SELECT * FROM customer_facts"))}
    changed, same = (found[row["id"]] for row in rows)
    assert from_json(changed.facts) == now
    assert json.loads(changed.announced_breaks) == {"tea": 7, "": 3, "kuche": 1}
    assert (same.facts, same.announced_breaks) == (rows[1]["facts"], None)


def test_the_migration_leaves_alone_what_is_in_normal_form_already():
    migration = import_module("heed_scoring.migrations.versions.0016_category_names")
    stored = to_json(folded("tea", "milk"))
    assert migration.with_normal_forms(stored) is stored
    assert migration.by_normal_form(None) is None
