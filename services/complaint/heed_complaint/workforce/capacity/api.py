"""HTTP API of the capacity view."""

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.workforce.capacity import service
from heed_complaint.workforce.capacity.schemas import CapacityOut

router = http.router(prefix="/v1/complaints", tags=["queue"])


@router.get("/capacity", dependencies=[requires("complaints:read")])
async def get_capacity(session: DbSession, confidential: SeesConfidential, now: Now) -> CapacityOut:
    """Get the load of queues and agents, the throughput of four weeks, and the expected waiting times."""
    return CapacityOut.from_capacity(await service.get_capacity(session, confidential=confidential, now=now), now=now)
