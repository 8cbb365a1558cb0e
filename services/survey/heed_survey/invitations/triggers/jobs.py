"""Scheduled job that invites customers when the delay after their event has passed."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_survey.invitations.triggers import repository, service


def trigger_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        repository.JOB_NAME,
        _invite_due,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.SURVEY_TRIGGERS,
    )


async def _invite_due(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
    return await service.invite_due(session, now=clock.now(), isolate=isolate)
