"""How many analyses run at one time in a process, and for how long: each holds all responses of a survey in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

from heed_survey.analysis.errors import AnalysisTooLarge, TooManyAnalyses

Result = TypeVar("Result")


class Deadline:
    """The moment by which an analysis must have ended. A thread cannot be stopped: it checks between its steps."""

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def check(self) -> None:
        """Raise `AnalysisTooLarge` if the moment has passed."""
        if monotonic() >= self._at:
            raise AnalysisTooLarge

    def end(self) -> None:
        """Let the computation stop at its next step: its result is not needed any more."""
        self._at = 0.0


class Capacity:
    """Slots for analyses, and as many threads that compute. Other requests are served meanwhile.

    The threads are its own: a computation whose request has ended occupies one until its next check.
    """

    def __init__(self, *, slots: int, wait_seconds: float, seconds: float, max_responses: int) -> None:
        self.max_responses = max_responses
        self._slots = asyncio.Semaphore(slots)
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="analysis")
        self._wait_seconds, self._seconds = wait_seconds, seconds

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Deadline]:
        """Wait for a slot and occupy it. Raises `TooManyAnalyses` if none gets free, `AnalysisTooLarge` in the end."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise TooManyAnalyses from None
        deadline = Deadline(self._seconds)
        try:
            async with asyncio.timeout(self._seconds) as limit:
                yield deadline
        except TimeoutError:
            if limit.expired():
                raise AnalysisTooLarge from None
            raise
        finally:
            deadline.end()
            self._slots.release()

    async def compute(self, function: Callable[[], Result]) -> Result:
        """Return the result of a function that runs in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)
