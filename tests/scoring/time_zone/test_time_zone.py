"""The time zone of all scores: agreed at the first start, and changed by a rebuild only."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.memory import MemoryBus
from heed_common.database import Database
from heed_scoring.rebuild import report
from heed_scoring.scores.daily_refresh import DailyRefresh
from heed_scoring.settings import Settings
from heed_scoring.time_zone.errors import TimeZoneDiffers
from heed_scoring.time_zone.service import sync_default_time_zone
from heed_scoring.worker import create_worker
from tests.common.broker.brokers import publish
from tests.scoring.factories import NOON, make_purchase
from tests.scoring.replays import open_shop, random_life

pytestmark = pytest.mark.asyncio

CUSTOMER = UUID(int=1)
EVENING = datetime(2026, 1, 16, 0, 30, tzinfo=UTC)
"""The evening of the day before in New York."""
AGREED = "SELECT time_zone FROM champion"
DAYS = "SELECT day FROM ledger WHERE customer_id = :id ORDER BY recorded_at"
STATES = """
    SELECT customer_id, CAST(facts AS jsonb), facts_version, scored_on, value_amount, potential, loyalty, probability,
           value_at_risk, survivor_id
    FROM customer JOIN customer_facts USING (customer_id) ORDER BY customer_id
"""
IGNORED_EVENT = """
    INSERT INTO ledger (event_id, place, type, kind, known_at, units, gross, margin)
    VALUES (:id, 0, 'x', 'noted', :at, 0, 0, 0)
"""
HOLDOUT = """
    INSERT INTO holdout (id, name, share, seed, horizon_days, created_at) VALUES (:id, 'mail', 0.1, 'x', 90, :at)
"""
ASSIGNMENT = """
    INSERT INTO holdout_assignment (holdout_id, customer_id, arm, assigned_at, assigned_on)
    VALUES (:id, :id, 'holdout', :at, :day)
"""


@pytest_asyncio.fixture
async def shop(scoring_database, clock):
    return await open_shop(scoring_database, clock)


async def agree(database, zone):
    async with database.transaction() as session:
        await sync_default_time_zone(session, time_zone=zone)


async def refresh(shop):
    walk = DailyRefresh()
    while True:
        async with shop.database.transaction() as session:
            if not await walk(session, shop.clock):
                return


async def test_the_first_start_agrees_and_another_value_is_refused(shop):
    await agree(shop.database, "America/New_York")
    await agree(shop.database, "America/New_York")
    with pytest.raises(TimeZoneDiffers) as refused:
        await agree(shop.database, "Asia/Shanghai")
    assert "HEED_TIME_ZONE=America/New_York" in str(refused.value)
    assert "replay scoring --swap --time-zone Asia/Shanghai" in str(refused.value)
    assert await shop.rows(AGREED) == [("America/New_York",)]


async def test_a_worker_with_another_zone_does_not_start(shop, resources):
    await agree(shop.database, "UTC")
    url = shop.database.url.render_as_string(hide_password=False)
    worker = create_worker(Settings(database_url=url, time_zone="Asia/Tokyo"), resources, MemoryBus())
    with pytest.raises(TimeZoneDiffers):
        await worker.run()


async def test_a_ledger_from_before_the_first_start_holds_utc_days(shop):
    await shop.deliver(make_purchase(CUSTOMER, occurred_at=EVENING))
    with pytest.raises(TimeZoneDiffers):
        await agree(shop.database, "America/New_York")
    await agree(shop.database, "UTC")


@pytest.mark.parametrize("has_events", [True, False])
async def test_a_database_with_events_is_utc_after_the_upgrade_and_an_empty_one_agrees(databases, has_events):
    name = await databases.empty()
    url = databases.url(name)
    await migrations.upgrade(url, "heed_scoring", to="0012")
    database = Database(url, pool_size=2)
    if has_events:
        async with database.transaction() as session:
            await session.execute(text(IGNORED_EVENT), {"id": uuid4(), "at": NOON})
    await migrations.upgrade(url, "heed_scoring")
    async with database.transaction() as session:
        assert (await session.execute(text(AGREED))).scalar_one() == ("UTC" if has_events else None)
    await migrations.downgrade(url, "heed_scoring", to="0012")
    await database.close()
    await databases.drop(name)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
async def test_the_command_changes_the_zone_and_the_rebuilt_state_is_a_fresh_computation(shop, zone):
    messages = random_life(events=150, seed=11)
    await agree(shop.database, "UTC")
    await publish(shop.bus, messages)
    await shop.take_in()
    replayed = await shop.replay(swap=True, time_zone=zone)
    assert replayed.is_swapped
    assert f"set HEED_TIME_ZONE={zone}" in report.text(replayed, seconds=1)
    await agree(shop.database, zone)
    await refresh(shop)
    rebuilt = await shop.rows(STATES)
    assert len(rebuilt) > 10
    again = await shop.replay()
    assert again.identical, report.text(again, seconds=1)

    # A fresh service that never knew another zone.
    await shop.do("TRUNCATE ledger, customer, customer_facts, alias, history")
    shop.bus.committed.clear()
    await shop.take_in()
    await refresh(shop)
    assert await shop.rows(STATES) == rebuilt


async def test_the_changed_zone_moves_purchase_days_and_published_numbers(shop):
    await agree(shop.database, "UTC")
    await shop.deliver(make_purchase(CUSTOMER, occurred_at=EVENING - timedelta(hours=1)))
    await shop.deliver(make_purchase(CUSTOMER, occurred_at=EVENING))
    stage = "SELECT CAST(published_numbers AS json) #>> '{lifecycle,stage}' FROM customer_facts"
    assert await shop.rows(stage) == [("formation",)]
    await shop.replay(swap=True, time_zone="America/New_York")
    assert await shop.rows(DAYS, id=CUSTOMER) == [(date(2026, 1, 15),)] * 2
    await refresh(shop)
    assert await shop.rows(stage) == [("exploration",)]


async def test_events_and_fits_wait_during_the_change_and_get_the_new_day(shop):
    await agree(shop.database, "UTC")
    await shop.deliver(make_purchase(CUSTOMER, occurred_at=EVENING))
    late = []

    async def bring():
        await shop.publish(make_purchase(CUSTOMER, occurred_at=EVENING))
        late.append(asyncio.create_task(shop.take_in()))
        await asyncio.sleep(0.1)
        assert not late[0].done()
        assert await shop.rows("SELECT pg_try_advisory_xact_lock(:key)", key=AdvisoryLock.FIT) == [(False,)]

    shop.bus.happens = bring
    await shop.replay(swap=True, time_zone="America/New_York")
    await late[0]
    assert await shop.rows(DAYS, id=CUSTOMER) == [(date(2026, 1, 15),)] * 2
    assert await shop.rows("SELECT pg_try_advisory_xact_lock(:key)", key=AdvisoryLock.FIT) == [(True,)]


async def test_without_swap_the_zone_is_only_compared(shop):
    await agree(shop.database, "UTC")
    await shop.deliver(make_purchase(CUSTOMER, occurred_at=EVENING))
    replayed = await shop.replay(time_zone="America/New_York")
    assert (replayed.identical, replayed.is_swapped) == (False, False)
    assert await shop.rows(AGREED) == [("UTC",)]
    assert await shop.rows(DAYS, id=CUSTOMER) == [(date(2026, 1, 16),)]


async def test_an_announced_break_is_not_announced_again_because_its_purchase_is_another_day(shop):
    await agree(shop.database, "America/New_York")
    announced = {"": date(2026, 1, 15).toordinal()}
    bought = [make_purchase(CUSTOMER, occurred_at=EVENING - timedelta(days=ago)) for ago in (9, 6, 3, 0)]
    await shop.deliver(*bought)
    shop.clock.advance(timedelta(days=1))
    await refresh(shop)
    assert await shop.rows("SELECT CAST(announced_breaks AS jsonb) FROM customer_facts") == [(announced,)]
    await shop.replay(swap=True, time_zone="Asia/Shanghai")
    await refresh(shop)
    assert await shop.rows(DAYS, id=CUSTOMER) == [((EVENING - timedelta(days=ago)).date(),) for ago in (9, 6, 3, 0)]
    assert await shop.rows("SELECT count(*) FROM outbox WHERE type = 'heed.rhythm.broken.v1'") == [(1,)]


async def test_days_without_events_move_too(shop):
    await agree(shop.database, "UTC")
    await shop.do(HOLDOUT, id=CUSTOMER, at=EVENING)
    await shop.do(ASSIGNMENT, id=CUSTOMER, at=EVENING, day=EVENING.date())
    await shop.replay(swap=True, time_zone="America/New_York")
    assert await shop.rows("SELECT assigned_on FROM holdout_assignment") == [(date(2026, 1, 15),)]
