"""Jobs that replan open complaints."""

from heed_common.periodic_job import Timer
from heed_common.resources import Resources
from heed_complaint.sla.replanning.repository import JOB
from heed_complaint.sla.replanning.service import replan_page

FIRST_LOCK, SECOND_LOCK = 0x48454544_0210, 0x48454544_0211


def replanning_jobs(resources: Resources) -> list[Timer]:
    """Return two jobs: while PostgreSQL writes one page, the other is calculated."""
    return [
        Timer(
            name,
            replan_page,
            database=resources.database,
            clock=resources.clock,
            metrics=resources.metrics,
            lock=lock,
        )
        for name, lock in ((JOB, FIRST_LOCK), ("second page of the re-planning", SECOND_LOCK))
    ]
