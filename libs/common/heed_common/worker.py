"""Worker: the background tasks of a service (relay, consumer, periodic jobs), which start and end together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from heed_common.metrics import Metrics
from heed_common.restarts import FIRST_DELAY, Restarts

DRAIN_SECONDS = 15.0
"""While a broker is unavailable, publishing waits without limit; draining does not."""
START_UP = "first"

log = logging.getLogger(__name__)


class BackgroundTask(Protocol):
    """Runs until it is stopped."""

    name: str
    ready: bool

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Worker:
    """All background tasks of one service in one process."""

    def __init__(
        self,
        tasks: Sequence[BackgroundTask],
        *,
        metrics: Metrics,
        on_start: Callable[[], Awaitable[None]] | None = None,
        drain_seconds: float = DRAIN_SECONDS,
        restart_delay: float = FIRST_DELAY,
    ) -> None:
        self.tasks = tuple(tasks)
        self._restarts = Restarts(metrics, first_delay=restart_delay)
        self._on_start = on_start
        self._drain_seconds = drain_seconds
        self._stopped = asyncio.Event()

    def readiness(self) -> dict[str, bool]:
        """Return by name whether each task has started."""
        return {task.name: task.ready for task in self.tasks}

    @property
    def waiting(self) -> Mapping[str, str]:
        """Return the tasks that failed and wait for a restart, each with its error class."""
        return self._restarts.waiting

    async def run(self) -> None:
        """Run the start-up step, then all tasks; when one ends for good, stop the others.

        Tasks that fail are restarted. Raises only errors that an operator must fix: `restarts.FATAL`.
        """
        if self._on_start is not None:
            await self._restarts.run(START_UP, self._on_start)
        running = [asyncio.create_task(self._restarts.run(task.name, task.run), name=task.name) for task in self.tasks]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            _, late = await asyncio.wait([stopped, *running], timeout=self._drain_seconds)
            for task in late:
                log.warning("task %s did not end in time, cancelling it", task.get_name())
                task.cancel()
            results = await asyncio.gather(*running, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def stop(self) -> None:
        """Ask every task to finish its current work."""
        self._stopped.set()
        self._restarts.stop()
        for task in self.tasks:
            task.stop()
