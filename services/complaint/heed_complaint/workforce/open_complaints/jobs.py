"""Scheduled job that counts the open complaints for monitoring, once a minute."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.clock import Clock
from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.failed_work.isolation import Isolation
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_complaint.core.rules import ENDED
from heed_complaint.workforce.open_complaints import repository

JOB = "open_complaints"
INTERVAL_SECONDS = 60.0


class OpenComplaints:
    """The gauges. Workers take turns at counting, so another may still show an older number."""

    def __init__(self, metrics: Metrics) -> None:
        self._open = Gauge(
            "heed_open_complaints", "Complaints that have not ended.", ["severity"], registry=metrics.registry
        )
        self._overdue = Gauge(
            "heed_overdue_complaints",
            "Open complaints with a deadline that has passed.",
            ["severity"],
            registry=metrics.registry,
        )

    async def __call__(self, session: AsyncSession, clock: Clock, _isolate: Isolation) -> bool:
        """Count. Return False: there is never more to do."""
        rows = await repository.count_open(
            session, ended=sorted(ENDED), unvoiced=CaseKind.UNVOICED_GRIEVANCE, now=clock.now()
        )
        counts = {row.severity: row for row in rows}
        for severity in Severity:
            row = counts.get(severity)
            self._open.labels(severity).set(row.complaints if row else 0)
            self._overdue.labels(severity).set(row.overdue if row else 0)
        return False


def open_complaints_job(resources: Resources) -> PeriodicJob:
    """Return the job for the worker."""
    return PeriodicJob(
        JOB,
        OpenComplaints(resources.metrics),
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=AdvisoryLock.OPEN_COMPLAINTS,
        pause=INTERVAL_SECONDS,
    )
