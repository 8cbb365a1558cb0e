"""The loops that run beside a service's HTTP door: relay, consumer, timers. They start and end together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from heed_common.metrics import Metrics
from heed_common.restarts import FIRST_DELAY, Restarts

DRAIN_SECONDS = 15.0
"""A broker that is away makes sends wait as long as it is away; a drain does not."""
START_UP = "first"

log = logging.getLogger(__name__)


class BackgroundTask(Protocol):
    """Something that runs until it is told to stop."""

    name: str
    ready: bool

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Worker:
    """All loops of one service in one process."""

    def __init__(
        self,
        loops: Sequence[BackgroundTask],
        *,
        metrics: Metrics,
        on_start: Callable[[], Awaitable[None]] | None = None,
        drain_seconds: float = DRAIN_SECONDS,
        restart_delay: float = FIRST_DELAY,
    ) -> None:
        self.tasks = tuple(loops)
        self._restarts = Restarts(metrics, first_delay=restart_delay)
        self._on_start = on_start
        self._drain_seconds = drain_seconds
        self._stopped = asyncio.Event()

    def readiness(self) -> dict[str, bool]:
        """Which loops have started, by name."""
        return {loop.name: loop.ready for loop in self.tasks}

    @property
    def waiting(self) -> Mapping[str, str]:
        """Return the loops that failed and wait for a restart, each with its error class."""
        return self._restarts.waiting

    async def run(self) -> None:
        """Run the start-up step, then all loops; when one ends for good, stop the others.

        Loops that fail are restarted. Raises only errors that an operator must fix: `restarts.FATAL`.
        """
        if self._on_start is not None:
            await self._restarts.run(START_UP, self._on_start)
        tasks = [asyncio.create_task(self._restarts.run(loop.name, loop.run), name=loop.name) for loop in self.tasks]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            _, late = await asyncio.wait([stopped, *tasks], timeout=self._drain_seconds)
            for task in late:
                log.warning("loop %s did not end in time and is cancelled", task.get_name())
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def stop(self) -> None:
        """Asks every loop to finish what it has in hand."""
        self._stopped.set()
        self._restarts.stop()
        for loop in self.tasks:
            loop.stop()
