"""Background job that processes imports of complaints, a chunk at a time, and the retention of their reports."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.imports import repository
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_common.retention import Purge
from heed_complaint.intake.imports import service
from heed_complaint.settings import Settings

PAUSE_SECONDS = 0.5


def import_job(settings: Settings, resources: Resources) -> PeriodicJob:
    """Return the job of a worker."""

    async def process(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        return await service.process_next_chunk(
            session, currency=settings.currency, earliest=settings.earliest, now=clock.now(), isolate=isolate
        )

    return PeriodicJob(
        service.JOB_NAME,
        process,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.COMPLAINT_IMPORTS,
        pause=PAUSE_SECONDS,
        next_due=service.next_due,
    )


def purges(settings: Settings) -> Mapping[str, Purge]:
    """Return the purges of reports by table."""
    return repository.purges("complaint_import", "complaint_import_problem", age=timedelta(days=settings.import_days))
