"""The embedded log, where it is more than a broker: its connection, its lock, its retention, its idleness."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.broker.postgres.bus import SAVE_INTERVAL, PostgresBus
from heed_common.broker.protocols import TopicSettings
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from tests.common.broker.brokers import FOR_EVER, behind, message, publish, reading, take, values
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio

TOPIC = "heed.customer"
END_READERS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'reader' AND datname = current_database()
""")


@pytest_asyncio.fixture
async def bus(platform_database):
    bus = PostgresBus(platform_database)
    await bus.apply_topics({TOPIC: TopicSettings(1, FOR_EVER)})
    return bus


@pytest_asyncio.fixture
async def reader(platform_database):
    """Another process, whose connections can be cut."""
    url = platform_database.url.render_as_string(hide_password=False)
    bus = PostgresBus(Database(url, pool_size=4, application_name="reader"))
    yield bus
    await bus.close()


async def cut(database):
    async with database.autocommit() as connection:
        await connection.execute(END_READERS)


async def test_who_loses_the_connection_goes_on_behind_what_the_group_has_committed(bus, reader, platform_database):
    await publish(bus, [message(TOPIC, "ann", str(number)) for number in range(6)])
    async with reading(reader, TOPIC, group="scoring") as subscriber:
        await subscriber.commit(behind(await take(subscriber, 2, max_records=2)))
        await take(subscriber, 2, max_records=2)
        await cut(platform_database)
        assert values(await take(subscriber, 4)) == ["2", "3", "4", "5"]


async def test_who_lost_the_group_cannot_commit_for_it_any_more(bus, reader, platform_database):
    await publish(bus, [message(TOPIC, "ann", str(number)) for number in range(6)])
    async with reading(reader, TOPIC, group="scoring") as first:
        late = await take(first, 2, max_records=2)
        await cut(platform_database)
        async with reading(bus, TOPIC, group="scoring") as second:
            await second.commit(behind(await take(second, 6)))
            await first.commit(behind(late))
            assert await first.poll(max_records=10, wait=0.1) == []
        assert await first.poll(max_records=10, wait=1.0) == []


async def test_positions_are_saved_now_and_then_and_the_last_one_at_the_end(bus, reader):
    await publish(bus, [message(TOPIC, "ann", str(number)) for number in range(40)])
    with recorded_statements(reader._database) as statements:
        started = time.monotonic()
        async with reading(reader, TOPIC, group="scoring") as subscriber:
            for _ in range(40):
                await subscriber.commit(behind(await take(subscriber, 1, max_records=1)))
        seconds = time.monotonic() - started
    saved = sum(statement.startswith("INSERT INTO log_position") for statement in statements)
    assert 1 <= saved <= seconds / SAVE_INTERVAL + 2
    assert await bus.committed_offsets("scoring", [TOPIC]) == {(TOPIC, 0): 40}


async def test_who_dies_before_a_position_was_saved_gets_the_records_again(bus, reader, platform_database):
    await publish(bus, [message(TOPIC, "ann", str(number)) for number in range(4)])
    async with reading(reader, TOPIC, group="scoring") as subscriber:
        await subscriber.commit(behind(await take(subscriber, 1, max_records=1)))
        await subscriber.commit(behind(await take(subscriber, 2, max_records=2)))
        await cut(platform_database)
        again = values(await take(subscriber, 1))
    assert again in (["1", "2", "3"], ["3"]), "by the time that has passed"


async def test_an_unavailable_log_is_an_error_for_the_publisher_and_an_empty_poll_for_the_reader(databases):
    away = PostgresBus(Database(databases.url("nobody_made_this"), pool_size=2))
    receipt = await away.publisher().publish([message(TOPIC, "ann", "1")])
    assert receipt.acknowledged == frozenset()
    assert receipt.error is not None
    await away.close()


async def test_appending_in_opposite_orders_never_deadlocks(bus):
    topics = [f"heed.t{number}" for number in range(6)]
    await bus.apply_topics(dict.fromkeys(topics, TopicSettings(2, FOR_EVER)))
    publisher = bus.publisher()
    claims = [[message(topic, "ann", "1") for topic in order] for order in (topics, topics[::-1]) * 20]
    receipts = await asyncio.gather(*(publisher.publish(claim) for claim in claims))
    assert [receipt.error for receipt in receipts] == [None] * 40


async def test_an_append_that_fails_leaves_nothing_and_takes_no_offset(bus, platform_database):
    publisher = bus.publisher()
    await publish(bus, [message(TOPIC, "ann", "1")])
    async with platform_database.autocommit() as connection:
        await connection.execute(text("ALTER TABLE log_record ADD CHECK (length(value) < 10)"))
    receipt = await publisher.publish([message(TOPIC, "ann", "2"), message(TOPIC, "ann", "3" * 20)])
    assert receipt.acknowledged == frozenset()
    assert receipt.error is not None
    assert (await publisher.publish([message(TOPIC, "ann", "4")])).acknowledged == {0}
    async with reading(bus, TOPIC, group="scoring") as subscriber:
        records = await take(subscriber, 2)
    assert [(record.offset, record.value) for record in records] == [(0, b"1"), (1, b"4")]


async def test_expired_records_are_purged_and_skipped_by_readers(bus, platform_database):
    month = int(timedelta(days=30) / timedelta(milliseconds=1))
    await bus.apply_topics({"heed.scoring": TopicSettings(1, month)})
    await publish(bus, [message(topic, "ann", str(number)) for number in range(3) for topic in (TOPIC, "heed.scoring")])
    clock = FakeClock(datetime.now(UTC))
    for days, left in ((29, 6), (2, 3)):
        clock.advance(timedelta(days=days))
        await bus.housekeeping(clock, Metrics("log")).run_once()
        async with platform_database.transaction() as session:
            assert await session.scalar(text("SELECT count(*) FROM log_record")) == left
    await publish(bus, [message("heed.scoring", "ann", "new")])
    async with reading(bus, TOPIC, "heed.scoring", group="latecomer") as subscriber:
        records = await take(subscriber, 4)
        assert (await subscriber.position()).lag == {(TOPIC, 0): 0, ("heed.scoring", 0): 0}
    assert values(records) == ["0", "1", "2", "new"]


async def test_a_start_leaves_the_retention_that_the_operator_has_set(bus, platform_database):
    settings = {"heed.scoring": TopicSettings(1, 1000)}
    await bus.apply_topics(settings)
    async with platform_database.autocommit() as connection:
        await connection.execute(text("UPDATE log_topic SET retention_ms = -1 WHERE topic = 'heed.scoring'"))
    await bus.apply_topics(settings)
    async with platform_database.transaction() as session:
        retention = await session.scalar(text("SELECT retention_ms FROM log_topic WHERE topic = 'heed.scoring'"))
    assert retention == FOR_EVER


async def test_reading_at_the_end_of_a_purged_topic_finds_nothing_and_waits(bus):
    await bus.apply_topics({"heed.scoring": TopicSettings(1, 0)})
    await publish(bus, [message("heed.scoring", "ann", "old")])
    await bus.housekeeping(FakeClock(datetime.now(UTC) + timedelta(days=1)), Metrics("log")).run_once()
    async with reading(bus, "heed.scoring", group="scoring") as subscriber:
        assert await subscriber.poll(max_records=10, wait=0.1) == []
        assert (await subscriber.position()).lag == {("heed.scoring", 0): 0}


@pytest.mark.slow
@pytest.mark.alone
async def test_an_idle_reader_polls_at_most_four_times_a_second(bus, platform_database):
    count_queries = text("""
        SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'log_partition'
    """)
    async with reading(bus, TOPIC, group="scoring") as subscriber, platform_database.autocommit() as connection:
        await subscriber.poll(max_records=10, wait=1)
        before, begun = (await connection.execute(count_queries)).scalar_one(), time.monotonic()
        await subscriber.poll(max_records=10, wait=3)
        await asyncio.sleep(1.2)
        after, seconds = (await connection.execute(count_queries)).scalar_one(), time.monotonic() - begun
    assert after - before <= 4 * seconds + 2


async def test_a_reader_that_gets_no_connection_waits_for_one(bus, platform_database):
    await publish(bus, [message(TOPIC, "ann", "one")])
    url = platform_database.url.render_as_string(hide_password=False)
    narrow = Database(url, pool_size=2, pool_timeout=0.05)
    subscriber = PostgresBus(narrow).subscriber(group="g", topics=[TOPIC])
    async with narrow.autocommit(), narrow.autocommit():
        await subscriber.start()
        assert await subscriber.poll(max_records=10, wait=0) == []
        await subscriber.commit({(TOPIC, 0): 1})
        assert (await subscriber.position()).lag == {}
    assert len(await subscriber.poll(max_records=10, wait=5)) == 1
    await subscriber.stop()
    await narrow.close()
