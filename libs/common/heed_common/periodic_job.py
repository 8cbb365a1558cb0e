"""What a service does by itself, in pieces: one kind of work, in one worker at a time."""

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
"""Between two pieces of work, so that events come first."""

JobFunction = Callable[[AsyncSession, Clock, Isolation], Awaitable[object]]
"""One unit of work in the given transaction; a true result means that there may be more. Its rows go through the
isolation, which is called again, row by row, if one of them fails."""

log = logging.getLogger(__name__)


class PeriodicJob:
    """One kind of work, piece by piece, each in its own transaction, in one worker at a time."""

    def __init__(
        self,
        name: str,
        work: JobFunction,
        *,
        database: Database,
        clock: Clock,
        metrics: Metrics,
        lock: int,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.name = name
        self.ready = False
        self._work = work
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._lock = lock
        self._pause = pause
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Works until it is stopped; a database that is away is waited for."""
        while not self._stopped.is_set():
            try:
                pause = YIELD_SECONDS if await self.run_once() else self._pause
                self.ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("%s waits for its database: %s", self.name, type(error).__name__)
                pause = PAUSE_SECONDS
            await self._rest(pause)

    async def run_once(self) -> bool:
        """One piece of work; False when there was none, or another worker is at it."""
        return await isolated(self._piece, name=self.name, metrics=self._metrics)

    async def _piece(self, isolate: Isolation) -> bool:
        async with self._database.transaction() as session:
            if not await advisory_locks.try_lock(session, self._lock):
                return False
            return bool(await self._work(session, self._clock, isolate))

    def stop(self) -> None:
        """Finishes the piece in hand."""
        self._stopped.set()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
