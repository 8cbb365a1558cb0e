"""Job that computes the search columns of customers again, after the functions that compute them have changed."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_customer.records.customers import repository
from heed_customer.records.customers.tables import Customer

JOB_NAME = "search_refresh"
PAGE = 200
PAUSE_SECONDS = 600.0
"""Only an upgrade leaves work, so the pause may be long; the first look is at the start."""


def search_refresh(resources: Resources) -> PeriodicJob:
    """Return the job."""
    return PeriodicJob(
        JOB_NAME,
        refresh_search_columns,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.SEARCH_REFRESH,
        pause=PAUSE_SECONDS,
    )


async def refresh_search_columns(session: AsyncSession, clock: Clock, isolate: Isolation) -> bool:
    """Compute the search columns of a page of outdated customers. Return whether there may be more."""
    now = clock.now()
    customers = await repository.select_outdated(session, job=JOB_NAME, now=now, limit=PAGE)
    await isolate(session, JOB_NAME, customers, partial(_refresh, session), key=lambda customer: customer.id, now=now)
    return len(customers) == PAGE


async def _refresh(session: AsyncSession, customers: Sequence[Customer]) -> None:
    for customer in customers:
        customer.name = customer.name  # Assigning the name computes the columns.
    await session.flush()
