"""Scheduled job that breaks overdue promises: within a second of their moment, once, also after downtime."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_complaint.sla.promises import repository, service

INTERVAL_SECONDS = 0.45
"""An overdue promise is broken well within a second, also if the complaint was locked at its moment."""


def promise_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        repository.JOB,
        _mark_overdue_broken,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.PROMISES,
        pause=INTERVAL_SECONDS,
        next_due=repository.next_due,
    )


async def _mark_overdue_broken(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
    return await service.mark_overdue_broken(session, now=clock.now(), isolate=isolate)
