"""The daily refresh: the new day, or a new model, reaches every score once; only significant changes are published."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from heed_scoring.engine.money import Money
from heed_scoring.models.fitting import fitting
from heed_scoring.scores import repository, service
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.scoring import outbox
from tests.scoring.factories import NOON, as_batch, make_purchase, received

pytestmark = pytest.mark.asyncio

DAYS = text("SELECT customer_id, scored_on, model_version FROM customer ORDER BY customer_id")
ROWS = text("SELECT facts, facts_version, version, published_numbers FROM customer_facts ORDER BY customer_id")
VERSIONS_OF_FACTS = text("SELECT ctid, xmin FROM customer_facts ORDER BY customer_id")
PAGES = text(
    "SELECT CAST(split_part(trim('()' FROM CAST(ctid AS text)), ',', 1) AS int) FROM customer ORDER BY customer_id"
)
MAKE_STALE = text("UPDATE customer SET scored_on = scored_on - 1")
LOCK = text("SELECT FROM customer WHERE customer_id = :id FOR UPDATE")

CROWD = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, partitionkey, aggversion, payload, staged_at)
    SELECT gen_random_uuid(), 'heed.scoring', 'x', 'heed.score.changed.v1', 'x', n, '{}', now()
    FROM generate_series(1, :size) AS n
""")


async def take_in(database, clock, *batch):
    async with database.transaction() as session:
        return await handlers.process_batch(session, list(batch), clock=clock)


async def shop(database, clock, *, customers=7, days_ago=(60, 30)):
    """So many customers, each with these purchases."""
    ids = sorted(uuid4() for _ in range(customers))
    bought = [make_purchase(customer_id, days_ago=ago) for customer_id in ids for ago in days_ago]
    await take_in(database, clock, *as_batch(bought))
    return ids


async def night(database, clock, *, page=3):
    """Sweeps until there is nothing left to do; answers how many pages that took."""
    refresh, pages = DailyRefresh(page=page), 0
    while True:
        async with database.transaction() as session:
            if not await refresh(session, clock):
                return pages
        pages += 1


async def rows(database, query):
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(query)]


async def crowd(database, size):
    """Exactly so many events wait for the relay."""
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
        await session.execute(CROWD, {"size": size})


async def published(database):
    return await outbox.published(database, ScoreChanged)


async def test_a_new_day_comes_to_everybody_and_then_there_is_nothing_left_to_do(scoring_database):
    clock = FakeClock(NOON)
    ids = await shop(scoring_database, clock)
    assert await night(scoring_database, clock) == 0
    clock.advance(timedelta(days=1))
    assert await night(scoring_database, clock) == 3
    today = (NOON + timedelta(days=1)).date()
    assert await rows(scoring_database, DAYS) == [(customer_id, today, "prior-1") for customer_id in ids]
    assert await night(scoring_database, clock) == 0


async def test_small_changes_are_not_published_and_facts_stay_as_they_are(scoring_database):
    clock = FakeClock(NOON)
    await shop(scoring_database, clock)
    before, messages = await rows(scoring_database, ROWS), len(await published(scoring_database))
    clock.advance(timedelta(days=1))
    await night(scoring_database, clock)
    assert await rows(scoring_database, ROWS) == before
    assert len(await published(scoring_database)) == messages


async def test_a_refresh_without_publications_writes_narrow_rows_only_and_each_on_its_page(scoring_database):
    clock = FakeClock(NOON)
    await shop(scoring_database, clock, customers=150)
    clock.advance(timedelta(days=1))
    await night(scoring_database, clock, page=1000)  # Rows that grew when they were scored first have found their page.
    facts, pages = await rows(scoring_database, VERSIONS_OF_FACTS), await rows(scoring_database, PAGES)
    assert len(set(pages)) > 2
    clock.advance(timedelta(days=1))
    assert await night(scoring_database, clock, page=1000) == 1
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {clock.now().date()}
    assert await rows(scoring_database, VERSIONS_OF_FACTS) == facts
    assert await rows(scoring_database, PAGES) == pages


async def test_customers_who_become_due_after_the_walk_are_found_within_a_minute(scoring_database):
    clock, refresh = FakeClock(NOON), DailyRefresh()
    await shop(scoring_database, clock)

    async def has_worked():
        async with scoring_database.transaction() as session:
            return await refresh(session, clock)

    assert not await has_worked()
    async with scoring_database.transaction() as session:
        await session.execute(MAKE_STALE)
    clock.advance(timedelta(minutes=1))
    assert await has_worked()
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {clock.now().date()}


async def test_after_enough_days_the_refresh_publishes_and_stores_what_a_reader_gets(scoring_database):
    clock = FakeClock(NOON)
    ids = await shop(scoring_database, clock, customers=2)
    clock.advance(timedelta(days=40))
    await night(scoring_database, clock)
    assert len(ids) == 2
    for customer_id, message in zip(ids, (await published(scoring_database))[-2:], strict=True):
        async with scoring_database.transaction() as session:
            document = await service.score_at(session, customer_id=customer_id, at=None, now=clock.now())
            (_, stored), *_ = await repository.history(session, customer_id, before=None, limit=1)
        assert stored == document
        assert message.event.caused_by_type == "time"
        assert message.event.customer_id == customer_id
        assert message.event.churn_risk.probability == Decimal(str(document["churn_risk"]["probability"]))
        assert document["previous"]["churn_risk"] < document["churn_risk"]["probability"]


async def test_small_steps_are_counted_from_the_last_published_score_not_from_yesterday(scoring_database):
    clock = FakeClock(NOON)
    (customer_id,) = await shop(scoring_database, clock, customers=1)
    risks = [message.event.churn_risk.probability for message in await published(scoring_database)][-1:]
    for _ in range(30):
        clock.advance(timedelta(days=1))
        await night(scoring_database, clock)
    risks += [message.event.churn_risk.probability for message in (await published(scoring_database))[2:]]
    assert len(risks) > 3
    async with scoring_database.transaction() as session:
        now = await service.score_at(session, customer_id=customer_id, at=None, now=clock.now())
    assert abs(Decimal(str(now["churn_risk"]["probability"])) - risks[-1]) < Decimal("0.01")


async def test_a_new_model_comes_to_everybody_and_is_named_as_the_cause(scoring_database):
    clock = FakeClock(NOON)
    ids = await shop(scoring_database, clock)
    async with scoring_database.transaction() as session:
        await fitting.sync_currency(session, money=Money("EUR", {"USD": "0.5"}), clock=clock)
    assert await night(scoring_database, clock) == 3
    messages = (await published(scoring_database))[-len(ids) :]
    assert {message.event.caused_by_type for message in messages} == {"heed.model.published.v1"}
    assert {message.event.value.currency for message in messages} == {"EUR"}
    assert len({version for _, _, version in await rows(scoring_database, DAYS)} | {"prior-1"}) == 2


async def test_a_customer_at_work_elsewhere_is_passed_by_and_met_on_the_next_walk(scoring_database):
    clock = FakeClock(NOON)
    ids = await shop(scoring_database, clock)
    clock.advance(timedelta(days=1))
    refresh = DailyRefresh(page=100)
    async with scoring_database.transaction() as busy:
        await busy.execute(LOCK, {"id": ids[3]})
        async with asyncio.timeout(60), scoring_database.transaction() as session:
            assert await refresh(session, clock)
        stale = [row for row in await rows(scoring_database, DAYS) if row[1] == NOON.date()]
        assert stale == [(ids[3], NOON.date(), "prior-1")]
    async with scoring_database.transaction() as session:
        assert await refresh(session, clock)
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {clock.now().date()}


async def test_an_event_that_comes_during_the_daily_refresh_is_not_lost_and_scored_last(scoring_database):
    clock = FakeClock(NOON)
    (customer_id,) = await shop(scoring_database, clock, customers=1)
    clock.advance(timedelta(days=40))
    bought = received(make_purchase(customer_id))
    async with scoring_database.transaction() as session:
        await DailyRefresh()(session, clock)
        late = asyncio.create_task(take_in(scoring_database, clock, bought))
        await asyncio.sleep(0.2)
        assert not late.done()
    await late
    messages = await published(scoring_database)
    assert len(messages) == 4
    versions = [message.aggversion for message in await outbox.published(scoring_database)]
    assert versions == list(range(1, len(versions) + 1))
    assert [message.causation for message in messages][-2:] == [None, bought.id]


async def test_while_more_than_5000_events_wait_in_the_outbox_the_refresh_waits(scoring_database):
    clock = FakeClock(NOON)
    await shop(scoring_database, clock)
    clock.advance(timedelta(days=1))
    await crowd(scoring_database, 5001)
    assert await night(scoring_database, clock) == 0
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {NOON.date()}
    await crowd(scoring_database, 5000)
    assert await night(scoring_database, clock) == 3
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {clock.now().date()}


async def test_two_pages_at_a_time_carry_everybody_over_once(scoring_database):
    clock = FakeClock(NOON)
    ids = await shop(scoring_database, clock, customers=20, days_ago=(89,))
    clock.advance(timedelta(days=200))
    refresh = DailyRefresh(page=3)

    async def walk():
        more = True
        while more:
            async with scoring_database.transaction() as session:
                more = await refresh(session, clock)

    before = len(await published(scoring_database))
    await asyncio.gather(walk(), walk())
    assert {day for _, day, _ in await rows(scoring_database, DAYS)} == {clock.now().date()}
    assert len(await published(scoring_database)) == before + len(ids)
