"""Deadline scheduler: fires warnings, breaches and escalations within a second of their moment."""

import logging
from datetime import datetime, timedelta
from functools import partial

from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.job_schedule import NET_SECONDS, JobSchedule
from heed_common.metrics import Metrics
from heed_complaint.sla import repository, service

PAUSE_SECONDS = 0.5
"""Least time between two looks for the next alert, so that a busy service does not look after each commit."""
MIN_SLEEP = 0.05
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class DeadlineScheduler:
    """Watches the clocks. Any number may run at once: each alert is fired by one of them."""

    name = repository.JOB

    def __init__(self, database: Database, *, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._schedule = JobSchedule(database.committed, clock, pause=PAUSE_SECONDS)
        self.ready = False

    async def run(self) -> None:
        """Fire alerts until stopped. After a failure of the database it fires those that became due meanwhile."""
        while not self._schedule.is_stopped:
            commits = self._schedule.commits
            try:
                seconds = await self.fire_batch()
                self.ready = True
                self._metrics.job_last_run.labels(self.name).set_to_current_time()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("deadline scheduler: database connection lost, reconnecting: %s", type(error).__name__)
                await self._schedule.sleep(RETRY_SECONDS)
                continue
            if seconds:
                due_at = self._clock.now() + timedelta(seconds=seconds)
                await self._schedule.wait(since=commits, due_at=due_at)

    def stop(self) -> None:
        """Stop after the current batch."""
        self._schedule.stop()

    async def fire_batch(self) -> float:
        """Fire one batch of due alerts and return the seconds to sleep until the next one."""
        now = self._clock.now()
        async with self._database.transaction(wakes_jobs=False) as session:
            next_alert_at = await repository.next_alert_at(session, now=now)
        if next_alert_at is None:
            return NET_SECONDS
        if next_alert_at < now:
            self._metrics.job_lateness.labels(self.name).observe((now - next_alert_at).total_seconds())
        if next_alert_at < now and await isolated(
            partial(self._fire_batch, now=now), name=self.name, metrics=self._metrics
        ):
            return 0.0
        return min(max((next_alert_at - now).total_seconds(), MIN_SLEEP), NET_SECONDS)

    async def _fire_batch(self, isolate: Isolation, *, now: datetime) -> bool:
        async with self._database.transaction() as session:
            return await service.fire_due_alerts(session, now=now, isolate=isolate) > 0
