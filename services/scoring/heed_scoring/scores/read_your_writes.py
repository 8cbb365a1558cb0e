"""Read your writes: a caller that has just caused an event waits until scoring has processed it.

Waiting callers hold no connection. Where the consumer runs in the same process, it names the events that it has
committed; for all others one poller queries for all callers together.
"""

import asyncio
import logging
from uuid import UUID

from heed_common.database import Database
from heed_common.signals import Signal
from heed_scoring.scores import repository
from heed_scoring.scores.errors import EventDeadLettered, ScoreNotCurrent, TooManyWaiters

MAX_WAITERS = 500
POLL_SECONDS = 0.05

log = logging.getLogger(__name__)
Waiter = asyncio.Future[None]


class EventWaiters:
    """All callers of this process that wait for scoring to process an event."""

    def __init__(self, database: Database, scored: Signal) -> None:
        self._database = database
        self._scored = scored
        self._waiting: dict[Waiter, UUID] = {}
        self._poller: asyncio.Task[None] | None = None
        self._query_at = 0.0

    @property
    def count(self) -> int:
        return len(self._waiting)

    async def wait_for(self, event_id: UUID, *, seconds: float) -> None:
        """Return when scoring has committed the event. Raises `ScoreNotCurrent` or `EventDeadLettered`."""
        if self.count >= MAX_WAITERS:
            raise TooManyWaiters
        if event_id in self._scored.recent:
            return
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = event_id
        if self._poller is None or self._poller.done():
            self._query_at = asyncio.get_running_loop().time() + POLL_SECONDS
            self._poller = asyncio.create_task(self._poll(), name="score-waiters")
        self._scored.notify_local()
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            raise ScoreNotCurrent from None
        finally:
            del self._waiting[waiter]

    async def _poll(self) -> None:
        """Poll while callers wait, also while the database is unavailable, until they time out."""
        while self._waiting:
            count = self._scored.count
            self._resolve_recent()
            try:
                if self._is_query_due():
                    await self._resolve()
            except Exception as error:  # noqa: BLE001 - each waiter has its own timeout; the poller serves all of them
                log.warning("score waiters: database unavailable, still polling: %s", type(error).__name__)
            await self._scored.wait(since=count, seconds=POLL_SECONDS)

    def _is_query_due(self) -> bool:
        """Return whether to query now: a consumer in this process mostly names the event before the next poll."""
        if all(waiter.done() for waiter in self._waiting):
            return False
        now = asyncio.get_running_loop().time()
        if self._scored.recent and now < self._query_at:
            return False
        self._query_at = now + POLL_SECONDS
        return True

    def _resolve_recent(self) -> None:
        for waiter, event_id in self._waiting.items():
            if event_id in self._scored.recent and not waiter.done():
                waiter.set_result(None)

    async def _resolve(self) -> None:
        async with self._database.transaction(wakes_jobs=False) as session:
            outcomes = await repository.event_outcomes(session, sorted(set(self._waiting.values())))
        for waiter, event_id in self._waiting.items():
            if event_id not in outcomes or waiter.done():
                continue
            if outcomes[event_id] == "dead":
                waiter.set_exception(EventDeadLettered())
            else:
                waiter.set_result(None)
