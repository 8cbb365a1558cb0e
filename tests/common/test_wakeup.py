"""The bell wakes whoever waits, here and in other processes; without it polling stands in."""

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
    """A process of its own has its own connections and its own bell."""
    own = Database(database.url.render_as_string(hide_password=False), pool_size=2)
    bell = Signal(own, CHANNEL)
    bell.connect()
    try:
        yield bell
    finally:
        await bell.close()
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
    bell = Signal(things, CHANNEL)
    waiting = [asyncio.create_task(bell.wait(since=bell.count, seconds=LONG)) for _ in range(5)]
    await asyncio.sleep(0)
    bell.notify()
    assert await seconds_of(asyncio.gather(*waiting)) < LONG / 2


async def test_a_ring_between_looking_and_waiting_is_not_missed(things):
    bell = Signal(things, CHANNEL)
    seen = bell.count
    bell.notify()  # After the look for work, before the wait.
    assert await seconds_of(bell.wait(since=seen, seconds=LONG)) < LONG / 2


async def test_a_plain_event_that_is_cleared_before_the_wait_would_miss_it(things):
    rung = asyncio.Event()
    rung.set()
    rung.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(rung.wait(), 0.05)


async def test_without_a_ring_the_wait_ends_by_itself_so_that_polling_goes_on(things):
    bell = Signal(things, CHANNEL)
    assert 0.04 < await seconds_of(bell.wait(since=bell.count, seconds=0.05)) < LONG


async def test_a_ring_is_heard_in_other_processes(things):
    async with process(things) as here, process(things) as there:
        await all_listen(things, 2)
        for _ in range(3):
            waiting = asyncio.create_task(there.wait(since=there.count, seconds=LONG))
            await asyncio.sleep(0.01)
            here.notify()
            assert await seconds_of(waiting) < LONG / 2


class Counting:
    """A database that answers at once, and counts how often it is asked to notify."""

    told, driver_connection = 0, None

    @asynccontextmanager
    async def autocommit(self):
        yield self

    async def execute(self, *_):
        self.told += 1

    async def get_raw_connection(self):
        return self

    async def invalidate(self):
        """Nothing to throw away."""


async def test_a_thousand_rings_are_told_at_most_once_in_two_milliseconds():
    database = Counting()
    bell = Signal(database, CHANNEL)
    bell.connect()
    begun = time.monotonic()
    for _ in range(1000):
        bell.notify()
        await asyncio.sleep(0)
    took = time.monotonic() - begun
    assert 1 <= database.told <= took / NOTIFY_INTERVAL + 1
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    told = database.told
    await asyncio.sleep(4 * NOTIFY_INTERVAL)
    assert database.told == told, "the last ring was told, and nothing more"
    await bell.close()


async def test_a_bell_whose_connection_was_cut_connects_again_and_leaves_no_dead_one_behind(things):
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


async def test_a_bell_outlives_a_pool_that_is_exhausted(things):
    async with process(things) as bell:
        await all_listen(things, 1)
        bell._database.engine.pool._timeout, bell._database.engine.pool._max_overflow = 0.05, 0
        async with bell._database.autocommit():
            bell.notify()
            await asyncio.sleep(0.2)
        seen = bell.count
        bell.notify()
        await until(lambda: bell.count >= seen + 2)
        assert not any(task.done() for task in bell._tasks)


async def test_a_closed_bell_leaves_nobody_listening(things):
    bell = Signal(things, CHANNEL)
    bell.connect()
    await all_listen(things, 1)
    await bell.close()
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
    bell = Signal(platform_database, "")  # PostgreSQL knows no channel without a name.
    bell.connect()
    async with asyncio.timeout(PATIENCE):
        while (interrupted := caplog.text.count("listening was interrupted")) < 2:
            await asyncio.sleep(0.05)
    await bell.close()
    assert interrupted >= 2
