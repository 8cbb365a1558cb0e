"""All of scoring can be rebuilt from the topics: the same state, or a report of who differs and how."""

import asyncio
import re
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from heed_common import dead_letters, migrations
from heed_common.broker.protocols import Message, Record
from heed_common.dead_letters import DeadLetter
from heed_scoring.ledger.facts import Facts, to_json
from heed_scoring.rebuild import report
from heed_scoring.rebuild.errors import MissingFromTopics, ReplayRunning
from heed_scoring.rebuild.state_hash import StateHash
from heed_scoring.scores import service
from heed_scoring.scores.daily_refresh import DailyRefresh
from heed_scoring.worker import GROUP
from tests.common.broker.brokers import publish
from tests.examples import seeds
from tests.scoring.factories import (
    NOON,
    make_complaint,
    make_merge,
    make_purchase,
    make_registration,
    make_response,
    make_return,
    make_unmerge,
)
from tests.scoring.replays import open_shop, random_life

pytestmark = pytest.mark.asyncio

ANN, BOB, CAT = UUID(int=1), UUID(int=2), UUID(int=3)
TABLES = """
    SELECT namespace.nspname, class.relname FROM pg_class AS class
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'i') AND namespace.nspname IN ('public', 'rebuild') ORDER BY 1, 2
"""
STATES = """
    SELECT customer_id, CAST(facts AS jsonb), facts_version, recorded_at, version, value_amount, potential, loyalty,
           probability, value_at_risk, published_numbers, survivor_id, announced_breaks, published_value_at_risk
    FROM customer JOIN customer_facts USING (customer_id) ORDER BY customer_id
"""
NUMBERS = """
    SELECT version, CAST(published_numbers AS jsonb) -> 'churn_risk' -> 'probability'
    FROM customer_facts WHERE customer_id = :id
"""
FORGE = "UPDATE customer_facts SET facts = :facts WHERE customer_id = :id"
FACTS = "SELECT CAST(facts AS jsonb) FROM customer_facts WHERE customer_id = :id"


@pytest_asyncio.fixture
async def shop(scoring_database, clock):
    return await open_shop(scoring_database, clock)


@pytest_asyncio.fixture
async def busy_shop(shop):
    """Three customers with a life, two of whom are one."""
    bought = make_purchase(ANN, days_ago=40)
    await shop.deliver(
        *map(make_registration, (ANN, BOB, CAT)), bought, make_return(bought), make_purchase(ANN, days_ago=3),
        make_purchase(BOB, days_ago=10), make_complaint(BOB), make_response(CAT, level=2), make_purchase(CAT),
    )  # fmt: skip
    await shop.deliver((make_merge(ANN, BOB), 2))
    return shop


async def risk_of(shop, customer_id, *, at=None):
    async with shop.database.transaction() as session:
        score = await service.score_at(session, customer_id=customer_id, at=at, now=shop.clock.now())
    return score["churn_risk"]["probability"], score["value"]["amount"]


def named(replayed):
    return dict(replayed.comparison.first)


@pytest.mark.parametrize("seed", seeds(3, quick=1))
async def test_whatever_happened_in_whatever_order_and_however_often_the_rebuilt_state_is_the_same(shop, seed):
    await publish(shop.bus, random_life(events=250, seed=seed))
    await shop.take_in()
    replayed = await shop.replay()
    assert replayed.identical, report.text(replayed, seconds=0)
    assert replayed.comparison.in_use == replayed.comparison.rebuilt
    assert replayed.comparison.customers > 20
    assert replayed.read.events == len(await shop.rows("SELECT DISTINCT event_id FROM ledger"))
    assert replayed.read.records > replayed.read.events
    assert len(await shop.rows("SELECT customer_id FROM customer WHERE survivor_id IS NOT NULL")) > 5


async def test_a_rebuilt_service_is_the_service_it_was(shop):
    everything = (
        "SELECT * FROM ledger ORDER BY event_id, part",
        "SELECT * FROM alias ORDER BY member, version",
        STATES,
        "SELECT * FROM history ORDER BY customer_id, recorded_at",
    )
    await publish(shop.bus, random_life(events=150, seed=7))
    await shop.take_in()
    before = [await shop.rows(query) for query in everything]
    assert (await shop.replay(swap=True)).is_swapped
    assert [await shop.rows(query) for query in everything] == before
    assert (await shop.replay()).identical


async def test_a_replay_leaves_nothing_behind_and_an_exchange_the_tables_under_their_old_names(
    busy_shop, scoring_database
):
    tables = await busy_shop.rows(TABLES)
    await busy_shop.replay()
    assert await busy_shop.rows(TABLES) == tables
    await busy_shop.replay(swap=True)
    assert await busy_shop.rows(TABLES) == tables
    await migrations.check(scoring_database.url.render_as_string(hide_password=False), "heed_scoring")
    await busy_shop.replay(swap=True)
    assert await busy_shop.rows(TABLES) == tables


async def test_facts_changed_by_hand_are_reported_and_a_swap_repairs_them(busy_shop):
    right, before = await risk_of(busy_shop, CAT), await busy_shop.rows(FACTS, id=CAT)
    forged = to_json(Facts(rows=3, hand_overs=4))
    await busy_shop.do(FORGE, facts=forged, id=CAT)
    replayed = await busy_shop.replay()
    assert named(replayed) == {CAT: ["facts", "scores"]}
    assert replayed.comparison.in_use != replayed.comparison.rebuilt
    assert f"{CAT} facts, scores" in report.text(replayed, seconds=0)
    assert await risk_of(busy_shop, CAT) != right
    assert (await busy_shop.replay(swap=True)).is_swapped
    assert await risk_of(busy_shop, CAT) == right
    assert await busy_shop.rows(FACTS, id=CAT) == before
    assert (await busy_shop.replay()).identical


@pytest.mark.parametrize("facts", ["", "no facts", "[]", '{"moods": 3}', '{"purchases": {"yesterday": 3}}'])
async def test_facts_that_cannot_be_read_are_named_too(busy_shop, facts):
    await busy_shop.do(
        "UPDATE customer_facts SET facts = :facts WHERE customer_id IN (:bob, :cat)", facts=facts, bob=BOB, cat=CAT
    )
    replayed = await busy_shop.replay()
    assert named(replayed).keys() == {BOB, CAT}
    assert "scores" in named(replayed)[CAT]
    await busy_shop.replay(swap=True)
    assert (await busy_shop.replay()).identical


@pytest.mark.parametrize(
    ("statement", "parts"),
    [
        ("UPDATE customer SET value_at_risk = value_at_risk + 1 WHERE customer_id = :id", ["lists"]),
        ("UPDATE customer SET scored_on = NULL, probability = NULL WHERE customer_id = :id", ["lists"]),
        ("DELETE FROM alias WHERE :id = :id", ["aliases"]),
        ("UPDATE customer SET survivor_id = NULL WHERE customer_id = :id", ["aliases", "scores"]),
        ("DELETE FROM customer WHERE customer_id = :id", ["customer"]),
        ("DELETE FROM customer_facts WHERE customer_id = :id", ["customer"]),
    ],
)
async def test_any_other_change_by_hand_is_reported_and_repaired(busy_shop, statement, parts):
    lists = "SELECT customer_id, value_at_risk, survivor_id FROM customer ORDER BY customer_id"
    before = await busy_shop.rows(lists)
    await busy_shop.do(statement.replace(":id", f"CAST('{BOB}' AS uuid)"))
    replayed = await busy_shop.replay()
    assert {part for found in named(replayed).values() for part in found} >= set(parts)
    assert replayed.ledger.total == 0
    await busy_shop.replay(swap=True)
    await refresh(busy_shop)
    assert await busy_shop.rows(lists) == before
    assert (await busy_shop.replay()).identical


async def refresh(shop):
    swept = DailyRefresh()
    more = True
    while more:
        async with shop.database.transaction() as session:
            more = await swept(session, shop.clock)


async def test_an_event_that_the_ledger_lost_is_named_and_known_again_from_the_exchange_on(busy_shop):
    clock = busy_shop.clock
    right = await risk_of(busy_shop, CAT)
    (lost,) = await busy_shop.rows("SELECT event_id FROM ledger WHERE kind = 'response'")
    await busy_shop.do("DELETE FROM ledger WHERE event_id = :id", id=lost[0])
    replayed = await busy_shop.replay()
    assert not replayed.identical
    assert (replayed.read.lost, replayed.comparison.differing, replayed.ledger.total) == (1, 0, 1)
    assert f"event {lost[0]} of customer {CAT}" in report.text(replayed, seconds=0)
    clock.advance(timedelta(minutes=5))
    silent = await risk_of(busy_shop, CAT, at=clock.now())
    assert silent != right
    clock.advance(timedelta(minutes=5))
    await busy_shop.replay(swap=True)
    assert await risk_of(busy_shop, CAT) == right
    assert await risk_of(busy_shop, CAT, at=clock.now() - timedelta(minutes=5)) == silent
    assert await risk_of(busy_shop, CAT, at=clock.now() + timedelta(0)) == silent, "nobody knew it at that moment"
    clock.advance(timedelta(seconds=1))
    assert await risk_of(busy_shop, CAT, at=clock.now()) == right
    assert (await busy_shop.replay()).identical
    await busy_shop.deliver(make_purchase(CAT))
    moments = [at for (at,) in await busy_shop.rows("SELECT recorded_at FROM ledger WHERE customer_id = :id", id=CAT)]
    assert len(set(moments)) == len(moments)


async def test_a_merge_that_was_lost_with_everything_that_followed_from_it_is_found_again(busy_shop):
    before = await risk_of(busy_shop, ANN)
    for statement in (
        "DELETE FROM ledger WHERE kind = 'alias'", "DELETE FROM alias",
        "UPDATE customer SET survivor_id = NULL WHERE survivor_id IS NOT NULL",
    ):  # fmt: skip
        await busy_shop.do(statement)
    assert named(await busy_shop.replay()).keys() == {ANN, BOB}
    await busy_shop.replay(swap=True)
    await refresh(busy_shop)
    assert await risk_of(busy_shop, ANN) == await risk_of(busy_shop, BOB) == before
    assert (await busy_shop.replay()).identical
    await busy_shop.deliver((make_unmerge(ANN, BOB), 3))
    assert (await busy_shop.replay()).identical


async def test_an_amount_changed_by_hand_in_the_ledger_is_reported(busy_shop):
    await busy_shop.do("UPDATE ledger SET gross = gross + 1 WHERE kind = 'return'")
    replayed = await busy_shop.replay()
    assert [row.customer_id for row in replayed.ledger.first] == [ANN]
    assert not replayed.identical
    await busy_shop.replay(swap=True)
    assert (await busy_shop.replay()).identical


async def test_scores_that_a_swap_repairs_are_published_by_the_next_daily_refresh(busy_shop):
    count_published = "SELECT count(*) FROM outbox WHERE type LIKE 'heed.score.changed%' AND aggregateid = :id"
    (lost,) = await busy_shop.rows("SELECT event_id FROM ledger WHERE kind = 'complaint'")
    before, right = await busy_shop.rows(count_published, id=str(BOB)), await busy_shop.rows(NUMBERS, id=BOB)
    await busy_shop.do("DELETE FROM ledger WHERE event_id = :id", id=lost[0])
    await busy_shop.do(FORGE, facts="{}", id=BOB)
    await busy_shop.deliver(make_purchase(BOB, days_ago=50, gross="1"))
    await busy_shop.replay(swap=True)
    await refresh(busy_shop)
    (after,) = await busy_shop.rows(count_published, id=str(BOB))
    assert after[0] >= before[0][0] + 2
    ((version, risk),) = await busy_shop.rows(NUMBERS, id=BOB)
    assert version > right[0][0]
    assert Decimal(str(risk)) == Decimal(str((await risk_of(busy_shop, BOB))[0]))


async def test_events_that_come_in_while_it_replays_count_on_both_sides_or_on_none(busy_shop):
    async def happens():
        await busy_shop.deliver(make_purchase(CAT, gross="77"), make_complaint(ANN), make_registration(uuid4()))

    busy_shop.bus.happens = happens
    replayed = await busy_shop.replay()
    assert replayed.identical
    assert replayed.read.lost == 0
    assert (await busy_shop.replay()).comparison.customers == replayed.comparison.customers + 1


async def test_nothing_that_comes_in_while_it_replays_is_lost_by_the_exchange(busy_shop):
    async def happens():
        await busy_shop.deliver(make_purchase(CAT, gross="77"), make_registration(new))
        await busy_shop.deliver((make_unmerge(ANN, BOB), 3), (make_merge(CAT, BOB), 2), (make_merge(BOB, new), 2))

    new = uuid4()
    busy_shop.bus.happens = happens
    assert (await busy_shop.replay(swap=True)).identical
    roots = await busy_shop.rows("SELECT customer_id FROM customer WHERE survivor_id = :root ORDER BY 1", root=new)
    assert roots == [(BOB,), (CAT,), (new,)]
    replayed = await busy_shop.replay()
    assert replayed.identical
    assert replayed.comparison.customers == 4


async def test_what_the_worker_has_still_before_it_is_not_lost_and_not_taken_from_it(busy_shop):
    (complaint,) = await busy_shop.publish(make_complaint(CAT))
    replayed = await busy_shop.replay(swap=True)
    assert (replayed.identical, replayed.read.waiting, replayed.read.lost) == (True, 1, 0)
    assert await busy_shop.rows("SELECT 1 FROM ledger WHERE event_id = :id", id=complaint) == []
    before = await risk_of(busy_shop, CAT)
    await busy_shop.take_in()
    assert await risk_of(busy_shop, CAT) > before
    ((causes,),) = await busy_shop.rows(
        "SELECT count(*) FROM history WHERE customer_id = :id AND document LIKE :cause", id=CAT, cause=f"%{complaint}%"
    )
    assert causes == 1


async def test_dead_letters_stay_out(busy_shop):
    (dead,) = await busy_shop.publish(make_purchase(CAT, gross="9999"))
    async with busy_shop.database.transaction() as session:
        letter = DeadLetter(Record("heed.customer", 0, 0, None, b"?"), "IntegrityError", dead)
        await dead_letters.store(session, [letter], group=GROUP, now=NOON)
    for (topic, partition), log in busy_shop.bus.records.items():
        busy_shop.bus.committed[GROUP][topic, partition] = len(log)
    await publish(busy_shop.bus, [Message("heed.survey", b"?", b"no event")])
    replayed = await busy_shop.replay()
    assert replayed.identical
    assert (replayed.read.dead, replayed.read.unreadables) == (1, 1)
    assert re.search(r"heed.survey/\d/\d+: broken envelope", report.text(replayed, seconds=0))


async def test_an_exchange_that_would_forget_events_is_refused_and_changes_nothing(busy_shop):
    await busy_shop.do("UPDATE ledger SET event_id = :forged WHERE kind = 'response'", forged=CAT)
    ledger = "SELECT * FROM ledger ORDER BY event_id, part"
    before, tables = await busy_shop.rows(ledger), await busy_shop.rows(TABLES)
    with pytest.raises(MissingFromTopics, match=str(CAT)):
        await busy_shop.replay(swap=True)
    assert (await busy_shop.rows(ledger), await busy_shop.rows(TABLES)) == (before, tables)
    assert "1 events of the ledger in use are missing from the topics" in report.text(
        await busy_shop.replay(), seconds=0
    )


async def test_two_replays_at_a_time_are_refused_and_a_later_one_is_not(busy_shop):
    async def happens():
        with pytest.raises(ReplayRunning):
            await busy_shop.replay()

    busy_shop.bus.happens = happens
    assert (await busy_shop.replay()).identical
    assert (await busy_shop.replay()).identical


async def test_who_held_a_connection_before_the_exchange_goes_on_after_it(busy_shop):
    """Prepared statements and cached plans of other processes know the tables that were."""
    await asyncio.gather(*(risk_of(busy_shop, customer_id) for customer_id in (ANN, BOB, CAT)))
    await busy_shop.replay(swap=True)
    before = await risk_of(busy_shop, CAT)
    await busy_shop.deliver(make_complaint(CAT))
    assert (await risk_of(busy_shop, CAT))[0] > before[0]
    assert (await busy_shop.replay()).identical


async def test_the_hash_does_not_see_the_order_of_keys_and_sees_everything_else():
    def hashed(*lines):
        found = StateHash()
        for customer_id, parts in lines:
            found.add(customer_id, parts)
        return found.hexdigest()

    one = hashed((ANN, {"facts": {"a": 1, "b": {"c": 2, "d": 3}}}))
    assert one == hashed((ANN, {"facts": {"b": {"d": 3, "c": 2}, "a": 1}}))
    assert one != hashed((BOB, {"facts": {"a": 1, "b": {"c": 2, "d": 3}}}))
    assert one != hashed((ANN, {"facts": {"a": 1, "b": {"c": 3, "d": 2}}}))
    assert hashed((ANN, {}), (BOB, {})) != hashed((ANN, {}))
