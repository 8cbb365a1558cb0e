"""Signals after a commit, so that consumers do not have to poll at short intervals.

In one process a signal is an event in memory. Between processes it is `NOTIFY` on a separate connection after the
commit: inside the writing transaction it would take a lock over the whole database.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import asyncpg
from sqlalchemy import text

from heed_common import driver
from heed_common.database import Database

NOTIFY = text("SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, '')")
"""A transaction that notifies is written to the log; nothing needs to wait until the disk has it."""
NOTIFY_INTERVAL = 0.002
"""NOTIFY serialises committers; one in 2 ms is as good as a thousand."""
RECONNECT_AFTER = 1.0
MAX_RECENT_IDS = 10_000

log = logging.getLogger(__name__)


class RecentIds:
    """The latest ids that this process has notified of: a waiter for one of them need not query the database."""

    def __init__(self, limit: int = MAX_RECENT_IDS) -> None:
        self._limit = limit
        self._ids: dict[UUID, None] = {}

    def __contains__(self, id_: UUID) -> bool:
        return id_ in self._ids

    def __bool__(self) -> bool:
        return bool(self._ids)

    def add(self, ids: Iterable[UUID]) -> None:
        self._ids.update(dict.fromkeys(ids))
        for _ in range(len(self._ids) - self._limit):
            del self._ids[next(iter(self._ids))]


class Signal:
    """One signal of one service."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._event = asyncio.Event()
        self._count = 0
        self._requested: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.recent = RecentIds()

    @property
    def count(self) -> int:
        """Number of notifications so far: read it, look for work, then wait for a higher number."""
        return self._count

    def notify(self) -> None:
        """Wake the waiters of this process at once, and those of other processes if they are connected."""
        self.notify_local()
        if self._requested is not None:
            self._requested.set()

    def notify_of(self, ids: Iterable[UUID]) -> None:
        """Notify, and remember for waiters of this process which events it was about."""
        self.recent.add(ids)
        self.notify()

    async def wait(self, *, since: int, seconds: float) -> None:
        """Wait until the count differs from `since`, or for that time."""
        if self._count != since:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    def connect(self) -> None:
        """Exchange notifications with other processes from now on."""
        requested = self._requested = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._notify_loop(requested), name=f"{self._channel}-notify"),
            asyncio.create_task(self._listen_loop(), name=f"{self._channel}-listen"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def notify_local(self) -> None:
        """Wake the waiters of this process only."""
        self._count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def _notify_loop(self, requested: asyncio.Event) -> None:
        while True:
            await requested.wait()
            requested.clear()
            try:
                async with self._database.autocommit() as connection:
                    await driver.fetch_on(connection, NOTIFY, {"channel": self._channel})
            except Exception as error:  # noqa: BLE001 - asyncpg has its own errors, and the loop must survive them
                log.warning("notify failed, listeners fall back to polling: %s", type(error).__name__)
            await asyncio.sleep(NOTIFY_INTERVAL)

    async def _listen_loop(self) -> None:
        while True:
            try:
                async with self._database.autocommit() as connection:
                    listening = (await connection.get_raw_connection()).driver_connection
                    try:
                        if isinstance(listening, asyncpg.Connection):
                            await self._listen_on(listening)
                    finally:
                        await connection.invalidate()  # Dead or still listening: not for the pool.
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("listening interrupted, falling back to polling: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        await connection.add_listener(self._channel, lambda *_: self.notify_local())
        await closed.wait()
