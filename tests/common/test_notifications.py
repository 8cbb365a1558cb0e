"""A signal wakes the waiters of this and other processes; without it polling continues."""

import asyncio
import time
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.database import Database
from heed_common.notifications import MAX_IDS, NOTIFY_INTERVAL, Notifications, announce_commit
from heed_common.signals import Signal
from tests.common.broker_fixtures import PATIENCE, lock_holders, terminate, things, until
from tests.databases import temporary_cluster

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

STAGED = "heed_staged"
LONG = 60.0
"""Far longer than any of it takes."""
LISTENERS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name")
LISTENING = "listening"


@asynccontextmanager
async def process(database, *, sends=True):
    """A process of its own has its own connections and its own signals."""
    own = Database(
        database.url.render_as_string(hide_password=False), pool_size=4, pool_timeout=30, application_name=LISTENING
    )
    notifications = Notifications(own)
    signal = notifications.signal(STAGED)
    notifications.connect(sends=sends)
    try:
        yield own, signal
    finally:
        await notifications.close()
        await own.close()


async def listeners(database):
    async with database.autocommit() as connection:
        return list((await connection.execute(LISTENERS, {"name": LISTENING})).scalars())


async def all_listen(database, number, *, but_not=frozenset()):
    async with asyncio.timeout(PATIENCE):
        while len(set(await listeners(database)) - set(but_not)) < number:
            await asyncio.sleep(0.01)


async def seconds_of(work):
    begun = time.monotonic()
    await work
    return time.monotonic() - begun


async def test_all_who_wait_are_woken_at_once(things):
    signal = Signal(STAGED)
    waiting = [asyncio.create_task(signal.wait(since=signal.count, seconds=LONG)) for _ in range(5)]
    await asyncio.sleep(0)
    signal.notify()
    assert await seconds_of(asyncio.gather(*waiting)) < LONG / 2


async def test_a_notification_between_polling_and_waiting_is_not_missed(things):
    signal = Signal(STAGED)
    seen = signal.count
    signal.notify()  # After the look for work, before the wait.
    assert await seconds_of(signal.wait(since=seen, seconds=LONG)) < LONG / 2


async def test_a_plain_event_that_is_cleared_before_the_wait_would_miss_it(things):
    event = asyncio.Event()
    event.set()
    event.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(event.wait(), 0.05)


async def test_without_a_notification_the_wait_times_out_so_that_polling_continues(things):
    signal = Signal(STAGED)
    assert 0.04 < await seconds_of(signal.wait(since=signal.count, seconds=0.05)) < LONG


async def test_a_notification_reaches_other_processes(things):
    async with process(things) as (_, here), process(things) as (_, there):
        await all_listen(things, 2)
        for _ in range(3):
            waiting = asyncio.create_task(there.wait(since=there.count, seconds=LONG))
            await asyncio.sleep(0.01)
            here.notify()
            assert await seconds_of(waiting) < LONG / 2


async def test_a_notification_names_its_events_to_other_processes_unless_they_are_too_many(things):
    few, many = [uuid4() for _ in range(MAX_IDS)], [uuid4() for _ in range(MAX_IDS + 1)]
    async with process(things) as (_, here), process(things) as (_, there):
        await all_listen(things, 2)
        await until(lambda: here.count and there.count)
        here.notify_of(few)
        await until(lambda: few[-1] in there.recent)
        assert all(id_ in there.recent for id_ in few)
        seen = there.count
        here.notify_of(many)
        await until(lambda: there.count > seen)
        assert not any(id_ in there.recent for id_ in many)


async def test_every_signal_of_another_process_follows_a_commit_so_jobs_look_for_work(things):
    async with process(things) as (_, here), process(things) as (database, there):
        await all_listen(things, 2)
        await until(lambda: here.count and there.count)
        seen = database.committed.count
        here.notify()
        await until(lambda: database.committed.count > seen)


async def test_a_commit_that_may_leave_work_wakes_the_jobs_of_other_processes_and_a_read_does_not(things):
    async with process(things) as (here, _), process(things) as (there, other):
        await all_listen(things, 2)
        await until(lambda: other.count)
        await asyncio.sleep(0.1)
        seen = there.committed.count
        async with here.transaction(wakes_jobs=False) as session:
            await session.execute(text("SELECT 1"))
        await asyncio.sleep(0.1)
        assert there.committed.count == seen
        async with here.transaction() as session:
            await session.execute(text("SELECT 1"))
        await until(lambda: there.committed.count > seen)


async def test_a_command_wakes_the_jobs_of_a_product_that_sends_nothing_itself(things):
    async with process(things, sends=False) as (database, signal):
        await until(lambda: signal.count)
        seen = database.committed.count
        await announce_commit(things)
        await until(lambda: database.committed.count > seen)


class CountingDriver:
    """A connection that responds at once and counts what it sends."""

    def __init__(self):
        self.sent = []

    def add_termination_listener(self, _):
        """It is never closed."""

    async def add_listener(self, *_):
        """Nothing arrives."""

    def is_closed(self):
        return False

    async def execute(self, _, __, payload):
        self.sent.append(payload)


async def test_a_thousand_notifications_are_sent_at_most_once_in_two_milliseconds(things):
    notifications, driver = Notifications(things), CountingDriver()
    signal = notifications.signal(STAGED)
    notifications._sends = True
    notifications._connect(signal)
    exchanging = asyncio.create_task(notifications._exchange(driver))
    begun = time.monotonic()
    for _ in range(1000):
        signal.notify()
        await asyncio.sleep(0)
    took = time.monotonic() - begun
    await until(lambda: STAGED in driver.sent)
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    sent = driver.sent.count(STAGED)
    assert 1 <= sent <= took / NOTIFY_INTERVAL + 2
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    assert driver.sent.count(STAGED) == sent, "the last signal was sent, and nothing more"
    exchanging.cancel()


async def test_after_its_connection_was_cut_a_process_reconnects_and_everyone_looks_for_what_was_missed(things):
    async with process(things) as (_, here), process(things) as (database, there):
        await all_listen(things, 2)
        await until(lambda: here.count and there.count)
        seen, cut = there.count, await listeners(things)
        for pid in cut:
            await terminate(things, pid)
        await all_listen(things, 2, but_not=cut)
        await until(lambda: there.count > seen)
        async with database.transaction() as session:
            assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
        waiting = asyncio.create_task(there.wait(since=there.count, seconds=LONG))
        await asyncio.sleep(0.01)
        here.notify()
        assert await seconds_of(waiting) < LONG / 2


async def test_a_process_has_one_connection_for_all_signals_of_a_database(things):
    async with process(things) as (database, signal):
        await until(lambda: signal.count)
        assert database.engine.pool.checkedout() == 1


async def test_a_closed_process_leaves_no_listener(things):
    async with process(things):
        await all_listen(things, 1)
    async with asyncio.timeout(PATIENCE):
        while await listeners(things):
            await asyncio.sleep(0.05)
    assert await lock_holders(things) == []


WRITERS = 8
COMMIT_SECONDS = 0.1
A_DISK_THAT_TAKES_ITS_TIME = [
    "ALTER SYSTEM SET commit_siblings = 0",
    f"ALTER SYSTEM SET commit_delay = {COMMIT_SECONDS * 1_000_000:.0f}",
    "SELECT pg_reload_conf()",
    "CREATE TABLE written (number int)",
]


async def commit(database, *, notify):
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL synchronous_commit = on"))
        await session.execute(text("INSERT INTO written VALUES (1)"))
        if notify:
            await session.execute(text("NOTIFY naive"))


@pytest.mark.slow
@pytest.mark.alone
async def test_inside_the_write_transaction_a_notification_would_make_the_writers_queue():
    """Commits share one wait for the disk, but each one that notifies holds a lock over the whole database."""
    with temporary_cluster(durable=True) as cluster:
        database = Database(cluster.url("postgres"))
        async with database.autocommit() as operator:
            for statement in A_DISK_THAT_TAKES_ITS_TIME:
                await operator.execute(text(statement))
        await asyncio.gather(*(commit(database, notify=False) for _ in range(WRITERS)))
        together = await seconds_of(asyncio.gather(*(commit(database, notify=False) for _ in range(WRITERS))))
        in_a_queue = await seconds_of(asyncio.gather(*(commit(database, notify=True) for _ in range(WRITERS))))
        await database.close()
    assert in_a_queue >= WRITERS * COMMIT_SECONDS
    assert together < in_a_queue


async def test_what_only_the_driver_knows_as_an_error_ends_no_exchange(platform_database, caplog, monkeypatch):
    monkeypatch.setattr("heed_common.notifications.CHANNEL", "")  # PostgreSQL knows no channel without a name.
    monkeypatch.setattr("heed_common.notifications.RECONNECT_AFTER", 0.05)
    notifications = Notifications(platform_database)
    notifications.connect(sends=True)
    async with asyncio.timeout(PATIENCE):
        while (interrupted := caplog.text.count("notifications interrupted")) < 2:
            await asyncio.sleep(0.05)
    await notifications.close()
    assert interrupted >= 2
