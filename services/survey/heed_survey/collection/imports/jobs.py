"""Background job that processes imports of responses, a chunk at a time, and the retention of their reports."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_common.retention import Purge, purge_by
from heed_survey.collection.imports import service
from heed_survey.settings import Settings

PAUSE_SECONDS = 0.5
DELETE_PROBLEMS = text("""
    DELETE FROM response_import_problem WHERE id IN (
        SELECT problem.id FROM response_import AS import
        JOIN response_import_problem AS problem ON problem.import_id = import.id
        WHERE import.finished_at < :before LIMIT :page
    )
""")
DELETE_IMPORTS = text("""
    DELETE FROM response_import WHERE id IN (
        SELECT id FROM response_import AS import WHERE finished_at < :before
            AND NOT EXISTS (SELECT FROM response_import_problem WHERE import_id = import.id) LIMIT :page
    )
""")


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
    age = timedelta(days=settings.import_days)
    return {
        "response_import_problem": purge_by(DELETE_PROBLEMS, age=age),
        "response_import": purge_by(DELETE_IMPORTS, age=age),
    }
