"""Scheduled job that queues reminders when they are due."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_survey.invitations.records.repository import REMINDERS_JOB
from heed_survey.invitations.reminders import service

PAUSE_SECONDS = 5.0
"""Reminders are counted in days."""


def reminder_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        REMINDERS_JOB,
        _send_due,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.SURVEY_REMINDERS,
        pause=PAUSE_SECONDS,
    )


async def _send_due(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
    return await service.send_due(session, now=clock.now(), isolate=isolate)
