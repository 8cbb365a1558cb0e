"""Periodic jobs: one kind of work, unit by unit, in one worker at a time."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.job_schedule import NET_SECONDS, JobSchedule
from heed_common.metrics import Metrics

PAUSE_SECONDS = 1.0
YIELD_SECONDS = 0.02
"""Between two units of work, so that events come first."""

JobFunction = Callable[[AsyncSession, Clock, Isolation], Awaitable[object]]
"""One unit of work in the given transaction; a true result means that there may be more. Its rows go through the
isolation, which is called again, row by row, if one of them fails."""
NextDue = Callable[[AsyncSession, datetime], Awaitable[datetime | None]]
"""Returns the earliest moment at which time alone makes work due; a past one if work is left that could not be done."""

log = logging.getLogger(__name__)


class PeriodicJob:
    """One kind of work, unit by unit, each in its own transaction, in one worker at a time."""

    def __init__(
        self,
        name: str,
        function: JobFunction,
        *,
        database: Database,
        clock: Clock,
        metrics: Metrics,
        lock: int,
        pause: float = PAUSE_SECONDS,
        next_due: NextDue | None = None,
    ) -> None:
        """`pause` is the least time between two looks for work, unless it becomes due at a moment of `next_due`."""
        self.name = name
        self.ready = False
        self._function = function
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._lock = lock
        self._pause = pause
        self._next_due = next_due
        self._due_at: datetime | None = None
        self._schedule = JobSchedule(database.committed, clock, pause=pause)

    async def run(self) -> None:
        """Work until stopped; wait while the database is unavailable."""
        while not self._schedule.is_stopped:
            commits = self._schedule.commits
            try:
                has_more = await self.run_once()
                self.ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("%s: database unavailable, retrying: %s", self.name, type(error).__name__)
                await self._schedule.sleep(PAUSE_SECONDS)
                continue
            self._metrics.job_last_run.labels(self.name).set_to_current_time()
            if has_more:
                await self._schedule.sleep(YIELD_SECONDS)
            else:
                await self._wait(since=commits)

    async def run_once(self) -> bool:
        """Run one unit of work. Return False if there was none, or another worker is running the job."""
        has_more = await isolated(self._run_unit, name=self.name, metrics=self._metrics)
        if has_more:
            self._database.committed.notify()  # What it has done may be work for other jobs.
        return has_more

    async def _run_unit(self, isolate: Isolation) -> bool:
        async with self._database.transaction(wakes_jobs=False) as session:
            if not await advisory_locks.try_lock(session, self._lock):
                self._due_at = self._clock.now()
                return False
            has_more = bool(await self._function(session, self._clock, isolate))
            self._due_at = None if has_more else await self._find_due(session)
            return has_more

    async def _find_due(self, session: AsyncSession) -> datetime | None:
        """Return the earliest moment of the job's own rows, and of failed rows of any job."""
        if self._pause > NET_SECONDS and self._next_due is None:
            return None
        now = self._clock.now()
        moments = [await failed_work.next_attempt_at(session, now=now)]
        if self._next_due is not None:
            moments.append(await self._next_due(session, now))
        return min((moment for moment in moments if moment is not None), default=None)

    async def _wait(self, *, since: int) -> None:
        """Wait for the next look, and measure how late it is where time alone makes it due."""
        due_at, began = self._due_at, self._clock.now()
        await self._schedule.wait(since=since, due_at=due_at)
        if due_at is not None and began < due_at <= (now := self._clock.now()):
            self._metrics.job_lateness.labels(self.name).observe((now - due_at).total_seconds())

    def stop(self) -> None:
        """Stop after the current unit."""
        self._schedule.stop()
