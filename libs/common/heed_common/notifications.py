"""A bell that is rung after a commit, so that nobody has to poll in a hurry.

In one process it is a signal in memory. Between processes it is `NOTIFY` on a connection of its own, after the commit:
inside the writing transaction it would take a lock over the whole database.
"""

import asyncio
import logging
from contextlib import suppress

import asyncpg
from sqlalchemy import text

from heed_common.database import Database

NOTIFY = text("SELECT pg_notify(:channel, '')")
NOTIFY_INTERVAL = 0.002
"""NOTIFY serialises committers; one ring in 2 ms is as good as a thousand."""
RECONNECT_AFTER = 1.0

log = logging.getLogger(__name__)


class Signal:
    """One bell of one service."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._event = asyncio.Event()
        self._count = 0
        self._announce: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        """How often it has been rung: read it, look for work, then wait for a higher number."""
        return self._count

    def notify(self) -> None:
        """Wakes the waiters of this process at once, and those of others if they are connected."""
        self.notify_local()
        if self._announce is not None:
            self._announce.set()

    async def wait(self, *, since: int, seconds: float) -> None:
        """Returns when the bell has been rung more often than `since`, or after that time."""
        if self._count != since:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    def connect(self) -> None:
        """From here on rings are heard across processes, in both directions."""
        asked = self._announce = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._notify_loop(asked), name=f"{self._channel}-notify"),
            asyncio.create_task(self._listen_loop(), name=f"{self._channel}-listen"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def notify_local(self) -> None:
        """Wakes the waiters of this process only."""
        self._count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def _notify_loop(self, asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            try:
                async with self._database.autocommit() as connection:
                    await connection.execute(NOTIFY, {"channel": self._channel})
            except Exception as error:  # noqa: BLE001 - asyncpg has its own errors, and the loop must survive them
                log.warning("notify failed, the listeners' polling stands in: %s", type(error).__name__)
            await asyncio.sleep(NOTIFY_INTERVAL)

    async def _listen_loop(self) -> None:
        while True:
            try:
                async with self._database.autocommit() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    try:
                        if isinstance(driver, asyncpg.Connection):
                            await self._listen_on(driver)
                    finally:
                        await connection.invalidate()  # Dead, or still listening: nobody else is to get it.
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("listening was interrupted, polling stands in: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen_on(self, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        closed = asyncio.Event()
        driver.add_termination_listener(lambda _: closed.set())
        await driver.add_listener(self._channel, lambda *_: self.notify_local())
        await closed.wait()
