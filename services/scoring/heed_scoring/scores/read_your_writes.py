"""Read your writes: a caller who has just caused an event waits until scoring has taken it in.

Nobody who waits holds a connection: one poller asks for all of them together.
"""

import asyncio
import logging
from uuid import UUID

from heed_common.database import Database
from heed_common.notifications import Signal
from heed_scoring.scores import repository
from heed_scoring.scores.errors import EventDeadLettered, ScoreNotCurrent, TooManyWaiters

MOST_WAITERS = 500
POLL_SECONDS = 0.05

log = logging.getLogger(__name__)
Answer = asyncio.Future[None]


class Waiters:
    """All callers of this process who wait for scoring to come to an event."""

    def __init__(self, database: Database, scored: Signal) -> None:
        self._database = database
        self._scored = scored
        self._waiting: dict[Answer, UUID] = {}
        self._poller: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many wait at this moment."""
        return len(self._waiting)

    async def wait_for(self, event_id: UUID, *, seconds: float) -> None:
        """Returns when scoring has committed the event. Raises `ScoreNotCurrent` or `EventDeadLettered`."""
        if self.count >= MOST_WAITERS:
            raise TooManyWaiters
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting[answer] = event_id
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="score-waiters")
        self._scored.notify_local()
        try:
            async with asyncio.timeout(seconds):
                await answer
        except TimeoutError:
            raise ScoreNotCurrent from None
        finally:
            del self._waiting[answer]

    async def _poll(self) -> None:
        """Runs while somebody waits; a database that is away is asked again until they give up."""
        while self._waiting:
            rung = self._scored.count
            try:
                await self._answer()
            except Exception as error:  # noqa: BLE001 - each waiter has its own timeout; the poller serves all of them
                log.warning("score waiters: database unavailable, still polling: %s", type(error).__name__)
            await self._scored.wait(since=rung, seconds=POLL_SECONDS)

    async def _answer(self) -> None:
        async with self._database.transaction() as session:
            ends = await repository.ends(session, sorted(set(self._waiting.values())))
        for answer, event_id in self._waiting.items():
            if event_id not in ends or answer.done():
                continue
            if ends[event_id] == "dead":
                answer.set_exception(EventDeadLettered())
            else:
                answer.set_result(None)
