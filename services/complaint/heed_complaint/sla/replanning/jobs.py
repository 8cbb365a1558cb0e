"""Jobs that replan open complaints."""

from heed_common.advisory_locks import AdvisoryLock
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_complaint.sla.replanning.repository import JOB
from heed_complaint.sla.replanning.service import replan_page


def replanning_jobs(resources: Resources) -> list[PeriodicJob]:
    """Return two jobs: while PostgreSQL writes one page, the other is calculated."""
    return [
        PeriodicJob(
            name,
            replan_page,
            database=resources.database,
            clock=resources.clock,
            metrics=resources.metrics,
            lock=lock,
        )
        for name, lock in (
            (JOB, AdvisoryLock.REPLANNING),
            (f"{JOB}_second_page", AdvisoryLock.REPLANNING_SECOND_PAGE),
        )
    ]
