"""Periodic jobs: one kind of work, unit by unit, in one worker at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.metrics import Metrics

PAUSE_SECONDS = 1.0
YIELD_SECONDS = 0.02
"""Between two units of work, so that events come first."""

JobFunction = Callable[[AsyncSession, Clock, Isolation], Awaitable[object]]
"""One unit of work in the given transaction; a true result means that there may be more. Its rows go through the
isolation, which is called again, row by row, if one of them fails."""

log = logging.getLogger(__name__)


class PeriodicJob:
    """One kind of work, unit by unit, each in its own transaction, in one worker at a time."""

    def __init__(
        self,
        name: str,
        function: JobFunction,
        *,
        database: Database,
        clock: Clock,
        metrics: Metrics,
        lock: int,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.name = name
        self.ready = False
        self._function = function
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._lock = lock
        self._pause = pause
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Work until stopped; wait while the database is unavailable."""
        while not self._stopped.is_set():
            try:
                pause = YIELD_SECONDS if await self.run_once() else self._pause
                self.ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("%s: database unavailable, retrying: %s", self.name, type(error).__name__)
                pause = PAUSE_SECONDS
            await self._sleep(pause)

    async def run_once(self) -> bool:
        """Run one unit of work. Return False if there was none, or another worker is running the job."""
        return await isolated(self._run_unit, name=self.name, metrics=self._metrics)

    async def _run_unit(self, isolate: Isolation) -> bool:
        async with self._database.transaction() as session:
            if not await advisory_locks.try_lock(session, self._lock):
                return False
            return bool(await self._function(session, self._clock, isolate))

    def stop(self) -> None:
        """Stop after the current unit."""
        self._stopped.set()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
