"""Works off imports in the background, a chunk at a time, and only while the way out is free."""

import logging
from datetime import date
from decimal import Decimal

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.metrics import Metrics
from heed_customer.imports import ordering, processing, service

POLL_SECONDS = 0.25
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class ImportLoop:
    """Killed at any moment it goes on where the last whole chunk ended."""

    name = ordering.JOB

    def __init__(
        self, database: Database, *, clock: Clock, metrics: Metrics, default_margin: Decimal, earliest: date
    ) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._default_margin = default_margin
        self._earliest = earliest
        self._stopping = False
        self.ready = False

    async def run(self) -> None:
        """Runs until it is stopped, across failures of the database."""
        while not self._stopping:
            self.ready = True
            await self._clock.sleep(await self._turn())

    def stop(self) -> None:
        """The chunk in hand is finished."""
        self._stopping = True

    async def _turn(self) -> float:
        """One chunk, if there is one. Answers how long to wait before the next."""
        try:
            return 0 if await self.work_off_chunk() else POLL_SECONDS
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("the import waits for its database: %s", type(error).__name__)
        return RETRY_SECONDS

    async def work_off_chunk(self) -> bool:
        """Whether there was a chunk and room for its events."""
        return await isolated(self._work_off_chunk, name=self.name, metrics=self._metrics)

    async def _work_off_chunk(self, isolate: Isolation) -> bool:
        async with self._database.transaction() as session:
            now = self._clock.now()
            await service.drop_stale_imports(session, now=now)
            if await outbox.is_backlogged(session):
                return False
            return await processing.process_chunk(
                session, default_margin=self._default_margin, earliest=self._earliest, now=now, isolate=isolate
            )
