"""The loops that run beside a service's HTTP door: relay, consumer, timers. They start and end together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

DRAIN_SECONDS = 15.0
"""A broker that is away makes sends wait as long as it is away; a drain does not."""

log = logging.getLogger(__name__)


class Loop(Protocol):
    """Something that runs until it is told to stop."""

    name: str
    ready: bool

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Worker:
    """All loops of one service in one process."""

    def __init__(
        self,
        loops: Sequence[Loop],
        *,
        first: Callable[[], Awaitable[None]] | None = None,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._loops = loops
        self._first = first
        self._drain_seconds = drain_seconds
        self._stopped = asyncio.Event()

    def readiness(self) -> dict[str, bool]:
        """Which loops have started, by name."""
        return {loop.name: loop.ready for loop in self._loops}

    async def run(self) -> None:
        """Does what must come first, then runs all loops; when one fails the others are ended and it is raised."""
        if self._first is not None:
            await self._first()
        tasks = [asyncio.create_task(loop.run(), name=loop.name) for loop in self._loops]
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
        for loop in self._loops:
            loop.stop()
