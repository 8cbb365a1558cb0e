"""Restart of failed background tasks with back-off: only invalid settings and the operator end a process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from heed_common.broker.protocols import WrongPartitions
from heed_common.database import is_transient
from heed_common.metrics import Metrics
from heed_common.settings import SettingsError

FATAL = (SettingsError, WrongPartitions)
"""Errors that last until an operator acts: a retry would hide them."""
FIRST_DELAY, MAX_DELAY = 1.0, 60.0

log = logging.getLogger(__name__)


class Restarts:
    """Runs the background tasks of one process, restarts those that fail, and lists those that wait for a restart."""

    def __init__(self, metrics: Metrics, *, first_delay: float = FIRST_DELAY) -> None:
        self._metrics = metrics
        self._first_delay = first_delay
        self._stopped = asyncio.Event()
        self.waiting: dict[str, str] = {}
        """The tasks that failed and wait for a restart, each with its error class."""

    def stop(self) -> None:
        """Stop restarting tasks."""
        self._stopped.set()

    async def run(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run the task until it ends. Raises `FATAL` errors only; a long successful run resets the delay."""
        delay = self._first_delay
        clock = asyncio.get_running_loop()
        while not self._stopped.is_set():
            started = clock.time()
            try:
                self.waiting.pop(name, None)
                await task()
            except FATAL:
                raise
            except Exception as error:  # noqa: BLE001 - an error of one task must not end the others
                if clock.time() - started > MAX_DELAY:
                    delay = self._first_delay
                self._record(name, error, delay=delay)
            else:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), delay)
            delay = min(delay * 2, MAX_DELAY)

    def _record(self, name: str, error: Exception, *, delay: float) -> None:
        self.waiting[name] = type(error).__name__
        self._metrics.loop_restarts.labels(loop=name).inc()
        # The traceback of an unavailable database has no information.
        trace = None if is_transient(error) else error
        log.error("%s failed (%s), restarting in %.0f s", name, type(error).__name__, delay, exc_info=trace)
