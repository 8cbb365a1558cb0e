"""Periodic purge of expired rows in every service, so that no table grows without limit."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_common.retention import PAGE, Purge, platform_purges
from heed_common.settings import ServiceSettings

NAME = "housekeeping"
HOUR = 3600.0
NO_SERVICE_PURGES: Mapping[str, Purge] = MappingProxyType({})


def housekeeping(
    resources: Resources, settings: ServiceSettings, service_purges: Mapping[str, Purge] = NO_SERVICE_PURGES
) -> PeriodicJob:
    """Return the purge job of a service's worker: hourly, and page after page while there are more rows.

    `service_purges` are those of the service's own tables, by table. If one of them fails, the others still run.
    """
    purges = {**platform_purges(settings), **service_purges}

    async def purge_pages(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
        now, removed = clock.now(), list[int]()

        async def purge(tables: Sequence[str]) -> None:
            removed.extend([await purges[table](session, now) for table in tables])

        waiting = await failed_work.select_waiting(session, NAME, purges, now=now)
        await isolate(session, NAME, [table for table in purges if table not in waiting], purge, key=str, now=now)
        return any(rows >= PAGE for rows in removed)

    return PeriodicJob(
        NAME,
        purge_pages,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.HOUSEKEEPING,
        pause=HOUR,
    )
