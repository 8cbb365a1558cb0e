"""Background job that processes imports of responses, a chunk at a time, and the retention of their reports."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.imports import repository
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_common.retention import Purge
from heed_survey.collection.imports import service
from heed_survey.settings import Settings

PAUSE_SECONDS = 0.5


def import_job(settings: Settings, resources: Resources) -> PeriodicJob:
    """Return the job of a worker."""

    async def process(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        now = clock.now()
        return await service.process_next_chunk(session, earliest=settings.earliest, now=now, isolate=isolate)

    return PeriodicJob(
        service.JOB_NAME,
        process,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.RESPONSE_IMPORTS,
        pause=PAUSE_SECONDS,
        next_due=outbox.next_room,
    )


def purges(settings: Settings) -> Mapping[str, Purge]:
    """Return the purges of reports by table."""
    return repository.purges("response_import", "response_import_problem", age=timedelta(days=settings.import_days))
