"""Background job that processes imports, a chunk at a time, while the outbox has room for their events."""

import logging

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
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
        self._stopping = False
        self.ready = False

    async def run(self) -> None:
        """Process chunks until stopped; wait while the database is unavailable."""
        while not self._stopping:
            self.ready = True
            await self._clock.sleep(await self._tick())

    def stop(self) -> None:
        """Stop after the current chunk."""
        self._stopping = True

    async def _tick(self) -> float:
        """Process one chunk if there is one. Return the seconds to wait before the next."""
        try:
            return 0 if await self.process_next_chunk() else POLL_SECONDS
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("imports: database unavailable, retrying: %s", type(error).__name__)
        return RETRY_SECONDS

    async def process_next_chunk(self) -> bool:
        """Process the next chunk. Return whether there was one and room for its events."""
        return await isolated(self._process_next_chunk, name=self.name, metrics=self._metrics)

    async def _process_next_chunk(self, isolate: Isolation) -> bool:
        async with self._database.transaction() as session:
            now = self._clock.now()
            await retention.delete_stale_imports(session, now=now)
            if await outbox.is_backlogged(session):
                return False
            return await processing.process_next_chunk(session, settings=self._settings, now=now, isolate=isolate)
