"""Scheduled job: close or reopen complaints whose call-back was not answered."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_complaint.resolution.callback_answers import repository, service

PAUSE_SECONDS = 30.0
"""The policy counts in days."""


def unanswered_job(resources: Resources) -> PeriodicJob:
    async def close_or_reopen(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
        return await service.close_or_reopen_unanswered(session, now=clock.now(), isolate=isolate)

    return PeriodicJob(
        repository.JOB,
        close_or_reopen,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.UNANSWERED_CALL_BACKS,
        pause=PAUSE_SECONDS,
    )
