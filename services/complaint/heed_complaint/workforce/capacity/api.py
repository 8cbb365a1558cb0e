"""Door 1: how much lies on the desk, and how long it takes."""

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.workforce.capacity import service
from heed_complaint.workforce.capacity.schemas import CapacityOut

router = http.router(prefix="/v1/complaints", tags=["queue"])


@router.get("/capacity", dependencies=[requires("complaints:read")])
async def read_capacity(session: DbSession, confidential: SeesConfidential, now: Now) -> CapacityOut:
    """Load of queues and agents, pace of the last four weeks, and the waits that are to be expected."""
    return CapacityOut.of(await service.capacity(session, confidential=confidential, now=now), now=now)
