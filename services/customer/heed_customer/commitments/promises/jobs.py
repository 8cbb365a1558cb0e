"""Scheduled job that breaks overdue promises: within a second of their moment, once, also after downtime."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_customer.commitments.promises import repository, service

INTERVAL_SECONDS = 0.5


def promise_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        repository.JOB,
        _break_overdue,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.CUSTOMER_PROMISES,
        pause=INTERVAL_SECONDS,
        next_due=repository.next_due,
    )


async def _break_overdue(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
    return await service.break_overdue(session, now=clock.now(), isolate=isolate)
