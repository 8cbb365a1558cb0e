"""Background job that processes imports, a chunk at a time, while the outbox has room for their events."""

import logging
from datetime import datetime

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.job_schedule import JobSchedule
from heed_common.metrics import Metrics
from heed_customer.imports.processing import ordering, retention
from heed_customer.imports.processing import service as processing
from heed_customer.imports.rules import ProcessingSettings

POLL_SECONDS = 0.5
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class ImportJob:
    """Processes chunks until it is stopped. After a crash it resumes behind the last committed chunk."""

    name = ordering.JOB_NAME

    def __init__(self, database: Database, *, clock: Clock, metrics: Metrics, settings: ProcessingSettings) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._settings = settings
        self._due_at: datetime | None = None
        self._schedule = JobSchedule(database.committed, clock, pause=POLL_SECONDS)
        self.ready = False

    async def run(self) -> None:
        """Process chunks until stopped; wait while the database is unavailable."""
        while not self._schedule.is_stopped:
            self.ready = True
            commits = self._schedule.commits
            try:
                if not await self.process_next_chunk():
                    await self._schedule.wait(since=commits, due_at=self._due_at)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("imports: database unavailable, retrying: %s", type(error).__name__)
                await self._schedule.sleep(RETRY_SECONDS)

    def stop(self) -> None:
        """Stop after the current chunk."""
        self._schedule.stop()

    async def process_next_chunk(self) -> bool:
        """Process the next chunk. Return whether there was one and room for its events."""
        return await isolated(self._process_next_chunk, name=self.name, metrics=self._metrics)

    async def _process_next_chunk(self, isolate: Isolation) -> bool:
        async with self._database.transaction(wakes_jobs=False) as session:
            now = self._clock.now()
            await retention.delete_stale_imports(session, now=now)
            self._due_at = await outbox.next_room(session, now)
            if self._due_at is not None:
                return False
            self._due_at = await failed_work.next_attempt_at(session, now=now)
            return await processing.process_next_chunk(session, settings=self._settings, now=now, isolate=isolate)
