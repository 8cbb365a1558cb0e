"""Signals between the processes of a service: `NOTIFY` after the commit, and one connection that listens.

Inside the writing transaction `NOTIFY` would take a lock over the whole database. So a process that is killed between
its commit and the notification has notified of nothing: it does so when it starts again, and waiters look for work
without a signal every few seconds.
"""

import asyncio
import logging
from collections.abc import Collection
from uuid import UUID

import asyncpg
from sqlalchemy import text

from heed_common.database import Database
from heed_common.signals import Signal

CHANNEL = "heed"
"""The only channel in PostgreSQL: a payload is the name of a signal and the ids of the events that it is about."""
NOTIFY = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"
"""A transaction that notifies is written to the log; nothing needs to wait until the disk has it."""
NOTIFY_INTERVAL = 0.002
"""NOTIFY serialises committers; one in 2 ms is as good as a thousand."""
RECONNECT_AFTER = 1.0
MAX_IDS = 200
"""PostgreSQL rejects payloads of 8,000 bytes. Waiters for events that are not named query the database."""

log = logging.getLogger(__name__)


class Notifications:
    """All signals of one database in this process, and their exchange with other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signals = {database.committed.channel: database.committed}
        self._waiting: dict[str, list[UUID]] = {}
        self._requested = asyncio.Event()
        self._sends = False
        self._task: asyncio.Task[None] | None = None

    def signal(self, channel: str) -> Signal:
        """Return the signal of that name: HTTP API and worker of one process get the same one."""
        if channel not in self._signals:
            self._signals[channel] = Signal(channel)
            self._connect(self._signals[channel])
        return self._signals[channel]

    def connect(self, *, sends: bool) -> None:
        """Receive the signals of other processes from now on, and send them the own ones if there may be any."""
        self._sends = sends
        for signal in self._signals.values():
            self._connect(signal)
        self._task = asyncio.create_task(self._run(), name=f"{CHANNEL}-notifications")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _connect(self, signal: Signal) -> None:
        signal.forward = self._forward if self._sends else None

    def _forward(self, channel: str, ids: Collection[UUID] = ()) -> None:
        self._waiting.setdefault(channel, []).extend(ids)
        self._requested.set()

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.autocommit() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    try:
                        if isinstance(driver, asyncpg.Connection):
                            await self._exchange(driver)
                    finally:
                        await connection.invalidate()  # Dead or still listening: not for the pool.
            except Exception as error:  # noqa: BLE001 - asyncpg has its own errors, and the loop must survive them
                log.warning("notifications interrupted, falling back to polling: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _exchange(self, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        driver.add_termination_listener(lambda _: self._requested.set())
        await driver.add_listener(CHANNEL, self._receive)
        # While this process was not connected, its signals were lost, and so were those for it.
        for channel, signal in list(self._signals.items()):
            signal.notify_local()
            self._forward(channel)
        while not driver.is_closed():
            await self._requested.wait()
            self._requested.clear()
            waiting, self._waiting = self._waiting, {}
            for channel, ids in waiting.items() if self._sends else ():
                await driver.execute(NOTIFY, CHANNEL, _payload(channel, ids))
            await asyncio.sleep(NOTIFY_INTERVAL)

    def _receive(self, driver: object, sender: int, _: str, payload: object) -> None:
        if isinstance(driver, asyncpg.Connection) and sender == driver.get_server_pid():
            return
        channel, *ids = str(payload).split()
        if channel in self._signals:
            self._signals[channel].notify_local([UUID(id_) for id_ in ids])
        if channel != self._database.committed.channel:
            self._database.committed.notify_local()  # Every signal follows a commit.


async def announce_commit(database: Database) -> None:
    """Wake the jobs of running processes after a command has written to their database."""
    async with database.autocommit() as connection:
        statement = text("SELECT pg_notify(:channel, :payload)")
        await connection.execute(statement, {"channel": CHANNEL, "payload": database.committed.channel})


def _payload(channel: str, ids: Collection[UUID]) -> str:
    return " ".join([channel, *map(str, ids)] if len(ids) <= MAX_IDS else [channel])
