"""Scheduled job that invites samples, page by page."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_survey.invitations.batches import repository, service


def batch_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        repository.JOB_NAME,
        _work_off,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.SURVEY_INVITATIONS,
        next_due=outbox.next_room,
    )


async def _work_off(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
    return await service.work_off(session, now=clock.now(), isolate=isolate)
