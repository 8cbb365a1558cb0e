"""A signal wakes the waiters of this and other processes; without it polling continues."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from heed_common.database import Database
from heed_common.notifications import NOTIFY_INTERVAL, Signal
from tests.common.broker_fixtures import PATIENCE, lock_holders, terminate, things, until
from tests.databases import temporary_cluster

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

CHANNEL = "heed_staged"
LONG = 60.0
"""Far longer than any of it takes."""
LISTENERS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")


@asynccontextmanager
async def process(database):
    """A process of its own has its own connections and its own signal."""
    own = Database(database.url.render_as_string(hide_password=False), pool_size=4)
    signal = Signal(own, CHANNEL)
    signal.connect()
    try:
        yield signal
    finally:
        await signal.close()
        await own.close()


async def listeners(database):
    async with database.autocommit() as connection:
        return list((await connection.execute(LISTENERS)).scalars())


async def all_listen(database, number, *, but_not=frozenset()):
    async with asyncio.timeout(PATIENCE):
        while len(set(await listeners(database)) - set(but_not)) < number:
            await asyncio.sleep(0.01)


async def seconds_of(work):
    begun = time.monotonic()
    await work
    return time.monotonic() - begun


async def test_all_who_wait_are_woken_at_once(things):
    signal = Signal(things, CHANNEL)
    waiting = [asyncio.create_task(signal.wait(since=signal.count, seconds=LONG)) for _ in range(5)]
    await asyncio.sleep(0)
    signal.notify()
    assert await seconds_of(asyncio.gather(*waiting)) < LONG / 2


async def test_a_notification_between_polling_and_waiting_is_not_missed(things):
    signal = Signal(things, CHANNEL)
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
    signal = Signal(things, CHANNEL)
    assert 0.04 < await seconds_of(signal.wait(since=signal.count, seconds=0.05)) < LONG


async def test_a_notification_reaches_other_processes(things):
    async with process(things) as here, process(things) as there:
        await all_listen(things, 2)
        for _ in range(3):
            waiting = asyncio.create_task(there.wait(since=there.count, seconds=LONG))
            await asyncio.sleep(0.01)
            here.notify()
            assert await seconds_of(waiting) < LONG / 2


class Counting:
    """A database, its connection and its driver in one: it responds at once and counts its notifications."""

    notified, _transaction = 0, "open"

    def __init__(self):
        self._execute_mutex = asyncio.Lock()
        self.dbapi_connection = self.driver_connection = self

    @asynccontextmanager
    async def autocommit(self):
        yield self

    async def get_raw_connection(self):
        return self

    async def fetch(self, *_):
        self.notified += 1
        return []

    async def invalidate(self):
        """Nothing to throw away."""


async def test_a_thousand_notifications_are_sent_at_most_once_in_two_milliseconds():
    database = Counting()
    signal = Signal(database, CHANNEL)
    signal.connect()
    begun = time.monotonic()
    for _ in range(1000):
        signal.notify()
        await asyncio.sleep(0)
    took = time.monotonic() - begun
    assert 1 <= database.notified <= took / NOTIFY_INTERVAL + 1
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    notified = database.notified
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    assert database.notified == notified, "the last signal was notified, and nothing more"
    await signal.close()


async def test_a_signal_reconnects_after_its_connection_was_cut(things):
    async with process(things) as here, process(things) as there:
        await all_listen(things, 2)
        cut = await listeners(things)
        for pid in cut:
            await terminate(things, pid)
        await all_listen(things, 2, but_not=cut)
        async with there._database.transaction() as session:
            assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
        waiting = asyncio.create_task(there.wait(since=there.count, seconds=LONG))
        await asyncio.sleep(0.01)
        here.notify()
        assert await seconds_of(waiting) < LONG / 2


async def test_a_signal_survives_an_exhausted_pool(things):
    async with process(things) as signal:
        await all_listen(things, 1)
        signal._database.engine.pool._timeout = 0.05
        async with signal._database.autocommit():
            signal.notify()
            await asyncio.sleep(0.2)
        seen = signal.count
        signal.notify()
        await until(lambda: signal.count >= seen + 2)
        assert not any(task.done() for task in signal._tasks)


async def test_a_closed_signal_leaves_no_listener(things):
    signal = Signal(things, CHANNEL)
    signal.connect()
    await all_listen(things, 1)
    await signal.close()
    await asyncio.sleep(0.05)
    assert await listeners(things) == []
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


async def test_what_only_the_driver_knows_as_an_error_does_not_end_the_listening(platform_database, caplog):
    signal = Signal(platform_database, "")  # PostgreSQL knows no channel without a name.
    signal.connect()
    async with asyncio.timeout(PATIENCE):
        while (interrupted := caplog.text.count("listening interrupted")) < 2:
            await asyncio.sleep(0.05)
    await signal.close()
    assert interrupted >= 2
