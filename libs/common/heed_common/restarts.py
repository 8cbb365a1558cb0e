"""A loop that fails unforeseen starts again with back-off: nothing but the settings and the operator ends a process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from heed_common.broker import WrongPartitions
from heed_common.database import is_transient
from heed_common.metrics import Metrics
from heed_common.settings import SettingsError

FATAL = (SettingsError, WrongPartitions)
"""Errors that last until a person acts: another attempt would hide them."""
FIRST_DELAY, MAX_DELAY = 1.0, 60.0

log = logging.getLogger(__name__)


class Restarts:
    """Run the loops of one process again and again until they end by themselves, and know which of them wait."""

    def __init__(self, metrics: Metrics, *, first_delay: float = FIRST_DELAY) -> None:
        self._metrics = metrics
        self._first_delay = first_delay
        self._stopped = asyncio.Event()
        self.waiting: dict[str, str] = {}
        """The loops that failed and wait to start again, each with the class of its error."""

    def stop(self) -> None:
        """Start nothing again."""
        self._stopped.set()

    async def run(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run the loop until it ends. Raises `FATAL` errors only; one that ran for long starts with short delays."""
        delay = self._first_delay
        clock = asyncio.get_running_loop()
        while not self._stopped.is_set():
            started = clock.time()
            try:
                self.waiting.pop(name, None)
                await loop()
            except FATAL:
                raise
            except Exception as error:  # noqa: BLE001 - whatever ends a loop must not end the others
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
        # What a database that is away raises says nothing in its traceback.
        trace = None if is_transient(error) else error
        log.error("%s failed (%s), starts again in %.0f s", name, type(error).__name__, delay, exc_info=trace)
