"""Scheduled job that invites customers when the delay after their event has passed."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_common.retention import Purge, purge_by
from heed_survey.invitations.triggers import repository, service

OCCASION_AGE = timedelta(days=90)
ENDED_OCCASIONS = text("""
    DELETE FROM trigger_occasion WHERE id IN (
        SELECT id FROM trigger_occasion WHERE ended_at < :before ORDER BY ended_at LIMIT :page
    )
""")


def trigger_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        repository.JOB_NAME,
        _invite_due,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.SURVEY_TRIGGERS,
        next_due=repository.next_due,
    )


async def _invite_due(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
    return await service.invite_due(session, now=clock.now(), isolate=isolate)


def purges() -> Mapping[str, Purge]:
    """Return the purge of occasions that were decided some time ago."""
    return {"trigger_occasion": purge_by(ENDED_OCCASIONS, age=OCCASION_AGE)}
