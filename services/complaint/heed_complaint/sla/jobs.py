"""Deadline scheduler: fires warnings, breaches and escalations within a second of their moment."""

import logging
from datetime import datetime
from functools import partial

from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.metrics import Metrics
from heed_complaint.sla import repository, service

MAX_SLEEP = 1.0
MIN_SLEEP = 0.05

log = logging.getLogger(__name__)


class DeadlineScheduler:
    """Watches the clocks. Any number may run at once: each alert is fired by one of them."""

    name = repository.JOB

    def __init__(self, database: Database, *, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._stopping = False
        self.ready = False

    async def run(self) -> None:
        """Fire alerts until stopped. After a failure of the database it fires those that became due meanwhile."""
        while not self._stopping:
            try:
                seconds = await self.fire_batch()
                self.ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("deadline scheduler: database connection lost, reconnecting: %s", type(error).__name__)
                seconds = MAX_SLEEP
            await self._clock.sleep(seconds)

    def stop(self) -> None:
        """Stop after the current sleep, a second at most."""
        self._stopping = True

    async def fire_batch(self) -> float:
        """Fire one batch of due alerts and return the seconds to sleep until the next one."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            next_alert_at = await repository.next_alert_at(session, now=now)
        if next_alert_at is None:
            return MAX_SLEEP
        if next_alert_at < now and await isolated(
            partial(self._fire_batch, now=now), name=self.name, metrics=self._metrics
        ):
            return 0.0
        return min(max((next_alert_at - now).total_seconds(), MIN_SLEEP), MAX_SLEEP)

    async def _fire_batch(self, isolate: Isolation, *, now: datetime) -> bool:
        async with self._database.transaction() as session:
            return await service.fire_due_alerts(session, now=now, isolate=isolate) > 0
