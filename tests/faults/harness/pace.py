"""When the callers may write: a restore holds them between two writes, and ends the lives that it has undone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Undone(Exception):
    """What this life was about may no longer be there: the data were restored."""


class Pace:
    """Shared by all callers of one stage."""

    def __init__(self) -> None:
        self.restores = 0
        self._open = asyncio.Event()
        self._open.set()
        self._writing = 0
        self._idle = asyncio.Event()

    @asynccontextmanager
    async def writing(self, *, since: int) -> AsyncIterator[None]:
        """Wait until writes may continue. Raises `Undone` for a life that began before the latest restore."""
        await self._open.wait()
        if since != self.restores:
            raise Undone
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1
            if not self._writing:
                self._idle.set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let every write that has begun be acknowledged, and none begin until this ends."""
        self._open.clear()
        try:
            while self._writing:
                self._idle.clear()
                await self._idle.wait()
            yield
        finally:
            self._open.set()
