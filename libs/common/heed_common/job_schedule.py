"""When a job looks for work: after a commit, at the next due moment, and at long intervals as the safety net.

A look is a transaction, so a product that is idle must not look. Work appears by a commit, of which `Database` sends a
signal, or by time alone, which the job's own query of the next due moment foresees. Neither a lost signal nor a
row that an operator changes in SQL has a signal: they wait for the net.
"""

import asyncio
from contextlib import suppress
from datetime import datetime

from heed_common.clock import Clock
from heed_common.signals import Signal

NET_SECONDS = 30.0
"""Longest time between two looks of a job without a signal."""
LINGER_SECONDS = 0.05
"""Time between a commit and the look that it causes: callers who wait for what was committed go first."""
CLOCK_SECONDS = 1.0
"""Interval at which the clock is compared with the due moment: it may have been set, or the machine suspended."""


class JobSchedule:
    """The waits of one job between its looks for work."""

    def __init__(self, committed: Signal, clock: Clock, *, pause: float, net: float = NET_SECONDS) -> None:
        """`pause` is the least time between two looks, so that a busy product does not look after each commit."""
        self._committed = committed
        self._clock = clock
        self._pause = pause
        self._net = max(net, pause)
        self._stopped = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def commits(self) -> int:
        """Number of commits so far: read it before the look for work, and pass it to `wait`."""
        return self._committed.count

    def stop(self) -> None:
        """End the present wait and all later ones."""
        self._stopped.set()
        self._committed.notify_local()

    async def sleep(self, seconds: float) -> None:
        """Wait for that time or until stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    async def wait(self, *, since: int, due_at: datetime | None) -> None:
        """Wait for the next look: until `due_at`, a commit after `since`, or the net.

        Work that is due already, which the look has left, is looked at again after the pause.
        """
        now = asyncio.get_running_loop().time
        started, is_left = now(), due_at is not None and due_at <= self._clock.now()
        net = self._pause if is_left else self._net
        while not self.is_stopped and (passed := now() - started) < net:
            limit = net - passed
            if due_at is not None and not is_left:
                if (to_due := (due_at - self._clock.now()).total_seconds()) <= 0:
                    return
                limit = min(limit, to_due, CLOCK_SECONDS)
            if passed < self._pause:
                await self.sleep(min(limit, self._pause - passed))
            elif self._committed.count == since:
                await self._committed.wait(since=since, seconds=limit)
            else:
                await self.sleep(LINGER_SECONDS)
                return
