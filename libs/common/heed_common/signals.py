"""Signals within one process: a writer wakes those who wait for work."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from uuid import UUID

MAX_RECENT_IDS = 10_000


class RecentIds:
    """The latest ids that a signal was about: a waiter for one of them need not query the database."""

    def __init__(self, limit: int = MAX_RECENT_IDS) -> None:
        self._limit = limit
        self._ids: set[UUID] = set()
        self._order: deque[UUID] = deque()
        """A dictionary would find its first key behind all that were deleted."""

    def __contains__(self, id_: UUID) -> bool:
        return id_ in self._ids

    def __bool__(self) -> bool:
        return bool(self._ids)

    def add(self, ids: Iterable[UUID]) -> None:
        for id_ in ids:
            if id_ not in self._ids:
                self._ids.add(id_)
                self._order.append(id_)
        for _ in range(len(self._order) - self._limit):
            self._ids.discard(self._order.popleft())


class Signal:
    """One signal of one service. `notifications` forwards it to the other processes of the service."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.recent = RecentIds()
        self.forward: Callable[[str, Collection[UUID]], None] | None = None
        """Set while the process exchanges signals with others."""
        self._event = asyncio.Event()
        self._count = 0

    @property
    def count(self) -> int:
        """Number of notifications so far: read it, look for work, then wait for a higher number."""
        return self._count

    def notify(self) -> None:
        """Wake the waiters of this process at once, and those of other processes if they are connected."""
        self.notify_of(())

    def notify_of(self, ids: Collection[UUID]) -> None:
        """Notify, and name the events that it is about."""
        self.notify_local(ids)
        if self.forward is not None:
            self.forward(self.channel, ids)

    def notify_local(self, ids: Collection[UUID] = ()) -> None:
        """Wake the waiters of this process only."""
        self.recent.add(ids)
        self._count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, *, since: int, seconds: float) -> None:
        """Wait until the count differs from `since`, or for that time."""
        if self._count != since:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
