"""Time speaks where customers do not: what nobody answered to is closed or reopened, as the policy wants it."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_complaint.feedback.callback_answers import repository, service

PAUSE_SECONDS = 30.0
"""It counts in days."""


def silence_timer(resources: Resources) -> PeriodicJob:
    async def end_silence(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
        return await service.end_silence(session, now=clock.now(), isolate=isolate)

    return PeriodicJob(
        repository.JOB,
        end_silence,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.UNANSWERED_CALL_BACKS,
        pause=PAUSE_SECONDS,
    )
